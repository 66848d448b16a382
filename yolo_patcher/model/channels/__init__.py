"""The channels of each row, from running the checkout's own `parse_model` as the small program that it is.

Others use `rows`.
"""
