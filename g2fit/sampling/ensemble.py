"""One ensemble of walkers: where it starts, and how it moves on from a checkpoint."""

from collections.abc import Callable, Sequence
from pathlib import Path

import emcee
import numpy as np
from emcee.backends import Backend
from emcee.state import State

from g2fit.card import Card
from g2fit.core.errors import CardError
from g2fit.core.types import FloatArray, IntArray
from g2fit.posterior import Posterior
from g2fit.sampling.chain_file import ChainFile, ChainState, Proposal, Segment
from g2fit.sampling.compound import Compound
from g2fit.sampling.cost import updates_per_step
from g2fit.sampling.draws import check_density
from g2fit.sampling.exploration import Exploration
from g2fit.sampling.journal import Journal
from g2fit.sampling.moves import (
    CrankNicolson,
    DifferentialEvolution,
    MixtureIndependence,
    MoveMixture,
    Replay,
    Stretch,
)

__all__ = ["POOR", "advance", "make_move", "prepare", "starting_points"]

#: Walkers of each chain whose densities are computed again where that is expensive.
CHECKED_FEW = 2

#: Prior draws among which the starting points of an ensemble are chosen.
START_DRAWS = 32_768

#: Allowed prior draws for each walker among which the starting points are chosen, at least.
PER_WALKER = 8

#: Most prior draws that are tried where few are allowed.
MAX_START_DRAWS = 8_388_608

#: Largest segment of a chain that is kept in memory before it is written, in bytes.
MAX_SEGMENT_BYTES = 128_000_000

#: Steps between two questions whether the run should stop.
POLL_STEPS = 32

#: Efficiency of a mixture below which local moves do most of the work, and below which it is not used.
POOR, USELESS = 0.05, 0.002

#: Where few evaluations are made: weights of Crank-Nicolson moves and differential evolution, and size of the former.
NEARBY_SHARE, LOCAL_SHARE, RHO = 0.1, 0.05, 0.5

#: Inverse temperature above which mixtures of the exploration serve as proposals, and spawn key of their order.
WARMEST, REPLAY = 0.1, 2

#: Weight of the mixture's proposals among the moves.
MIXTURE_SHARE = 0.7

#: Weight of the mixture's proposals where the mixture is poor.
POOR_SHARE = 0.3


def make_move(proposal: Proposal | None) -> MoveMixture:
    """Return the move of an ensemble where many evaluations are made, several updates of all walkers in each step.

    They are proposals from the mixture if there is a useful one, and local moves.
    """
    local, updates = DifferentialEvolution(), updates_per_step("many")
    if proposal is None or proposal.efficiency < USELESS:
        return MoveMixture([(local, 0.9), (Stretch(), 0.1)], updates)
    share = MIXTURE_SHARE if proposal.efficiency >= POOR else POOR_SHARE
    return MoveMixture([(MixtureIndependence(proposal.mixture), share), (local, 1.0 - share)], updates)


def make_sparing_move(
    exploration: Exploration | None, index: int, seed: np.random.SeedSequence, card: Card, used: int
) -> tuple[MoveMixture, Replay | None]:
    """Return the move of an ensemble where few evaluations are made, an update in each step; and its part that replays.

    Most updates propose draws that the exploration has evaluated, and later new ones of its mixtures. The others are
    local moves: in the last mixture, which free walkers from where all mixtures are too low, and by differential
    evolution.
    """
    local, updates = DifferentialEvolution(), updates_per_step("few")
    if exploration is None or not exploration.useful:
        return MoveMixture([(local, 0.9), (Stretch(), 0.1)], updates), None
    rng = np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, REPLAY)))
    own, _ = exploration.streams_of(index)
    broad = exploration.compound(own, WARMEST)
    last = exploration.mixtures[own].defended()
    fresh = Compound(np.append(0.5 * broad.weights, 0.5), [*broad.mixtures, last])
    stored = exploration.stored_draws(index, rng, card.sampler.ensembles, card.sampler.seed)
    replay = Replay(stored, card.walkers, MixtureIndependence(fresh), used)
    moves = [
        (replay, 1.0 - NEARBY_SHARE - LOCAL_SHARE),
        (CrankNicolson(last, RHO), NEARBY_SHARE),
        (local, LOCAL_SHARE),
    ]
    return MoveMixture(moves, updates), replay


