"""Comparison of models: Bayes factors, and their dependence on the priors and on each data set."""

from g2fit.inference.comparison.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
