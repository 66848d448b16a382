"""The commands, one module each: options in, an outcome out."""
