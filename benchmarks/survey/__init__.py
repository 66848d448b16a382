"""Runs over many versions and models, for the pages in `docs/`."""
