"""Who is told of runs: MLflow, or nobody."""
