"""Moves of whole ensembles for emcee: differential evolution, stretch, and draws of a fixed Gaussian mixture.

emcee's own moves accept or reject one walker at a time in Python, which costs more than a likelihood of a
microsecond. Here, proposal and acceptance are compiled loops over the walkers.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from emcee.moves import Move
from emcee.state import State

from g2fit.core.jit import kernel
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.sampling.ladder.mixture import Mixture

__all__ = [
    "CrankNicolson",
    "DifferentialEvolution",
    "EnsembleMove",
    "MixtureIndependence",
    "MoveMixture",
    "RedBlueMove",
    "Replay",
    "StoredDraws",
    "Stretch",
]


#: Proposed positions (n, D), and the logs of their Hastings factors (n,).
Proposals = tuple[FloatArray, FloatArray]


class Density(Protocol):
    """Probability density that can be drawn from."""

    def log_density(self, x: FloatArray) -> FloatArray:
        """Log density of the rows of `x` (N, D), shape (N,)."""

    def draw(self, uniform: FloatArray, normal: FloatArray) -> FloatArray:
        """Turn uniform (N,) and normal (N, D) random numbers into draws (N, D)."""


class EnsembleMove(ABC):
    """A Metropolis-Hastings update of every walker of an ensemble."""

    @abstractmethod
    def apply(self, coords: FloatArray, log_prob: FloatArray, log_prob_fn: Any, random: Any, moved: FloatArray) -> None:
        """Propose new positions and accept or reject them, in place.

        Parameters
        ----------
        coords : (walkers, D) array
            Positions of the walkers.
        log_prob : (walkers,) array
            Their log densities.
        log_prob_fn : callable
            Log density of a batch of positions.
        random : numpy.random.RandomState
            emcee's random numbers.
        moved : (walkers,) array
            Number of accepted proposals of each walker; increased.
        """


class MoveMixture(Move):  # type: ignore[misc]
    """Weighted mixture of moves, of which several in a row make one step of emcee.

    Storing a step costs about as much as one update of all walkers, and successive updates are correlated anyway.

    Parameters
    ----------
    moves : sequence of (EnsembleMove, float)
        The moves and their weights; each update takes one of them at random.
    updates : int
        Updates per step.
    """

    def __init__(self, moves: Sequence[tuple[EnsembleMove, float]], updates: int) -> None:
        self.moves = [move for move, _ in moves]
        weights = np.array([weight for _, weight in moves])
        self.cumulative = np.cumsum(weights / weights.sum())
        self.updates = updates

    def propose(self, model: Any, state: State) -> tuple[State, FloatArray]:
        """Make one step, changing `state` in place; return it and each walker's fraction of accepted updates."""
        random = model.random
        moved = np.zeros(len(state.coords))
        for u in random.random_sample(self.updates):
            move = self.moves[min(int(np.searchsorted(self.cumulative, u)), len(self.moves) - 1)]
            move.apply(state.coords, state.log_prob, model.log_prob_fn, random, moved)
        return state, moved / self.updates


class RedBlueMove(EnsembleMove):
    """Red-blue move: the ensemble is split at random into two halves, each of which is updated given the other."""

    def apply(self, coords: FloatArray, log_prob: FloatArray, log_prob_fn: Any, random: Any, moved: FloatArray) -> None:
        """See `EnsembleMove`."""
        order = random.permutation(len(coords))
        first, second = order[0::2], order[1::2]
        for active, other in ((first, second), (second, first)):
            proposal, factor = self.make_proposal(coords, active, other, random)
            new = np.asarray(log_prob_fn(proposal))
            _accept(coords, log_prob, active, proposal, new, factor, random.random_sample(len(active)), moved)

    @abstractmethod
    def make_proposal(self, coords: FloatArray, active: IntArray, other: IntArray, random: Any) -> Proposals:
        """Return a proposal for each walker of the half `active` (indices)."""


