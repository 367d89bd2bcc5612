"""Parts of the Filters page."""
