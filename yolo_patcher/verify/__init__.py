"""Building the patched model and running it, in the user's Python, in a process of its own."""
