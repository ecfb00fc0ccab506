"""Which of a project's files go along with a model, and where each lies in its package."""
