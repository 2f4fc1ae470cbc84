"""Answers: the predictor, and which version is live."""
