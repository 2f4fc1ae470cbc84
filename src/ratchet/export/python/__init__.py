"""A version as a Python package that needs NumPy only, made of the very source that serves it."""