def prepare(
    posterior: Posterior,
    seed: np.random.SeedSequence,
    exploration: Exploration | None,
    index: int,
    log_density: Callable[[FloatArray], FloatArray] | None = None,
) -> tuple[State, Proposal | None]:
    """Return the first state and the proposal of an ensemble; they depend on the seed and the exploration only.

    Where few evaluations are made, `log_density` makes those that are needed, by default that of the posterior.

    The walkers are weighted draws of one stream of the exploration, without repetition unless there are more walkers
    than draws. The mixture is that of another stream: fitted to draws that include the walkers, but not those that it
    weighs. Ensembles take turns with the ladders. Without an exploration that reached the posterior, the walkers are
    drawn from the prior.
    """
    start_seed, step_seed = seed.spawn(2)
    rng = np.random.default_rng(start_seed)
    walkers = posterior.card.walkers
    random = np.random.RandomState(np.random.MT19937(step_seed)).get_state(legacy=True)
    if exploration is None or not exploration.useful:
        if posterior.card.sampler.calls != "few":
            return State(starting_points(posterior, rng, walkers), random_state=random), None
        explored = 0 if exploration is None else int(exploration.calls.sum())
        z, log_prob = sparing_starting_points(posterior, rng, log_density or posterior.log_density, explored)
        return State(z, log_prob=log_prob, random_state=random), None
    own, start = exploration.streams_of(index)
    chosen = np.flatnonzero(exploration.stream == start)
    if len(chosen) < walkers:
        weight = np.exp(exploration.log_weight[chosen] - exploration.log_weight[chosen].max())
        rows = rng.choice(chosen, size=walkers, p=weight / weight.sum())
    else:
        keys = exploration.log_weight[chosen] + rng.gumbel(size=len(chosen))
        rows = chosen[np.argsort(keys)[::-1][:walkers]]
    ladder = own * len(exploration.log_z) // len(exploration.mixtures)
    mixture = exploration.mixtures[own].defended()
    state = State(exploration.z[rows], log_prob=exploration.log_density[rows], random_state=random)
    return state, Proposal(mixture, float(exploration.efficiencies[ladder]))


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
    while len(found) < PER_WALKER * walkers and tried < MAX_START_DRAWS:
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


