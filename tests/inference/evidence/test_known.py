"""Both estimators on targets whose evidence is known, and their stated errors over many seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from g2fit.inference.evidence import Aim, TaskRunner, importance, importance_sampling, prior_monte_carlo
from g2fit.inference.evidence.proposal import fit, usable
from g2fit.sampling.exploration import settings_for
from g2fit.sampling.ladder.mixture import Mixture
from tests.support.known_evidences import ALL, Box, banana, curved_ridge, log_normal, with_cut

QUICK = Aim(error=0.02, limit=0.05, first=2**15, cheap=2**15, most=2**17)


def seed(number: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(number)


@pytest.mark.parametrize("make", ALL)
def test_prior_monte_carlo(make: Callable[[], Box]) -> None:
    target = make()
    found = prior_monte_carlo(target, seed(1), runner=TaskRunner(2))
    assert found.error <= 0.02
    assert abs(found.log_z - target.log_z) < 4 * found.error


@pytest.mark.parametrize("make", ALL)
def test_importance_sampling(make: Callable[[], Box]) -> None:
    target = make()
    found = importance_sampling(target, seed(2), runner=TaskRunner(2), fits=2).estimate
    assert found.error <= 0.005
    assert abs(found.log_z - target.log_z) < 4 * found.error
    assert found.efficiency > 0.3
    assert not found.warnings
    assert len(found.details["by_mixture"]) == found.details["mixtures"] > 1


def assert_calibrated(values: np.ndarray, errors: np.ndarray, truth: float) -> None:
    """Scatter as stated, no bias, and the truth inside the stated intervals as often as it should be."""
    n = len(values)
    pull = (values - truth) / errors
    assert 0.8 < values.std(ddof=1) / np.sqrt((errors**2).mean()) < 1.25
    assert abs(pull.mean()) < 4 / np.sqrt(n)
    assert abs((abs(pull) < 1).mean() - 0.68) < 4 * np.sqrt(0.68 * 0.32 / n)
    assert (abs(pull) < 3).mean() > 0.97


@pytest.mark.parametrize("make", [banana, with_cut])
def test_stated_errors_of_prior_monte_carlo(make: Callable[[], Box]) -> None:
    target = make()
    found = [prior_monte_carlo(target, seed(100 + i), aim=QUICK) for i in range(100)]
    assert_calibrated(np.array([e.log_z for e in found]), np.array([e.error for e in found]), target.log_z)


def test_stated_errors_of_importance_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """With mixtures fitted once: the draws are new each time."""
    monkeypatch.setattr(importance, "CHUNK", 2**11)  # draws from each of eight mixtures: 2**14 in all
    target = banana()
    aim = Aim(error=1.0, limit=1.0, first=2**14, cheap=2**14, most=2**14)
    mixtures = usable([fit(target, seed(i), settings_for("many", 2, None)) for i in (1, 2)])
    found = [importance_sampling(target, seed(i), aim=aim, mixtures=mixtures).estimate for i in range(100)]
    assert_calibrated(np.array([e.log_z for e in found]), np.array([e.error for e in found]), target.log_z)


def test_more_draws_where_the_error_asks_for_them() -> None:
    target = curved_ridge()
    few = prior_monte_carlo(target, seed(1), aim=Aim(0.1, 0.1, 2**14, 2**14, 2**20))
    many = prior_monte_carlo(target, seed(1), aim=Aim(0.004, 0.004, 2**14, 2**14, 2**20))
    assert many.draws > few.draws
    assert many.error <= 0.004 < few.error
    limited = prior_monte_carlo(target, seed(1), aim=Aim(1e-5, 1e-5, 2**14, 2**14, 2**15))
    assert limited.draws == 2**15
    assert any("above" in warning for warning in limited.warnings)


def test_information_gain_and_dimension_of_a_gaussian() -> None:
    """A Gaussian of width s in d dimensions, in a box of volume V: D = ln V - d/2 ln(2 pi e s^2), effectively d."""
    low, high, s = np.full(3, -5.0), np.full(3, 5.0), 0.4
    target = Box("inside", low, high, lambda t: log_normal(t, 0.0, s).sum(1), float(-np.log(1000.0)))
    details = importance_sampling(target, seed(3), fits=2).estimate.details
    expected = np.log(1000.0) - 1.5 * np.log(2 * np.pi * np.e * s**2)
    assert details["information_gain"] == pytest.approx(expected, abs=5 * details["information_gain_error"])
    assert details["information_gain_error"] < 0.01
    assert details["effective_dimension"] == pytest.approx(3.0, abs=0.1)


def test_warns_of_a_poor_mixture_and_of_single_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proposal that misses a mode which nobody looks for: the weights show it; never a quiet error."""
    monkeypatch.setattr(importance, "SEARCHES", 0)
    target = with_cut()
    wrong = Mixture(
        np.array([0.999, 0.001]), np.array([[2.0, 2.5], [0.0, 0.0]]), np.array([np.eye(2) * 0.05, np.eye(2)])
    )
    found = importance_sampling(target, seed(4), mixtures=[wrong], aim=QUICK).estimate
    assert found.efficiency < 0.05
    assert any("efficiency" in warning for warning in found.warnings)
    assert abs(found.log_z - target.log_z) < 4 * found.error
