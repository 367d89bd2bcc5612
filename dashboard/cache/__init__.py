"""Bounded caches of what pages show, one file a subject."""
