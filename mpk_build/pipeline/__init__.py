"""Stages as data: their declarations, plan, keys, places, runs and results."""
