"""The steps of the training flow, one a file.

Each takes the workshop and ids of what lies in the store, and returns such an id: it can be run alone, again, or in
another process.  Run again, it finds what it made and makes nothing twice.
"""
