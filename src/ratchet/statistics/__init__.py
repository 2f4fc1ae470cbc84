"""Statistical tests, one a file, each giving the same Result."""
