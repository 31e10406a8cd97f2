"""One ensemble of walkers: where it starts, and how it moves on from a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import emcee
import numpy as np
from emcee.backends import Backend
from emcee.state import State
from numpy.typing import NDArray

from g2fit.errors import CardError
from g2fit.posterior import Posterior
from g2fit.sampling.moves import DifferentialEvolution, Stretch
from g2fit.store import ChainFile

__all__ = ["advance", "make_moves", "starting_points"]

FloatArray = NDArray[np.float64]

#: Prior draws from which the walkers of an ensemble start, and the largest number tried when few are allowed.
START_DRAWS = 32_768
MAX_START_DRAWS = 8_388_608

#: Largest block kept in memory before it is written, in bytes.
MAX_BLOCK_BYTES = 128_000_000

#: Steps between two looks at whether the run should stop.
POLL_STEPS = 32


def make_moves() -> list[tuple[Any, float]]:
    """Give the moves of the ensemble with their probabilities."""
    return [(DifferentialEvolution(), 0.9), (Stretch(), 0.1)]


def starting_points(posterior: Posterior, rng: np.random.Generator, walkers: int) -> FloatArray:
    """Walkers drawn from the prior with the likelihood as weight, without repetition.

    Draws are made until enough of them have a finite density, so that no walker starts where it would stay for ever.

    Parameters
    ----------
    posterior : Posterior
        The target.
    rng : numpy.random.Generator
        Source of random numbers.
    walkers : int
        Number of points.

    Returns
    -------
    (walkers, D) array
        Points in the sampler's coordinates.

    Raises
    ------
    CardError
        If hardly any prior draw is allowed: names the terms that reject.
    """
    found: list[FloatArray] = []
    keys: list[FloatArray] = []
    count = tried = 0
    draws = START_DRAWS
    while count < 8 * walkers:
        theta = posterior.sample_prior(rng, draws)
        score = posterior.log_likelihood(theta)
        allowed = np.isfinite(score)
        # the largest of (log weight + Gumbel noise) are draws without replacement in proportion to the weights
        found.append(theta[allowed])
        keys.append(score[allowed] + rng.gumbel(size=int(allowed.sum())))
        count += len(found[-1])
        tried += draws
        if tried >= MAX_START_DRAWS:
            break
        draws = min(2 * draws, MAX_START_DRAWS - tried)
    if count < walkers:
        reasons = ", ".join(f"{name} {share:.3%}" for name, share in posterior.rejections(theta).items())
        raise CardError(
            f"the prior region is nearly empty: {count} of {tried} prior draws are allowed ({count / tried:.2g}). "
            f"Share of the draws that each term rejects: {reasons or 'none'}. Widen the priors or loosen the cuts."
        )
    chosen = np.argsort(np.concatenate(keys))[::-1][:walkers]
    return posterior.coordinates.from_parameters(np.concatenate(found)[chosen])


def advance(
    posterior: Posterior,
    file: ChainFile,
    seed: np.random.SeedSequence,
    target: int,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda steps: None,
) -> int:
    """Move one ensemble on to `target` steps, writing a checkpoint at the end and when it should stop.

    Parameters
    ----------
    posterior : Posterior
        The target density.
    file : ChainFile
        Chain to continue, or to begin.
    seed : numpy.random.SeedSequence
        Of this ensemble; used only when the chain begins.
    target : int
        Length that the chain should have.
    should_stop : callable
        Asked now and then; the steps made so far are saved if it says so.
    progress : callable
        Told the present length now and then.

    Returns
    -------
    int
        Length of the chain on disk.
    """
    saved = file.state()
    walkers = posterior.card.sampler.walkers
    if saved is None:
        start_seed, step_seed = seed.spawn(2)
        coords = starting_points(posterior, np.random.default_rng(start_seed), walkers)
        random = np.random.RandomState(np.random.MT19937(step_seed)).get_state(legacy=True)
        state, done = State(coords, random_state=random), 0
    else:
        done = saved.steps
        state = State(saved.coords, log_prob=saved.log_prob, random_state=saved.random_state)
    posterior.take_counts()  # those of the starting points are not the chain's
    longest = max(POLL_STEPS, MAX_BLOCK_BYTES // (8 * walkers * (posterior.dimension + 1)))
    while done < target and not should_stop():
        block = min(target - done, longest)
        backend = Backend()
        sampler = emcee.EnsembleSampler(
            walkers, posterior.dimension, posterior.log_density, moves=make_moves(), vectorize=True, backend=backend
        )
        for steps, latest in enumerate(sampler.sample(state, iterations=block, skip_initial_state_check=True), 1):
            state = latest
            if steps % POLL_STEPS == 0:
                progress(done + steps)
                if should_stop():
                    break
        file.append(
            backend.chain[:steps],
            backend.log_prob[:steps],
            backend.accepted,
            sampler.random_state,
            posterior.take_counts(),
        )
        done += steps
        progress(done)
    return done
