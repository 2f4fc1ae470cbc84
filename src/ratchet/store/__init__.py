"""Where things are kept: a database (SQLite or PostgreSQL), blobs (a folder or S3), the workspace's lock."""
