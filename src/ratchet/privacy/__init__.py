"""What is kept of a row, how, and for how long: treatments, pseudonyms, encryption."""
