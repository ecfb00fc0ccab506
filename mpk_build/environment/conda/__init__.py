"""Conda packages: solved from channels, locked beside the packages of the index, installed below them."""
