"""Which rows are trained on, which are tuned on, and which are held out."""
