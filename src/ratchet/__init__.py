"""Ratchet: labelled rows in, a gated and served champion out."""
