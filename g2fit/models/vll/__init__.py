"""Vector-like leptons (2106.01373)."""

from g2fit.models.vll.loops import L4, F
from g2fit.models.vll.model import VectorLikeLeptons

__all__ = ["L4", "F", "VectorLikeLeptons"]
