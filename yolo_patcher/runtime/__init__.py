"""What runs in the user's Python, in processes of its own: verify and doctor.

Others use `verify.cases` and `verify.variants`, `doctor.run`, and their values in `verify.results`.
"""
