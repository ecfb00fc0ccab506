"""Pickles: written with the same bytes everywhere, and read without being loaded."""
