"""Whether a candidate may go live: pure functions of evidence."""
