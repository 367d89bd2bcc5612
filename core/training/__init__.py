"""A Recipe becomes a checkpoint."""
