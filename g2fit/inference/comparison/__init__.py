"""Comparison of models: Bayes factors, and their dependence on the priors and on each data set."""

from g2fit.inference.comparison.compare import Comparison, compare
from g2fit.inference.comparison.jeffreys_scale import SCALE, verbal

__all__ = ["SCALE", "Comparison", "compare", "verbal"]
