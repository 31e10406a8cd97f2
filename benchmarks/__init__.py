"""Measurements of speed, and studies of correctness that take too long for tests."""
