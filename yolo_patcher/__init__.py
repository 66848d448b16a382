"""Put an attention module into a checkout of a YOLO repository, prove that it works, and take it out again."""

__version__ = "0.1.0"
