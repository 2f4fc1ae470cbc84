"""Measured quality with uncertainty: metrics, intervals, scorecards."""
