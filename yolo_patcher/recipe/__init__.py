"""What can be asked for: recipes, their classes and settings, and the selectors that say where a module goes.

Others use `catalogue` (find recipes), `recipe` (one of them), `selector`, `settings`, `class_code` and `expression`.
"""
