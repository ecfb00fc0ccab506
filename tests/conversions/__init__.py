"""What becomes of every given type where every type is declared: in mpk's two modes, and in MLflow itself."""
