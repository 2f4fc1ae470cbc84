"""Spec and rows to candidates: the search, and the final fit."""
