"""Reads a model's code, without running it, for what its example did not execute."""
