"""Drawings of a model's graph: one file per format over one description, `scene.py`; others use `formats`."""
