"""The gate's rules: each a pure function of the evidence that gives checks, with numbers and a sentence."""
