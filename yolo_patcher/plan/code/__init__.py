"""Python text: classes, the branch in `parse_model`, imports and lists, each edited as its authors would have."""
