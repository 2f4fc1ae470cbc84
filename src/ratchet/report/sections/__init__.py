"""The parts of a version's page: each takes the document and gives its section, or None where it has none."""
