"""What a model YAML says: its rows, its graph, their levels and channels, and the modules that it may name.

Others use `choose` (which file a name means), `rows`, `graph`, `levels`, `channels`, `scales` and `vocabulary`.
"""
