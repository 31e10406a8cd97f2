"""One ensemble of walkers: where it starts, and how it moves on from a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import emcee
import numpy as np
from emcee.backends import Backend
from emcee.state import State

from g2fit.core.errors import StoreError
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.chain_file import Block, ChainFile, Proposal
from g2fit.sampling.moves import Cycle, DifferentialEvolution, MixtureIndependence, Stretch, Sweep
from g2fit.sampling.warmup import POOR, USELESS, adapt

__all__ = ["advance", "check_density", "make_move", "prepare", "starting_points"]

#: Prior draws from which the walkers of an ensemble start, and the largest number tried when few are allowed.
START_DRAWS = 32_768
MAX_START_DRAWS = 8_388_608

#: Largest block kept in memory before it is written, in bytes.
MAX_BLOCK_BYTES = 128_000_000

#: Steps between two looks at whether the run should stop.
POLL_STEPS = 32


#: Sweeps of all walkers in a stored step.
SWEEPS = 8

#: Share of mixture sweeps.
MIXTURE_SHARE = 0.7

#: Share of mixture sweeps where the mixture is poor.
POOR_SHARE = 0.3


def make_move(proposal: Proposal | None) -> Cycle:
    """Give the move of an ensemble: sweeps of the mixture if there is a good one, the others local."""
    local: list[tuple[Sweep, float]] = [(DifferentialEvolution(), 0.9), (Stretch(), 0.1)]
    if proposal is None or proposal.efficiency < USELESS:
        return Cycle(local, SWEEPS)
    share = MIXTURE_SHARE if proposal.efficiency >= POOR else POOR_SHARE
    return Cycle([(MixtureIndependence(proposal.mixture), share), (DifferentialEvolution(), 1.0 - share)], SWEEPS)


@dataclass(frozen=True)
class Launch:
    """Where an ensemble begins."""

    state: State
    proposal: Proposal | None


def prepare(posterior: Posterior, seed: np.random.SeedSequence) -> Launch:
    """Warm up one ensemble: fit its mixture and draw its walkers, from nothing but its seed.

    Without the chart, or where no mixture can be fitted, the walkers are drawn from the prior.
    """
    warm_seed, step_seed = seed.spawn(2)
    rng = np.random.default_rng(warm_seed)
    walkers = posterior.card.sampler.walkers
    random = np.random.RandomState(np.random.MT19937(step_seed)).get_state(legacy=True)
    adaptation = None
    if posterior.coordinates.name != "raw" and posterior.card.sampler.proposal == "auto":
        adaptation = adapt(posterior.log_density, posterior.dimension, rng)
    if adaptation is None or adaptation.efficiency < USELESS:
        return Launch(State(starting_points(posterior, rng, walkers), random_state=random), None)
    keys = adaptation.log_weight + rng.gumbel(size=len(adaptation.log_weight))
    coords = adaptation.draws[np.argsort(keys)[::-1][:walkers]]
    proposal = Proposal(adaptation.mixture, adaptation.efficiency, adaptation.rounds)
    return Launch(State(coords, random_state=random), proposal)


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
        raise posterior.nearly_empty(theta, count, tried)
    chosen = np.argsort(np.concatenate(keys))[::-1][:walkers]
    return posterior.coordinates.from_parameters(np.concatenate(found)[chosen])


def check_density(posterior: Posterior, z: FloatArray, stored: FloatArray, path: Path) -> None:
    """Refuse stored walkers whose density is no longer what it was: part of a chain would follow another posterior.

    Parameters
    ----------
    posterior : Posterior
        The target density.
    z : (N, D) array
        Stored walkers, in the sampler's coordinates.
    stored : (N,) array
        Their stored log densities.
    path : Path
        Named in the message.

    Raises
    ------
    StoreError
        If they differ by more than rounding.
    """
    if not np.allclose(posterior.log_density(z), stored, rtol=1e-9, atol=1e-6):
        raise StoreError(
            f"{path}: these chains were made by another version of model, data or coordinates; "
            "remove them and run the card again"
        )


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

    Raises
    ------
    StoreError
        If the chain is of another density.
    """
    saved = file.state()
    walkers = posterior.card.sampler.walkers
    if saved is None:
        launch = prepare(posterior, seed)
        state, proposal, done = launch.state, launch.proposal, 0
    else:
        done, proposal = saved.steps, file.proposal()
        check_density(posterior, saved.coords, saved.log_prob, file.path)
        state = State(saved.coords, log_prob=saved.log_prob, random_state=saved.random_state)
    move = make_move(proposal)
    posterior.take_counts()  # those of the warm-up are not the chain's
    longest = max(POLL_STEPS, MAX_BLOCK_BYTES // (8 * walkers * (posterior.dimension + 1)))
    while done < target and not should_stop():
        block = min(target - done, longest)
        backend = Backend()
        sampler = emcee.EnsembleSampler(
            walkers, posterior.dimension, posterior.log_density, moves=move, vectorize=True, backend=backend
        )
        steps = 0
        for latest in sampler.sample(state, iterations=block, skip_initial_state_check=True):
            state, steps = latest, steps + 1
            if steps % POLL_STEPS == 0:
                progress(done + steps)
                if should_stop():
                    break
        block_of_chain = Block(
            backend.chain[:steps],
            backend.log_prob[:steps],
            backend.accepted,
            sampler.random_state,
            posterior.take_counts(),
        )
        file.append(block_of_chain, proposal)
        done += steps
        progress(done)
    return done
