"""Statistical procedures, one a file: tests give a `Result`, intervals a `Measured` or its ends, distances a number."""
