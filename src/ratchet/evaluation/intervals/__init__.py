"""How far a measured number may lie from the true one: a method a file, chosen by simulation (docs/evidence.md)."""
