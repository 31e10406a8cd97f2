"""Numbers of draws of the ladder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Settings of a ladder.

    Attributes
    ----------
    first : int
        Draws of the prior, all streams together.
    draws : int
        Draws of each later round.
    need : float
        Effective draws to which mixtures are fitted; they set the next temperature.
    target : float
        Effective draws of the posterior that are wanted.
    log_z_error : float
        Standard error of ln Z that is wanted.
    components : int
        Most components of a mixture.
    warp : bool
        Whether warped coordinates are tried.
    wide : float
        Share of the draws that come from wide copies of the components, against heavy weights in the tails.
    points : int
        Most points of a fit.
    max_calls : float
        Evaluations after which to stop.
    streams : int
        Sets of draws, each with mixtures that are fitted to the others.
    walkers : int
        Walkers that explore where mixtures fail, all streams together; half of them move in the final test.
    poor : float
        Walkers explore when the efficiency of a round, computed without its four heaviest draws, is below this.
    guard : int
        Moves that walkers make in the final test whether mixtures miss a region.
    guards : int
        Largest number of such tests.
    scouts : int
        Draws of the prior from which to climb to maxima.
    clip : float
        In fits, the weight of a draw is capped at clip/need times the total of the capped weights.
    """

    first: int
    draws: int
    need: float
    target: float = 4000.0
    log_z_error: float = math.inf
    components: int = 32
    warp: bool = True
    wide: float = 0.1
    points: int = 4000
    max_calls: float = math.inf
    streams: int = 4
    walkers: int = 400
    poor: float = 0.03
    guard: int = 10
    guards: int = 5
    scouts: int = 16
    clip: float = 4.0

    @classmethod
    def few_calls(cls, dimension: int, **others: Any) -> Settings:
        """Fewest evaluations, for likelihoods that cost more than the arithmetic of the fits."""
        first, draws = max(1000, 50 * dimension), max(700, 50 * dimension)
        sizes = {"first": first, "draws": draws, "need": max(300.0, 20.0 * dimension)}
        return cls(**{**sizes, "walkers": 200, **others})

    @classmethod
    def many_calls(cls, dimension: int, **others: Any) -> Settings:
        """Many evaluations, for likelihoods that cost less than the arithmetic of the fits."""
        hard = dimension > 10  # mixtures of few components fit badly: their weights have long tails
        draws = max(8000, 200 * dimension) if hard else 4000
        sizes = {"first": (25 if hard else 50) * draws, "draws": draws, "points": 4000 if hard else 2500}
        need = max(2000.0, 50.0 * dimension) if hard else 1000.0
        fits = {"need": need, "components": 16, "warp": hard, "wide": 0.1 if hard else 0.0}
        return cls(**{**sizes, **fits, **others})
