"""What a module does to the size of a map, from running its class's own source on shapes instead of numbers.

Others use `run`.
"""
