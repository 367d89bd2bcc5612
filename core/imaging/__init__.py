"""A Scan becomes the model's input."""
