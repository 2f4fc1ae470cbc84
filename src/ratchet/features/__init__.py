"""Rows to vectors: encoders by column kind, fitted once."""
