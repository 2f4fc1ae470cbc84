"""The log of answers that loses nothing, and the labels that come later."""
