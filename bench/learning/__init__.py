"""What learning with the defaults reaches on real data, beside what else a user would take."""
