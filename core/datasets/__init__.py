"""A folder becomes a Manifest."""
