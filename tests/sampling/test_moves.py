"""Every move in use is proved against a known law."""

from __future__ import annotations

import emcee
import numpy as np
import pytest

from g2fit.sampling.chain_file import Proposal
from g2fit.sampling.ensemble import make_move
from g2fit.sampling.ladder.em import fit_mixture
from g2fit.sampling.ladder.mixture import Mixture
from g2fit.sampling.moves import (
    CrankNicolson,
    DifferentialEvolution,
    MixtureIndependence,
    MoveMixture,
    Replay,
    StoredDraws,
    Stretch,
)
from tests.support.laws import gaussian, prove


def rough_mixture(dimension: int) -> Mixture:
    """A mixture that resembles no target, but covers it: acceptance must correct for it."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2000, dimension)) * 4.0 + 0.3
    start = rng.dirichlet(np.ones(3), len(x))
    return fit_mixture(x, np.full(len(x), 1.0 / len(x)), len(x), start).mixture().defended(0.2)


@pytest.mark.parametrize("dimension", [1, 2, 7])
@pytest.mark.parametrize("scale", [0.05, 1.0, 10.0])
def test_differential_evolution(dimension: int, scale: float) -> None:
    prove(MoveMixture([(DifferentialEvolution(), 1.0)], 1), dimension, scale=scale)


@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_stretch(dimension: int) -> None:
    prove(MoveMixture([(Stretch(), 1.0)], 1), dimension)


@pytest.mark.parametrize("dimension", [1, 3])
def test_mixture_independence(dimension: int) -> None:
    prove(MoveMixture([(MixtureIndependence(rough_mixture(dimension)), 1.0)], 1), dimension, steps=3000)


@pytest.mark.parametrize("rho", [0.3, 0.9])
def test_crank_nicolson(rho: float) -> None:
    prove(MoveMixture([(CrankNicolson(rough_mixture(3), rho), 1.0)], 1), 3, steps=3000)


def test_replay_of_evaluated_draws() -> None:
    """Draws of two mixtures, each used once, and local moves in between."""
    log_density, _ = gaussian(3)
    rng = np.random.default_rng(5)
    wide = rough_mixture(3)
    narrow = Mixture(wide.weights, 0.5 * wide.means, 0.5 * wide.cholesky)
    stored = []
    for mixture in (wide, narrow):
        z = mixture.sample(rng, 64 * 1500)
        stored.append(StoredDraws(mixture, z, log_density(z), mixture.log_density(z)))
    replay = Replay(stored, 64, DifferentialEvolution())
    prove(MoveMixture([(replay, 0.9), (DifferentialEvolution(), 0.1)], 1), 3, steps=3000)
    assert 2500 < replay.used < 2900


@pytest.mark.parametrize("efficiency", [0.0, 0.01, 0.5])
def test_the_moves_in_use(efficiency: float) -> None:
    """Without a useful mixture, with a poor one and with a good one."""
    proposal = Proposal(rough_mixture(3), efficiency)
    prove(make_move(proposal), 3, steps=3000)


def test_the_proof_finds_the_biased_move_of_emcee() -> None:
    with pytest.raises(AssertionError):
        prove(emcee.moves.DESnookerMove(), 7, steps=1000)


@pytest.mark.parametrize("with_mixture", [False, True])
def test_moves_jump_between_two_modes(with_mixture: bool) -> None:
    """Two unequal Gaussians far apart: the weight of each is found."""

    def log_density(x: np.ndarray) -> np.ndarray:
        one = -0.5 * ((x - 6.0) ** 2).sum(1) + np.log(0.25)
        two = -0.5 * ((x + 6.0) ** 2).sum(1) + np.log(0.75)
        return np.logaddexp(one, two)

    rng = np.random.default_rng(2)
    start = rng.normal(size=(64, 2)) + np.where(rng.random((64, 1)) < 0.5, 6.0, -6.0)
    proposal = None
    if with_mixture:
        centres = np.array([[6.0, 6.0], [-6.0, -6.0]])
        proposal = Proposal(Mixture(np.array([0.5, 0.5]), centres, np.full((2, 1, 1), 1.3) * np.eye(2)), 0.5)
    sampler = emcee.EnsembleSampler(64, 2, log_density, moves=make_move(proposal), vectorize=True)
    sampler.random_state = np.random.RandomState(3).get_state()
    sampler.run_mcmc(start, 2000)
    share = (sampler.get_chain(discard=300)[:, :, 0] > 0).mean()
    assert share == pytest.approx(0.25, abs=0.02)
