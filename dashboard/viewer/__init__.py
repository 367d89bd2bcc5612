"""The viewer component, and plain images without it."""
