"""The posterior of a card, and what can be asked of it without a sampler."""

from g2fit.posterior.posterior import Posterior

__all__ = ["Posterior"]
