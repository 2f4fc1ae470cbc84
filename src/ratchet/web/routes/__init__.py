"""The routes, a file a theme: each route is one function, and what it returns is what the documentation says of it."""
