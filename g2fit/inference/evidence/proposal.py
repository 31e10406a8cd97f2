"""Proposals of importance sampling: independently fitted mixtures, and the mixture of all of them."""

from collections.abc import Sequence

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.inference.evidence.target import Target
from g2fit.inference.tasks import Arrays
from g2fit.sampling.mixture import GaussianMixture
from g2fit.sampling.warmup import adapt

__all__ = ["fit", "pool", "usable"]

#: A mixture whose efficiency is below this fraction of the best mixture's is left out.
WORST = 0.25

#: Largest number of mixtures that are used.
MOST = 8

#: Effort to find small modes, in units of that before a run.
EFFORT = 2


def fit(target: Target, seed: np.random.SeedSequence, prior_draws: int, round_draws: int) -> Arrays:
    """Fit a mixture to the target; the result depends on the seed only."""
    rng = np.random.default_rng(seed)
    draws = {"prior_draws": prior_draws, "round_draws": round_draws}
    found = adapt(target.log_density, target.dimension, rng, **draws, effort=EFFORT)
    if found is None:
        return {"efficiency": np.array(0.0)}
    mixture = found.mixture
    arrays = {"weights": mixture.weights, "means": mixture.means, "cholesky": mixture.cholesky}
    return {"efficiency": np.array(found.efficiency), **arrays}


def usable(fits: Sequence[Arrays]) -> list[GaussianMixture]:
    """Mixtures that are efficient enough to draw from."""
    efficiency = [float(fit["efficiency"]) for fit in fits]
    best = max(efficiency, default=0.0)
    good = [fit for fit, value in zip(fits, efficiency, strict=True) if value > 0.0 and value >= WORST * best]
    return [GaussianMixture(fit["weights"], fit["means"], fit["cholesky"]) for fit in good[:MOST]]


def pool(mixtures: Sequence[GaussianMixture]) -> GaussianMixture:
    """Mixture of mixtures with equal weights; their standard normals become one component.

    >>> one = GaussianMixture(np.array([0.9, 0.1]), np.array([[1.0], [0.0]]), np.array([[[0.5]], [[1.0]]]))
    >>> two = GaussianMixture(np.array([0.7, 0.3]), np.array([[-1.0], [0.0]]), np.array([[[0.5]], [[1.0]]]))
    >>> pool([one, two]).weights.tolist()
    [0.45, 0.35, 0.2]
    """
    if len(mixtures) == 1:
        return mixtures[0]
    share = 1.0 / len(mixtures)
    local = [share * mixture.weights[:-1] for mixture in mixtures]
    defensive = share * sum(mixture.weights[-1] for mixture in mixtures)
    last = mixtures[0]

    def joined(name: str) -> FloatArray:
        return np.concatenate([*(getattr(m, name)[:-1] for m in mixtures), getattr(last, name)[-1:]])

    return GaussianMixture(np.append(np.concatenate(local), defensive), joined("means"), joined("cholesky"))
