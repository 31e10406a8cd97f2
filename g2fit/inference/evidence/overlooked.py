"""What mixtures overlook of a posterior: draws of the prior find it, and components about them cover it.

A part of the posterior that is too thin or too small to be fitted, but not too small to matter, is met by draws of the
prior alone. Mixtures seldom draw there: importance sampling would leave it out, and state an error that is too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.inference.evidence.estimate import Aim
from g2fit.inference.evidence.proposal import MeanDensity
from g2fit.inference.evidence.target import Target
from g2fit.inference.tasks import Arrays
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.scout import Mode, with_modes

__all__ = ["OVERLOOKED", "SHARE", "Overlooked", "covered", "search"]

#: Log of posterior over proposal density from which on a point counts as overlooked.
OVERLOOKED = 4.0

#: Largest logarithm whose exponential is taken: the variance is then beyond any number of draws.
LARGEST = 600.0

#: Most components about such points, and the largest share of the draws that comes from all of them (see `with_modes`).
COMPONENTS, SHARE = 32, 0.5


def search(target: Target, seed: np.random.SeedSequence, pooled: MeanDensity, log_z: float, draws: int) -> Arrays:
    """Draw from the prior, and keep the points that a proposal overlooks.

    Returns
    -------
    dict of str to array
        The points ``z``, with the logs of the likelihood over the evidence `log_z`, ``ratio``, of the density of the
        prior, ``prior``, and of the proposal, ``proposal``; and the number of all ``draws``.
    """
    z = np.random.default_rng(seed).standard_normal((draws, target.dimension))
    prior = log_normal(z)
    ratio = target.log_density(z) - prior - log_z
    likely = ratio > 0.0  # elsewhere the prior's own share of a proposal is enough
    z, prior, ratio = z[likely], prior[likely], ratio[likely]
    proposal = pooled.log_density(z)
    kept = ratio + prior - proposal > OVERLOOKED
    return {
        "z": z[kept],
        "ratio": ratio[kept],
        "prior": prior[kept],
        "proposal": proposal[kept],
        "draws": np.array(draws),
    }


@dataclass(frozen=True)
class Overlooked:
    """Points that mixtures overlook, and what was found of them in so many draws of the prior.

    Attributes
    ----------
    z : (N, D) array
        The points.
    ratio, prior, proposal : (N,) array
        Logs of likelihood over evidence, of the density of the prior, and of that of the mixtures.
    draws : int
        Number of draws of the prior.
    """

    z: FloatArray
    ratio: FloatArray
    prior: FloatArray
    proposal: FloatArray
    draws: int

    @classmethod
    def of(cls, found: Sequence[Arrays]) -> "Overlooked":
        """What several `search` found."""
        z, ratio, prior, proposal = (
            np.concatenate([part[name] for part in found]) for name in ("z", "ratio", "prior", "proposal")
        )
        return cls(z, ratio, prior, proposal, sum(int(part["draws"]) for part in found))

    @property
    def variance(self) -> float:
        """Their part of the relative variance of the weights of draws of the proposal."""
        log_squares = 2.0 * self.ratio + self.prior - self.proposal
        return float(np.exp(np.minimum(log_squares, LARGEST)).sum()) / self.draws

    def matters(self, aim: Aim) -> bool:
        """Whether the first round of draws would not meet them often enough."""
        return self.variance / aim.error**2 > aim.first


def covered(mixtures: Sequence[Mixture], found: Sequence[Overlooked]) -> list[Mixture]:
    """Mixtures with further components about the points that were found."""
    z, ratio = np.concatenate([each.z for each in found]), np.concatenate([each.ratio for each in found])
    rows = np.argsort(-ratio, kind="stable")[:COMPONENTS]
    (count, dimension), w = z[rows].shape, np.exp(ratio[rows] - ratio[rows[0]])
    offset = z[rows] - w @ z[rows] / w.sum()
    # a few points determine no covariance: as many draws of the prior as there are dimensions count as well
    covariance = (count * (offset.T * w) @ offset / w.sum() + dimension * np.eye(dimension)) / (count + dimension)
    width = (4.0 / ((dimension + 2.0) * count)) ** (2.0 / (dimension + 4.0))  # Silverman 1986, eq. 4.14
    modes = [Mode(z[i], width * covariance, 0.0) for i in rows]
    return [with_modes(mixture, modes) for mixture in mixtures]
