"""Comparison of models: Bayes factors with what they owe to priors and to each piece of the data."""

from g2fit.comparison.run import Comparison, compare
from g2fit.comparison.scale import SCALE, verbal

__all__ = ["SCALE", "Comparison", "compare", "verbal"]
