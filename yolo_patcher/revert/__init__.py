"""Patches that are there: told, taken out and put on again.

Others use `status`, `revert`, `reapply`, `export`, and `unrecorded.adopt`.
"""
