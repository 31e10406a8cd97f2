"""Measurements of speed and correctness that are too long for tests."""
