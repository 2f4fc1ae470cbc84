"""Conformance kits for the seams, shipped to those who write plug-ins."""
