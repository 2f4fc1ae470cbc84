"""The checks, one a file, each named like its findings."""
