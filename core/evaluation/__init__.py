"""Predictions become a report."""
