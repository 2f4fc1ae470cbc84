"""Vectors to probabilities: families by way of learning, calibration, prediction sets."""
