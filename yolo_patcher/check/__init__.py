"""Tell whether a model YAML is wired as its author meant: one rule per file, over facts read leniently."""
