"""What teaches: the tour."""
