"""Plots of a scorecard as HTML and SVG that need no script and nothing from elsewhere."""
