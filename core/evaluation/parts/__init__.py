"""Parts of a report, a file a subject."""
