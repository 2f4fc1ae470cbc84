"""The routes, a file a theme: each route is one function, and what it returns is what the documentation says of it.

A route that may wait for a database, a file or a model hands that to its classifier's own threads; all others are
answered at once, whatever state any classifier is in.
"""
