"""Explorations: small modes, empty regions, evidences, files, and what makes them doubtful."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.core.errors import StoreError
from g2fit.core.types import FloatArray
from g2fit.sampling.agreement import doubts
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from g2fit.sampling.ladder.mixture import log_normal
from tests.support.cards import whole_searches

#: Share of the posterior of `ridge` at larger log likelihoods than this, where both moments are fitted and ln L is
#: larger by 7: .0109 with an error of .0006, by 4e7 draws of the chart.
BETTER, SHARE = 43.5, 0.0109


@pytest.fixture(scope="module", autouse=True)
def searches() -> Iterator[None]:
    """Explore with all draws, since this is what is tested here."""
    with whole_searches():
        yield


def explored(density: Callable[[FloatArray], FloatArray], dimension: int, seed: int, calls: str) -> Exploration:
    settings = settings_for(calls, dimension, None)
    return explore(dimension, seeds_of(seed), settings, lambda _, z: density(z))


@pytest.mark.parametrize("calls", ["few", "many"])
def test_a_thin_and_a_far_mode(calls: str) -> None:
    """The prior N(0,1)^4 times two unequal spikes; the evidence is analytic."""
    sigma = 0.05

    def log_density(z: FloatArray) -> FloatArray:
        first = -0.5 * ((z[:, 0] - 1.5) / sigma) ** 2 - 0.5 * ((z[:, 1] - 1.0) / sigma) ** 2
        second = -0.5 * ((z[:, 0] + 1.5) / sigma) ** 2 - 0.5 * ((z[:, 1] + 1.0) / sigma) ** 2 - 2.0
        return log_normal(z) + np.logaddexp(first, second)

    found = explored(log_density, 4, 5, calls)
    variance = 1 + sigma**2
    spike = sigma**2 / variance * np.exp(-0.5 * (1.5**2 + 1.0**2) / variance)
    log_z, error = found.evidence
    assert found.useful
    assert not doubts(found)
    assert found.ess > 4000
    assert error < 0.03
    assert log_z == pytest.approx(np.log(spike * (1 + np.exp(-2.0))), abs=4 * error)


def test_a_mode_that_few_prior_draws_meet() -> None:
    """Three per cent of the posterior in 3e-5 of the prior."""
    centre, width, share = np.array([0.8, -0.8, 0.8, -0.8]), 0.1, 0.03

    def log_density(x: FloatArray) -> FloatArray:
        broad = np.log(1.0 - share) - 0.5 * (x / 0.9) ** 2 @ np.ones(4) - 4 * np.log(0.9)
        thin = np.log(share) - 0.5 * ((x - centre) / width) ** 2 @ np.ones(4) - 4 * np.log(width)
        return np.logaddexp(broad, thin) - 2.0 * np.log(2.0 * np.pi)

    shares = []
    for seed in (1, 2, 3):
        found = explored(log_density, 4, seed, "many")
        weight = np.exp(found.log_weight)
        inside = ((found.z - centre) ** 2).sum(axis=1) < (4.0 * width) ** 2
        assert found.evidence[0] == pytest.approx(0.0, abs=0.02)
        shares.append(weight[inside].sum() / weight.sum())
    assert np.mean(shares) == pytest.approx(0.033, abs=0.006)
    assert np.std(shares) < 0.006


def test_the_better_fit_of_a_ridge_gets_its_weight(root: Path) -> None:
    """It holds one per cent of the posterior; a handful among the prior's draws meets it."""
    posterior = Posterior(Card.load(root / "analysis/ridge.yaml"))
    shares = []
    for seed in (4, 5, 6):
        found = explored(posterior.log_density, posterior.dimension, seed, "many")
        theta = np.empty_like(found.z)
        posterior.coordinates.to_parameters(found.z, theta, np.empty(len(theta)))
        weight = np.exp(found.log_weight - found.log_weight.max())
        shares.append(weight[posterior.log_likelihood(theta) > BETTER].sum() / weight.sum())
    assert 0.5 * SHARE < np.mean(shares) < 1.5 * SHARE


@pytest.mark.parametrize("calls", ["few", "many"])
def test_nothing_is_allowed(calls: str) -> None:
    found = explored(lambda z: np.full(len(z), -np.inf), 2, 0, calls)
    assert not found.useful
    assert "not reached" in doubts(found)[0]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = explored(lambda z: 2.0 * log_normal(z), 3, 1, "few")
    found.save(tmp_path / "found.npz")
    again = Exploration.load(tmp_path / "found.npz")
    for name in ("z", "log_weight", "log_density", "stream", "calls"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    for one, two in zip(again.mixtures, found.mixtures, strict=True):
        np.testing.assert_array_equal(one.log_density(found.z), two.log_density(found.z))
    (tmp_path / "found.npz").write_bytes(b"PK")
    with pytest.raises(StoreError, match=r"found\.npz: cannot be read"):
        Exploration.load(tmp_path / "found.npz")


def test_an_exploration_that_ended_with_draws_of_the_prior_can_be_read(tmp_path: Path) -> None:
    """By a small `max_calls`: its file was called damaged."""
    found = explore(3, seeds_of(1), settings_for("few", 3, 1500), lambda _, z: 2.0 * log_normal(z))
    assert not found.mixtures
    found.save(tmp_path / "found.npz")
    again = Exploration.load(tmp_path / "found.npz")
    assert not again.useful
    np.testing.assert_array_equal(np.unique(again.ladder), [0, 1])
    np.testing.assert_array_equal(again.first, found.first)


def test_ladders_that_differ_are_reported() -> None:
    """A mode in one of two ladders: their evidences and draws differ."""
    found = explored(lambda z: 2.0 * log_normal(z), 2, 1, "few")
    found.z[found.ladder == 1, 0] += 0.5
    found.log_z[1] += 0.2
    told = doubts(found)
    assert any("differ in ln Z" in warning for warning in told)
    assert any("draws of two independent ladders differ" in warning for warning in told)


def test_no_two_ensembles_replay_the_same_draws() -> None:
    """Else R-hat would compare chains that share their points."""
    found = explored(lambda z: 2.0 * log_normal(z), 2, 1, "few")

    def replayed(ensemble: int, ensembles: int) -> FloatArray:
        rng = np.random.default_rng(ensemble)
        return np.concatenate([draws.z for draws in found.stored_draws(ensemble, rng, ensembles, 7)])

    for ensembles in (4, 6, 10, 16):
        z = np.concatenate([replayed(ensemble, ensembles) for ensemble in range(ensembles)])
        assert len(z) == len(np.unique(z, axis=0)) == len(found.z)
    np.testing.assert_array_equal(replayed(3, 4), replayed(3, 6))  # which shares its streams with no other
    for stored in found.stored_draws(5, np.random.default_rng(0), 6, 7):
        rows = [int(np.flatnonzero((found.z == z).all(axis=1))[0]) for z in stored.z[:5]]
        np.testing.assert_array_equal(stored.log_target[:5], found.log_density[rows])
