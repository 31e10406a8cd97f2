"""First steps of ensembles whose walkers come from weighted draws of another run."""

from collections.abc import Sequence

import numpy as np

from g2fit.core.errors import NotConvergedError
from g2fit.core.types import FloatArray
from g2fit.inference.reweight.reweight import BRANCH, Weighted
from g2fit.posterior import Posterior
from g2fit.sampling.chain_file import Proposal, Segment
from g2fit.sampling.ladder.fitter import Fitter, Points
from g2fit.sampling.ladder.mixture import Mixture
from g2fit.sampling.ladder.settings import Settings
from g2fit.sampling.ladder.weights import effective_draws
from g2fit.sampling.run_folder import RunFolder

__all__ = ["LEAST_TO_MOVE", "begin_ensembles"]

#: Effective draws from which walkers can move on.
LEAST_TO_MOVE = 200.0

#: Draws that measure the efficiency of a mixture.
TRIED = 4096


def begin_ensembles(found: Weighted, folder: RunFolder) -> None:
    """Write the first step of each ensemble and the mixture that it proposes from, fitted to the weighted draws.

    Walkers are weighted draws of the ensemble of the same number, without repetition; its mixture is fitted to the
    draws of the other ensembles. Draws that are not of chains are dealt out to the ensembles, copies of one together.

    Raises
    ------
    NotConvergedError
        If the draws are worth fewer than `LEAST_TO_MOVE`, or are too few for the walkers.
    StoreError
        If the folder cannot be written.
    """
    posterior, card = found.posterior, found.posterior.card
    if found.effective < LEAST_TO_MOVE:
        raise NotConvergedError(
            f"the weighted draws are worth {found.effective:.0f} of at least {LEAST_TO_MOVE:.0f} from which walkers "
            "could move on"
        )
    seed = np.random.SeedSequence(card.sampler.seed, spawn_key=(BRANCH, 2))
    rng = np.random.default_rng(seed)
    theta, log_weight = _by_ensemble(found, rng)
    if min(np.isfinite(values).sum() for values in log_weight) < card.walkers:
        raise NotConvergedError(f"some ensemble has fewer than {card.walkers} draws that the change allows")
    mixtures = _mixtures(posterior, theta, log_weight, rng)
    with folder.lock():
        folder.open(card)
        for index, mixture in enumerate(mixtures):
            keys = log_weight[index] + rng.gumbel(size=len(log_weight[index]))
            z = posterior.coordinates.from_parameters(theta[index][np.argsort(keys)[::-1][: card.walkers]])
            proposal = Proposal(mixture.defended(), _efficiency(posterior, mixture.defended(), rng))
            folder.chain(index).append(_first(posterior, z, seed.spawn(1)[0]), proposal)


def _by_ensemble(found: Weighted, rng: np.random.Generator) -> tuple[list[FloatArray], list[FloatArray]]:
    """Draws (N, D) and logs of their weights (N,) for each ensemble."""
    dimension, count = found.theta.shape[-1], len(found.theta)
    if not found.copied:
        return list(found.theta.reshape(count, -1, dimension)), list(found.log_weight.reshape(count, -1))
    count = found.posterior.card.sampler.ensembles
    theta, rows, copies = np.unique(found.theta.reshape(-1, dimension), axis=0, return_index=True, return_counts=True)
    log_weight = found.log_weight.ravel()[rows] + np.log(copies)
    parts = np.array_split(rng.permutation(len(theta)), count)
    return [theta[part] for part in parts], [log_weight[part] for part in parts]


def _first(posterior: Posterior, z: FloatArray, seed: np.random.SeedSequence) -> Segment:
    """First step of an ensemble at walkers `z` (walkers, D)."""
    random = np.random.RandomState(np.random.MT19937(seed)).get_state(legacy=True)
    reasons = np.zeros(len(posterior.model.reasons), dtype=np.int64)
    return Segment(z[None], posterior.log_density(z)[None], np.zeros(len(z)), random, reasons)


def _mixtures(
    posterior: Posterior, theta: Sequence[FloatArray], log_weight: Sequence[FloatArray], rng: np.random.Generator
) -> list[Mixture]:
    """Mixture of each ensemble, in the coordinates of the new posterior."""
    top = max(values.max() for values in log_weight)
    points = []
    for draws, w in zip(theta, (np.exp(values - top) for values in log_weight), strict=True):
        z = np.ascontiguousarray(posterior.coordinates.from_parameters(draws[w > 0.0]))
        points.append(Points(z, w[w > 0.0], posterior.log_density(z)))
    s = Settings.many_calls(posterior.dimension)
    fitter = Fitter(posterior.dimension, rng, most=s.components, warp=s.warp, points=s.points, wide=s.wide)
    return fitter.fit(points)


def _efficiency(posterior: Posterior, mixture: Mixture, rng: np.random.Generator) -> float:
    """Effective draws of the posterior per draw of the mixture."""
    z = np.ascontiguousarray(mixture.sample(rng, TRIED))
    return effective_draws(posterior.log_density(z) - mixture.log_density(z)) / TRIED
