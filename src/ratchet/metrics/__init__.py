"""What the numbers are: one file a metric, each an object that holds all there is to say of it."""
