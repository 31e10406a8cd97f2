"""Tests of g2fit, one folder for each package of the library."""
