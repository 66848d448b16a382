"""The class of each recipe, as it is written into a checkout: one importable module and one class per file."""
