"""Environments that are kept: sealed when they are made, checked before each use, held while in use."""
