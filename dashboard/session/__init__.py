"""What one browser session has open, and what its reader did."""
