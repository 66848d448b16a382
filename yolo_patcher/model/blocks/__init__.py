"""What stands inside a block: its residual units, the last convolution of each, and how wide that is.

All is read from the source of the checkout's classes, of which nothing is executed.
"""
