"""Figures from predictions, without the model. No torch."""
