"""One ensemble of walkers: where it starts, and how it moves on from a checkpoint."""

from collections.abc import Callable
from pathlib import Path

import emcee
import numpy as np
from emcee.backends import Backend
from emcee.state import State

from g2fit.core.errors import StoreError
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.chain_file import ChainFile, Proposal, Segment
from g2fit.sampling.moves import DifferentialEvolution, MixtureIndependence, MoveMixture, Stretch
from g2fit.sampling.warmup import POOR, USELESS, adapt

__all__ = ["advance", "check_density", "make_move", "prepare", "starting_points"]

#: Prior draws among which the starting points of an ensemble are chosen.
START_DRAWS = 32_768

#: Most prior draws that are tried where few are allowed.
MAX_START_DRAWS = 8_388_608

#: Largest segment of a chain that is kept in memory before it is written, in bytes.
MAX_SEGMENT_BYTES = 128_000_000

#: Steps between two questions whether the run should stop.
POLL_STEPS = 32

#: Updates of all walkers in a stored step.
UPDATES = 8

#: Weight of the mixture's proposals among the moves.
MIXTURE_SHARE = 0.7

#: Weight of the mixture's proposals where the mixture is poor.
POOR_SHARE = 0.3


def make_move(proposal: Proposal | None) -> MoveMixture:
    """Return the move of an ensemble: proposals from the mixture if there is a useful one, and local moves."""
    local = DifferentialEvolution()
    if proposal is None or proposal.efficiency < USELESS:
        return MoveMixture([(local, 0.9), (Stretch(), 0.1)], UPDATES)
    share = MIXTURE_SHARE if proposal.efficiency >= POOR else POOR_SHARE
    return MoveMixture([(MixtureIndependence(proposal.mixture), share), (local, 1.0 - share)], UPDATES)


def prepare(posterior: Posterior, seed: np.random.SeedSequence) -> tuple[State, Proposal | None]:
    """Warm up one ensemble: fit the mixture that it proposes from, and draw its walkers; depends on the seed only.

    Without the chart, or where no useful mixture is found, the walkers are drawn from the prior.
    """
    warm_seed, step_seed = seed.spawn(2)
    rng = np.random.default_rng(warm_seed)
    walkers = posterior.card.sampler.walkers
    random = np.random.RandomState(np.random.MT19937(step_seed)).get_state(legacy=True)
    adaptation = None
    if posterior.coordinates.name != "raw" and posterior.card.sampler.proposal == "auto":
        adaptation = adapt(posterior.log_density, posterior.dimension, rng)
    if adaptation is None or adaptation.efficiency < USELESS:
        return State(starting_points(posterior, rng, walkers), random_state=random), None
    keys = adaptation.log_weight + rng.gumbel(size=len(adaptation.log_weight))
    coords = adaptation.draws[np.argsort(keys)[::-1][:walkers]]
    proposal = Proposal(adaptation.mixture, adaptation.efficiency, adaptation.rounds)
    return State(coords, random_state=random), proposal


def starting_points(posterior: Posterior, rng: np.random.Generator, walkers: int) -> FloatArray:
    """Draw walkers (walkers, D) from the prior, weighted with the likelihood and without repetition.

    Draws are made until enough of them have a finite density: no walker starts where it could never be accepted.

    Raises
    ------
    CardError
        If hardly any prior draw is allowed; the text names the terms that reject.
    """
    found, keys = np.empty((0, posterior.dimension)), np.empty(0)
    tried, draws = 0, START_DRAWS
    while len(found) < 8 * walkers and tried < MAX_START_DRAWS:
        theta = posterior.sample_prior(rng, draws)
        log_likelihood = posterior.log_likelihood(theta)
        allowed = np.isfinite(log_likelihood)
        found = np.concatenate([found, theta[allowed]])
        keys = np.concatenate([keys, log_likelihood[allowed] + rng.gumbel(size=int(allowed.sum()))])
        tried += draws
        draws = min(2 * draws, MAX_START_DRAWS - tried)
    if len(found) < walkers:
        raise posterior.nearly_empty(theta, len(found), tried)
    # the largest of (log weight + Gumbel noise) are draws without replacement in proportion to the weights
    return posterior.coordinates.from_parameters(found[np.argsort(keys)[::-1][:walkers]])


def check_density(posterior: Posterior, z: FloatArray, stored: FloatArray, path: Path) -> None:
    """Check that stored walkers (N, D) still have their stored log densities (N,), up to rounding.

    Raises
    ------
    StoreError
        If they have not: the chains in `path` must not follow two posteriors.
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
    """Advance one ensemble to `target` steps, and return the length of its chain on disk.

    The chain is continued if it exists; the seed is used only when it begins. Every `POLL_STEPS` steps, `progress` is
    told the present length; the steps made so far are saved at the end, and when `should_stop` returns True.

    Raises
    ------
    StoreError
        If the chain belongs to another density.
    """
    saved = file.state()
    walkers = posterior.card.sampler.walkers
    if saved is None:
        (state, proposal), done = prepare(posterior, seed), 0
    else:
        done, proposal = saved.steps, file.proposal()
        check_density(posterior, saved.coords, saved.log_prob, file.path)
        state = State(saved.coords, log_prob=saved.log_prob, random_state=saved.random_state)
    move = make_move(proposal)
    posterior.take_counts()  # those of the warm-up are not the chain's
    longest = max(POLL_STEPS, MAX_SEGMENT_BYTES // (8 * walkers * (posterior.dimension + 1)))
    while done < target and not should_stop():
        backend = Backend()
        sampler = emcee.EnsembleSampler(
            walkers, posterior.dimension, posterior.log_density, moves=move, vectorize=True, backend=backend
        )
        steps = 0
        for latest in sampler.sample(state, iterations=min(target - done, longest), skip_initial_state_check=True):
            state, steps = latest, steps + 1
            if steps % POLL_STEPS == 0:
                progress(done + steps)
                if should_stop():
                    break
        chain, log_prob, counts = backend.chain[:steps], backend.log_prob[:steps], posterior.take_counts()
        file.append(Segment(chain, log_prob, backend.accepted, sampler.random_state, counts), proposal)
        done += steps
        progress(done)
    return done
