"""The packages of the program, drawn and told from their imports and docstrings: for `docs/architecture.md`."""