class DifferentialEvolution(RedBlueMove):
    r"""Differential evolution: add the scaled difference of two walkers of the other half.

    .. math:: x' = x + \gamma (x_a - x_b)

    (ter Braak 2006, doi:10.1007/s11222-006-8769-1) with :math:`\gamma` spread about :math:`2.38/\sqrt{2 d}`; one
    proposal in ten has :math:`\gamma = 1`, which jumps between modes. The spread takes the place of the paper's small
    noise: with it, and with more walkers than dimensions, every point can be reached.

    Parameters
    ----------
    jump : float
        Probability of a proposal with :math:`\gamma = 1`.
    spread : float
        Standard deviation of :math:`\ln\gamma` of the other proposals.
    """

    def __init__(self, jump: float = 0.1, spread: float = 0.3) -> None:
        self.jump = jump
        self.spread = spread

    def make_proposal(self, coords: FloatArray, active: IntArray, other: IntArray, random: Any) -> Proposals:
        """See `RedBlueMove`."""
        n, dimension = len(active), coords.shape[1]
        uniform, normal = random.random_sample((n, 3)), random.standard_normal(n)
        proposal = np.empty((n, dimension))
        _difference(coords, active, other, uniform, normal, self.jump, self.spread, proposal)
        return proposal, np.zeros(n)


class Stretch(RedBlueMove):
    """Affine-invariant stretch move of Goodman & Weare (2010), doi:10.2140/camcos.2010.5.65.

    Parameters
    ----------
    a : float
        Scale: the stretch factor lies between 1/a and a.
    """

    def __init__(self, a: float = 2.0) -> None:
        self.a = a

    def make_proposal(self, coords: FloatArray, active: IntArray, other: IntArray, random: Any) -> Proposals:
        """See `RedBlueMove`."""
        n, dimension = len(active), coords.shape[1]
        partner = other[random.randint(len(other), size=n)]
        z = ((self.a - 1.0) * random.random_sample(n) + 1.0) ** 2 / self.a
        proposal = np.empty((n, dimension))
        _stretch(coords, active, partner, z, proposal)
        return proposal, (dimension - 1.0) * np.log(z)


class MixtureIndependence(EnsembleMove):
    """Independence sampler: propose draws of a fixed Gaussian mixture, whatever the present positions.

    Accepted proposals are independent of the past, and jump between modes.

    Parameters
    ----------
    mixture : Density
        Proposal density q; the log of the Hastings factor is ln q(old) - ln q(new).
    """

    def __init__(self, mixture: Density) -> None:
        self.mixture = mixture
        self._seen = np.empty((0, 0))  # positions of the walkers after the last update, and ln q there
        self._log_q = np.empty(0)

    def apply(self, coords: FloatArray, log_prob: FloatArray, log_prob_fn: Any, random: Any, moved: FloatArray) -> None:
        """See `EnsembleMove`."""
        n, dimension = coords.shape
        proposal = self.mixture.draw(random.random_sample(n), random.standard_normal((n, dimension)))
        log_q = self.mixture.log_density(proposal)
        if self._seen.shape != coords.shape:
            self._seen, self._log_q = np.full_like(coords, np.nan), np.empty(n)
        changed = np.flatnonzero((coords != self._seen).any(axis=1))  # by other moves
        self._log_q[changed] = self.mixture.log_density(coords[changed])
        new = np.asarray(log_prob_fn(proposal))
        u, factor = random.random_sample(n), self._log_q - log_q
        accepted = _accept(coords, log_prob, np.arange(n), proposal, new, factor, u, moved)
        self._log_q[accepted] = log_q[accepted]
        self._seen[...] = coords


class CrankNicolson(EnsembleMove):
    """Local moves that a Gaussian mixture leaves invariant, see `Mixture.crank_nicolson`.

    They need no other walkers, and suit many dimensions and few walkers.

    Parameters
    ----------
    mixture : Mixture
        The mixture q; the log of the Hastings factor is ln q(old) - ln q(new).
    rho : float
        Size of the moves, between 0 and 1 (independent draws within a component).
    """

    def __init__(self, mixture: Mixture, rho: float) -> None:
        self.mixture, self.rho = mixture, rho

    def apply(self, coords: FloatArray, log_prob: FloatArray, log_prob_fn: Any, random: Any, moved: FloatArray) -> None:
        """See `EnsembleMove`."""
        proposal = np.ascontiguousarray(self.mixture.crank_nicolson(coords, self.rho, random))
        factor = self.mixture.log_density(coords) - self.mixture.log_density(proposal)
        new = np.asarray(log_prob_fn(proposal))
        n = len(coords)
        _accept(coords, log_prob, np.arange(n), proposal, new, factor, random.random_sample(n), moved)


