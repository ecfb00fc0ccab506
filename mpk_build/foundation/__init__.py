"""What knows nothing of models: documents, digests, processes, errors, resources."""
