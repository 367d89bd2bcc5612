"""Scans become bytes for the browser."""
