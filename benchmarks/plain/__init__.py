"""Modules as a reader of their papers writes them, for `benchmarks.modules` to compare with."""
