"""The result of a run, its credible regions and densities."""

from g2fit.results.result import Result

__all__ = ["Result"]
