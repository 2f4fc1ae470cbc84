"""A first spec for a table: looked at, guessed, written down with reasons."""
