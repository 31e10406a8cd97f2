"""Proposals of importance sampling: mixtures of independent ladders, and the mean of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.inference.evidence.target import Target
from g2fit.inference.tasks import Arrays
from g2fit.sampling.exploration import explore
from g2fit.sampling.ladder.mixture import Mixture
from g2fit.sampling.ladder.settings import Settings

__all__ = ["MeanDensity", "fit", "usable"]

#: A ladder whose efficiency is below this fraction of the best one's is left out.
WORST = 0.25


def fit(target: Target, seed: np.random.SeedSequence, settings: Settings) -> Arrays:
    """Fit mixtures to the target, by a ladder of its own; the result depends on the seed only."""
    found = explore(target.dimension, [seed], settings, lambda _, z: target.log_density(z))
    if not found.useful:
        return {"efficiency": np.array(0.0)}
    arrays: Arrays = {"efficiency": found.efficiencies[0]}
    for k, mixture in enumerate(found.mixtures):
        arrays |= {f"{name}.{k}": values for name, values in mixture.arrays().items()}
    return arrays


def usable(fits: Sequence[Arrays]) -> list[Mixture]:
    """Mixtures that are efficient enough to draw from."""
    efficiency = [float(fit["efficiency"]) for fit in fits]
    best = max(efficiency, default=0.0)
    good = [fit for fit, value in zip(fits, efficiency, strict=True) if value > 0.0 and value >= WORST * best]
    return [mixture.defended() for fit in good for mixture in _mixtures(fit)]


def _mixtures(fit: Arrays) -> list[Mixture]:
    parts: dict[str, Arrays] = {}
    for key, values in fit.items():
        name, _, number = key.partition(".")
        if number:
            parts.setdefault(number, {})[name] = values
    return [Mixture.from_arrays(part) for part in parts.values()]


@dataclass(frozen=True)
class MeanDensity:
    """Mean of the densities of several mixtures.

    >>> one = Mixture(np.ones(1), np.zeros((1, 1)), np.ones((1, 1, 1)))
    >>> two = MeanDensity((one, one))
    >>> bool(two.log_density(np.zeros((1, 1)))[0] == one.log_density(np.zeros((1, 1)))[0])
    True
    """

    mixtures: Sequence[Mixture]

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log density at the rows of `z` (N, D), shape (N,)."""
        each = np.array([mixture.log_density(z) for mixture in self.mixtures])
        return np.asarray(np.logaddexp.reduce(each) - np.log(len(each)))
