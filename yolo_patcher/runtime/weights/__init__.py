"""Weights that stay: checkpoints carried from one model of a checkout to another, in the user's Python.

Others import `transfer` (the work), `lineage` (which rows are the same) and `carried` (what came of it).
"""
