"""Which rows are nearly the same: texts by their pairs of words, numbers on a grid, pictures by how they look."""
