"""Is a model YAML wired as its author meant: facts, rules that look at them, and the repair that satisfies them.

Others use `run`.
"""
