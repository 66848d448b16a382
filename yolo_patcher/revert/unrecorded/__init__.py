"""Patches whose record is gone: found by their marker comments, and proven by planning them again."""
