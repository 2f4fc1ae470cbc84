"""What is told of a version: its document, its page, and how it compares with another."""
