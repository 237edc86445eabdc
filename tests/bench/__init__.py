"""Measurements. Each performance sentence in the documents names the one that made it."""
