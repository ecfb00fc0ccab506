"""The MLflow Model directory: written, read, and the requests that prove it."""
