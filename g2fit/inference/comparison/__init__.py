"""Comparison of models: Bayes factors with what they owe to priors and to each piece of the data."""

from g2fit.inference.comparison.compare import Comparison, compare
from g2fit.inference.comparison.jeffreys_scale import SCALE, verbal

__all__ = ["SCALE", "Comparison", "compare", "verbal"]
