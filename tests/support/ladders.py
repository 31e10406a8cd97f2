"""Ladders on likelihoods that cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.ladder.settings import Settings

#: Log likelihoods (N,) of points (N, D).
LogLikelihood = Callable[[FloatArray], FloatArray]


def tell(ladder: Ladder, log_likelihood: LogLikelihood) -> Ladder:
    """Tell a ladder all that it asks for."""
    batches = ladder.batches()
    z = next(batches)
    while True:
        try:
            z = batches.send(log_likelihood(z))
        except StopIteration:
            return ladder


def ladder_of(log_likelihood: LogLikelihood, d: int, seed: int = 0, *, many: bool = False, **settings: Any) -> Ladder:
    """Return a ladder that has come to its end."""
    chosen = Settings.many_calls if many else Settings.few_calls
    return tell(Ladder(d, np.random.default_rng(seed), chosen(d, **settings)), log_likelihood)


def share_of(ladder: Ladder, inside: Callable[[FloatArray], Any]) -> float:
    """Share of the posterior in a region."""
    log_weight = ladder.log_weight()
    weight = np.exp(log_weight - log_weight.max())
    z = np.concatenate([stream.z for stream in ladder.streams])
    return float(weight[inside(z)].sum() / weight.sum())
