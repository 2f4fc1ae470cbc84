"""Labelled rows: read, typed, checked, versioned, split."""
