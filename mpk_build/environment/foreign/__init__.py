"""The environment of a package that has no lock, as MLflow writes them: what it declares, and a lock made of that."""
