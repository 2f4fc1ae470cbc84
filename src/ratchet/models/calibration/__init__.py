"""Calibration: maps from a model's probabilities to ones that come true as often as they say."""