class StoredDraws(NamedTuple):
    """Draws z (N, D) of a proposal, with the log densities (N,) of the target and of the proposal there."""

    proposal: Density
    z: FloatArray
    log_target: FloatArray
    log_proposal: FloatArray


class Replay(EnsembleMove):
    """Independence sampler whose proposals have been evaluated already: they cost nothing.

    Each stored draw is proposed once, to one walker, with the density of the mixture that it was drawn from.

    Parameters
    ----------
    stored : sequence of StoredDraws
        The proposals, in their order.
    walkers : int
        Walkers of the ensemble; what does not suffice for all of them is left out.
    then : EnsembleMove
        Move to make when the draws are used up.
    used : int
        Number of updates that were made from the draws before.
    """

    def __init__(self, stored: Sequence[StoredDraws], walkers: int, then: EnsembleMove, used: int = 0) -> None:
        self.plan = [(draws, first) for draws in stored for first in range(0, len(draws.z) - walkers + 1, walkers)]
        self.then, self.used = then, used

    def apply(self, coords: FloatArray, log_prob: FloatArray, log_prob_fn: Any, random: Any, moved: FloatArray) -> None:
        """See `EnsembleMove`."""
        if self.used >= len(self.plan):
            self.then.apply(coords, log_prob, log_prob_fn, random, moved)
            return
        draws, first = self.plan[self.used]
        self.used += 1
        n = len(coords)
        proposal = np.ascontiguousarray(draws.z[first : first + n])
        factor = draws.proposal.log_density(coords) - draws.log_proposal[first : first + n]
        new = np.ascontiguousarray(draws.log_target[first : first + n])
        _accept(coords, log_prob, np.arange(n), proposal, new, factor, random.random_sample(n), moved)


@kernel
def _difference(
    coords: FloatArray,
    active: IntArray,
    other: IntArray,
    uniform: FloatArray,
    normal: FloatArray,
    jump: float,
    spread: float,
    out: FloatArray,
) -> None:
    count, dimension = other.shape[0], out.shape[1]
    for i in range(out.shape[0]):
        first = int(uniform[i, 0] * count)
        second = (first + 1 + int(uniform[i, 1] * (count - 1))) % count
        gamma = 1.0 if uniform[i, 2] < jump else 2.38 / np.sqrt(2.0 * dimension) * np.exp(spread * normal[i])
        for j in range(dimension):
            step = coords[other[first], j] - coords[other[second], j]
            out[i, j] = coords[active[i], j] + gamma * step


@kernel
def _stretch(coords: FloatArray, active: IntArray, partner: IntArray, z: FloatArray, out: FloatArray) -> None:
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            centre = coords[partner[i], j]
            out[i, j] = centre + z[i] * (coords[active[i], j] - centre)


@kernel
def _accept(
    coords: FloatArray,
    log_prob: FloatArray,
    active: IntArray,
    proposal: FloatArray,
    new_log_prob: FloatArray,
    factor: FloatArray,
    u: FloatArray,
    moved: FloatArray,
) -> BoolArray:
    """Accept or reject the proposals for the walkers `active`, in place; return which were accepted."""
    accepted = np.zeros(active.shape[0], dtype=np.bool_)
    for i in range(active.shape[0]):
        k = active[i]
        if np.log(u[i]) < new_log_prob[i] - log_prob[k] + factor[i]:
            accepted[i] = True
            log_prob[k] = new_log_prob[i]
            for j in range(coords.shape[1]):
                coords[k, j] = proposal[i, j]
            moved[k] += 1.0
    return accepted
