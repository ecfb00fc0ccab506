"""``python -m benchmarks``: measures mpk against Python itself, MLflow, and the least that anybody could do."""
