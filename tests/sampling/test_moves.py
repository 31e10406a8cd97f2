"""Every move in use is proved against a known law."""

from __future__ import annotations

import emcee
import numpy as np
import pytest
from laws import prove

from g2fit.sampling.ensemble import make_moves
from g2fit.sampling.moves import DifferentialEvolution, Stretch


@pytest.mark.parametrize("dimension", [1, 2, 7])
@pytest.mark.parametrize("scale", [0.05, 1.0, 10.0])
def test_differential_evolution(dimension: int, scale: float) -> None:
    prove(DifferentialEvolution(), dimension, scale=scale)


@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_stretch(dimension: int) -> None:
    prove(Stretch(), dimension)


def test_the_mixture_in_use() -> None:
    prove(make_moves(), 6)


def test_the_proof_finds_the_biased_move_of_emcee() -> None:
    with pytest.raises(AssertionError):
        prove(emcee.moves.DESnookerMove(), 7)


def test_moves_jump_between_two_modes() -> None:
    """Two unequal Gaussians far apart: the weight of each is found."""

    def log_density(x: np.ndarray) -> np.ndarray:
        one = -0.5 * ((x - 6.0) ** 2).sum(1) + np.log(0.25)
        two = -0.5 * ((x + 6.0) ** 2).sum(1) + np.log(0.75)
        return np.logaddexp(one, two)

    rng = np.random.default_rng(2)
    start = rng.normal(size=(64, 2)) + np.where(rng.random((64, 1)) < 0.5, 6.0, -6.0)
    sampler = emcee.EnsembleSampler(64, 2, log_density, moves=make_moves(), vectorize=True)
    sampler.random_state = np.random.RandomState(3).get_state()
    sampler.run_mcmc(start, 6000)
    share = (sampler.get_chain(discard=1000)[:, :, 0] > 0).mean()
    assert share == pytest.approx(0.25, abs=0.03)
