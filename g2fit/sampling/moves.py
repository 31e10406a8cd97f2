"""Proposals for emcee that handle a whole ensemble at once.

emcee's own moves accept or refuse one walker at a time in Python, which costs more than a likelihood of a
microsecond. These take the place of its `RedBlueMove`: half of the walkers move at a time, each proposal being made
from the other half, and both proposal and acceptance are compiled loops.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from emcee.moves import Move
from emcee.state import State
from numpy.typing import NDArray

from g2fit.jit import kernel

__all__ = ["DifferentialEvolution", "HalfMove", "Stretch"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class HalfMove(Move):  # type: ignore[misc]
    """A move that updates one half of the walkers, then the other."""

    def propose(self, model: Any, state: State) -> tuple[State, NDArray[np.bool_]]:
        """Propose and accept for all walkers; `state` is changed in place.

        Parameters
        ----------
        model : emcee.model.Model
            Gives ``log_prob_fn`` for a batch and the random numbers.
        state : emcee.State
            Walkers; their log density must be finite.

        Returns
        -------
        state : emcee.State
            The new walkers.
        accepted : (walkers,) array of bool
            Which walkers moved.
        """
        random = model.random
        walkers = len(state.coords)
        order = random.permutation(walkers)
        accepted = np.zeros(walkers, dtype=np.bool_)
        for active, other in ((order[0::2], order[1::2]), (order[1::2], order[0::2])):
            proposal = np.empty((len(active), state.coords.shape[1]))
            factor = np.empty(len(active))
            self.make_proposal(state.coords, active, other, random, proposal, factor)
            log_prob = np.asarray(model.log_prob_fn(proposal))
            log_u = np.log(random.random_sample(len(active)))
            _accept(state.coords, state.log_prob, active, proposal, log_prob, factor, log_u, accepted)
        return state, accepted

    @abstractmethod
    def make_proposal(
        self, coords: FloatArray, active: IntArray, other: IntArray, random: Any, out: FloatArray, factor: FloatArray
    ) -> None:
        """Fill `out` with a proposal for each active walker, and `factor` with its log Hastings factor."""


class DifferentialEvolution(HalfMove):
    r"""Add the scaled difference of two other walkers (ter Braak 2006, doi:10.1007/s11222-006-8769-1).

    .. math:: x' = x + \gamma (x_a - x_b) + \epsilon

    with :math:`\gamma = 2.38/\sqrt{2 d}` spread by a few per cent; one proposal in ten takes :math:`\gamma = 1`,
    which jumps between modes.

    Parameters
    ----------
    jump : float
        Probability of a proposal with :math:`\gamma = 1`.
    spread : float
        Relative standard deviation of the other :math:`\gamma`.
    noise : float
        Standard deviation of :math:`\epsilon`, in the units of the coordinates.
    """

    def __init__(self, jump: float = 0.1, spread: float = 0.3, noise: float = 1e-6) -> None:
        self.jump = jump
        self.spread = spread
        self.noise = noise

    def make_proposal(
        self, coords: FloatArray, active: IntArray, other: IntArray, random: Any, out: FloatArray, factor: FloatArray
    ) -> None:
        """See the class."""
        n, dimension = out.shape
        first = random.randint(len(other), size=n)
        second = (first + 1 + random.randint(len(other) - 1, size=n)) % len(other)
        gamma = 2.38 / np.sqrt(2.0 * dimension) * np.exp(self.spread * random.standard_normal(n))
        gamma[random.random_sample(n) < self.jump] = 1.0
        noise = random.standard_normal(out.shape)
        _difference(coords, active, other[first], other[second], gamma, self.noise, noise, out)
        factor[:] = 0.0


class Stretch(HalfMove):
    """The affine-invariant stretch of Goodman & Weare (2010), doi:10.2140/camcos.2010.5.65.

    Parameters
    ----------
    a : float
        Scale: the stretch lies between 1/a and a.
    """

    def __init__(self, a: float = 2.0) -> None:
        self.a = a

    def make_proposal(
        self, coords: FloatArray, active: IntArray, other: IntArray, random: Any, out: FloatArray, factor: FloatArray
    ) -> None:
        """See the class."""
        n, dimension = out.shape
        partner = other[random.randint(len(other), size=n)]
        z = ((self.a - 1.0) * random.random_sample(n) + 1.0) ** 2 / self.a
        _stretch(coords, active, partner, z, out)
        factor[:] = (dimension - 1.0) * np.log(z)


@kernel
def _difference(
    coords: FloatArray,
    active: IntArray,
    first: IntArray,
    second: IntArray,
    gamma: FloatArray,
    scale: float,
    noise: FloatArray,
    out: FloatArray,
) -> None:
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            step = gamma[i] * (coords[first[i], j] - coords[second[i], j]) + scale * noise[i, j]
            out[i, j] = coords[active[i], j] + step


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
    log_u: FloatArray,
    accepted: NDArray[np.bool_],
) -> None:
    for i in range(active.shape[0]):
        k = active[i]
        if log_u[i] < new_log_prob[i] - log_prob[k] + factor[i]:
            log_prob[k] = new_log_prob[i]
            for j in range(coords.shape[1]):
                coords[k, j] = proposal[i, j]
            accepted[k] = True