def sparing_starting_points(
    posterior: Posterior, rng: np.random.Generator, log_density: Callable[[FloatArray], FloatArray], explored: int
) -> tuple[FloatArray, FloatArray]:
    """Choose walkers (walkers, D) as `starting_points` does, with few evaluations; return them and their log densities.

    As many prior draws as there are walkers are evaluated at a time, until enough are allowed or all ensembles together
    would make more evaluations than ``max_calls``, those of an exploration included. The draws do not depend on where
    that ends: a run with another limit goes on from what is recorded.

    Raises
    ------
    CardError
        If hardly any prior draw is allowed; the text names the terms that reject.
    """
    sampler, walkers = posterior.card.sampler, posterior.card.walkers
    enough, most = PER_WALKER * walkers, MAX_START_DRAWS
    if sampler.max_calls is not None:
        most = min(most, max((sampler.max_calls - explored) // sampler.ensembles, enough))
    found, values, keys = np.empty((0, posterior.dimension)), np.empty(0), np.empty(0)
    tried = 0
    while len(found) < enough and tried + walkers <= most:
        z = posterior.coordinates.from_parameters(posterior.priors.sample(rng, walkers))
        theta, log_prior = np.empty_like(z), np.empty(walkers)
        posterior.coordinates.to_parameters(z, theta, log_prior)
        new = log_density(z)
        allowed = np.isfinite(new)
        found, values = np.concatenate([found, z[allowed]]), np.append(values, new[allowed])
        keys = np.append(keys, (new - log_prior)[allowed] + rng.gumbel(size=int(allowed.sum())))
        tried += walkers
    if len(found) < walkers:
        error = posterior.nearly_empty(theta, len(found), tried)
        raise error if most == MAX_START_DRAWS else CardError(f"{error} Or allow more evaluations (sampler.max_calls).")
    rows = np.argsort(keys)[::-1][:walkers]
    return found[rows], values[rows]


def check_chains(posterior: Posterior, files: Sequence[ChainFile]) -> None:
    """Check that the last walkers of stored chains still have their densities, see `check_density`.

    Where evaluations are expensive, a few walkers of each are enough.
    """
    for file in files:
        state = file.state()
        if state is not None:
            _check_state(posterior, state, file.path)
    posterior.take_counts()  # they are no chain's


def _check_state(posterior: Posterior, state: ChainState, path: Path) -> None:
    some = slice(CHECKED_FEW if posterior.card.sampler.calls == "few" else None)
    check_density(posterior, state.coords[some], state.log_prob[some], path)


class _Recorded:
    """Log density of an ensemble whose evaluations are recorded between two checkpoints of its chain."""

    def __init__(self, posterior: Posterior, file: ChainFile, steps: int) -> None:
        self.posterior, self.path, self._key = posterior, file.path, file.key or ""
        self.counts = posterior.take_counts()
        self.checkpoint(steps)

    def checkpoint(self, steps: int) -> IntArray:
        """Begin anew after a checkpoint at so many steps; return the counts of reasons since the last one."""
        name = f".evaluations-{self.path.stem}-"
        kept = self.path.with_name(f"{name}{steps}")
        for old in self.path.parent.glob(f"{name}*"):
            if old != kept:
                old.unlink(missing_ok=True)
        self._journal, self._batch = Journal(kept, self._key), 0
        before, self.counts = self.counts, np.zeros_like(self.counts)
        return before

    def __call__(self, z: FloatArray) -> FloatArray:
        """Log densities (N,) of points (N, D)."""
        values, done = self._journal.known(self._batch, z)
        if not done.all():
            values = self.posterior.log_density(z)
            self._journal.add(self._batch, 0, z, values, self.posterior.take_counts().astype(float))
        self.counts = self.counts + self._journal.counts(self._batch).astype(self.counts.dtype)
        self._batch += 1
        return values


def advance(
    posterior: Posterior,
    file: ChainFile,
    seed: np.random.SeedSequence,
    target: int,
    *,
    index: int = 0,
    exploration: Callable[[], Exploration | None] = lambda: None,
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
    walkers = posterior.card.walkers
    few = posterior.card.sampler.calls == "few"
    if saved is not None:
        _check_state(posterior, saved, file.path)
    recorded = _Recorded(posterior, file, 0 if saved is None else saved.steps) if few else None
    log_density = posterior.log_density if recorded is None else recorded
    if saved is None:
        (state, proposal), done = prepare(posterior, seed, exploration(), index, log_density), 0
    else:
        done, proposal = saved.steps, file.proposal()
        state = State(saved.coords, log_prob=saved.log_prob, random_state=saved.random_state)
    replay = None
    if few:
        used = 0 if saved is None else saved.replayed
        move, replay = make_sparing_move(exploration(), index, seed, posterior.card, used)
    else:
        move = make_move(proposal)
    posterior.take_counts()  # those of the preparation are not the chain's
    if recorded is not None:
        recorded.counts = np.zeros_like(recorded.counts)
    longest = max(1, MAX_SEGMENT_BYTES // (8 * walkers * (posterior.dimension + 1)))
    poll = 1 if few else POLL_STEPS
    while done < target and not should_stop():
        backend = Backend()
        sampler = emcee.EnsembleSampler(
            walkers, posterior.dimension, log_density, moves=move, vectorize=True, backend=backend
        )
        steps = 0
        for latest in sampler.sample(state, iterations=min(target - done, longest), skip_initial_state_check=True):
            state, steps = latest, steps + 1
            if steps % poll == 0:
                progress(done + steps)
                if should_stop():
                    break
        chain, log_prob = backend.chain[:steps], backend.log_prob[:steps]
        counts = posterior.take_counts() if recorded is None else recorded.counts
        used = 0 if replay is None else replay.used
        file.append(Segment(chain, log_prob, backend.accepted, sampler.random_state, counts, used), proposal)
        done += steps
        if recorded is not None:
            recorded.checkpoint(done)
        progress(done)
    return done
