"""Build the base and the patched model in the user's Python, and check them by name."""
