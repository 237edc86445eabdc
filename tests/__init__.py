"""Tests and measurements of Lamplit."""
