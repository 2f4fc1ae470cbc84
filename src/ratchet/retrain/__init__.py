"""The training flow, read top to bottom: the first training and the hundredth are the same code."""
