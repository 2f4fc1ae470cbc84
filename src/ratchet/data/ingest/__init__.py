"""Rows taken in: read, typed, told from those already there, set aside where bad, and made into a new version."""
