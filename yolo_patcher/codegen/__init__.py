"""Generate code into Python files of a checkout: every edit is a span of text, and all the rest stays as it is."""
