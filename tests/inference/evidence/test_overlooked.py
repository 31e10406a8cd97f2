"""A part of the posterior that no mixture covers: draws of the prior find it, and the evidence holds it."""

from __future__ import annotations

import numpy as np
import pytest

from g2fit.core.types import BoolArray, FloatArray
from g2fit.inference.evidence import Aim, TaskRunner, importance, importance_sampling
from g2fit.inference.evidence.importance import AIM
from g2fit.inference.evidence.overlooked import Overlooked
from g2fit.sampling.ladder.mixture import Mixture, log_normal

#: Centres, covariances and shares of the evidence of two normal distributions; the second is a thin disc.
CENTRES = np.array([[-0.5, 0.5, 0.0, 0.0], [1.0, -1.0, 0.8, -0.5]])
COVARIANCES = np.array([0.25 * np.eye(4), np.diag([0.005, 0.2, 0.2, 0.2]) ** 2])
SHARES = np.array([0.98, 0.02])


class TwoParts:
    """Likelihood of two parts, with a standard normal prior; the evidence is 1."""

    dimension = 4
    log_z = 0.0

    def __init__(self, shares: FloatArray = SHARES) -> None:
        parts = Mixture(shares, CENTRES, np.linalg.cholesky(COVARIANCES))
        # the evidence of each part is its density, widened by the prior, at zero
        widened = [
            Mixture(np.ones(1), c[None], np.linalg.cholesky(s + np.eye(4))[None])
            for c, s in zip(CENTRES, COVARIANCES, strict=True)
        ]
        heights = np.array([float(np.exp(each.log_density(np.zeros((1, 4)))[0])) for each in widened])
        weights = shares / heights
        self.total = float(weights.sum())
        self.parts = Mixture(weights / self.total, parts.means, parts.cholesky)

    def log_density(self, z: FloatArray) -> FloatArray:
        return self.log_prior(z) + np.log(self.total) + self.parts.log_density(z)

    def log_weight(self, u: FloatArray) -> FloatArray:
        raise NotImplementedError

    def log_prior(self, z: FloatArray) -> FloatArray:
        return log_normal(z)

    def allowed(self, u: FloatArray) -> BoolArray | None:
        return None


@pytest.fixture(autouse=True)
def whole_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importance, "SEARCHED", 8)


@pytest.fixture
def one_part() -> list[Mixture]:
    """Mixtures that cover the first part only: its product with the prior."""
    covariance = np.linalg.inv(np.linalg.inv(COVARIANCES[0]) + np.eye(4))
    mean = covariance @ np.linalg.solve(COVARIANCES[0], CENTRES[0])
    mixture = Mixture(np.ones(1), mean[None], np.linalg.cholesky(covariance)[None])
    return [mixture.defended()] * 2


def test_what_the_mixtures_overlook_is_in_the_evidence(one_part: list[Mixture]) -> None:
    target = TwoParts()
    found = [
        importance_sampling(target, np.random.SeedSequence(i), mixtures=one_part, runner=TaskRunner(2)).estimate
        for i in range(4)
    ]
    for estimate in found:
        assert estimate.error < 0.006
        assert abs(estimate.log_z - target.log_z) < 3.5 * estimate.error
    assert abs(np.mean([estimate.log_z for estimate in found])) < 0.004


def test_a_part_that_is_nearly_everything(one_part: list[Mixture]) -> None:
    """The evidence before the search is far too small: the stated error is relative to the one after it."""
    aim = Aim(error=0.01, limit=0.015, first=2**15, cheap=2**17, most=2**20)
    target = TwoParts(SHARES[::-1])
    estimate = importance_sampling(target, np.random.SeedSequence(1), mixtures=one_part, aim=aim).estimate
    assert estimate.error < 0.02
    assert abs(estimate.log_z - target.log_z) < 3.5 * estimate.error


def test_a_limit_that_is_no_multiple_of_the_mixtures(one_part: list[Mixture]) -> None:
    """Each of them has as many draws, however many are needed."""
    aim = Aim(error=1e-4, limit=1e-4, first=2**14, cheap=2**14, most=2**18)
    target, three = TwoParts(), [*one_part, one_part[0]]
    found = importance_sampling(target, np.random.SeedSequence(1), mixtures=three, aim=aim).estimate
    assert 2**17 < found.draws <= 2**18
    assert found.draws % 3 == 0
    assert abs(found.log_z - target.log_z) < 3.5 * found.error


def test_a_likelihood_that_exceeds_the_evidence_beyond_all_numbers() -> None:
    found = Overlooked(np.zeros((1, 1)), np.array([2000.0]), np.zeros(1), np.zeros(1), 10)
    assert np.isfinite(found.variance)
    assert found.matters(AIM)


def test_walkers_that_have_not_been_there_do_not_spoil_it(one_part: list[Mixture]) -> None:
    """Bridge sampling would take their share of the part, which is none, for that of the posterior."""
    rng = np.random.default_rng(1)
    chain = one_part[0].draw(rng.random(4000), rng.standard_normal((4000, 4))).reshape(2, 100, 20, 4)
    target = TwoParts()
    estimate = importance_sampling(target, np.random.SeedSequence(1), mixtures=one_part, chain=chain).estimate
    assert estimate.method == "importance sampling"
    assert abs(estimate.log_z - target.log_z) < 3.5 * estimate.error


def test_without_a_search_it_is_missing(one_part: list[Mixture], monkeypatch: pytest.MonkeyPatch) -> None:
    """And the stated error does not tell."""
    monkeypatch.setattr(importance, "SEARCHES", 0)
    estimate = importance_sampling(TwoParts(), np.random.SeedSequence(1), mixtures=one_part).estimate
    assert estimate.log_z == pytest.approx(np.log(SHARES[0]), abs=0.005)
    assert estimate.error < 0.003


def test_nothing_changes_where_nothing_is_overlooked(one_part: list[Mixture], monkeypatch: pytest.MonkeyPatch) -> None:
    target = TwoParts(np.array([1.0, 1e-12]))
    searched = importance_sampling(target, np.random.SeedSequence(1), mixtures=one_part).estimate
    monkeypatch.setattr(importance, "SEARCHES", 0)
    plain = importance_sampling(target, np.random.SeedSequence(1), mixtures=one_part).estimate
    assert (searched.log_z, searched.error, searched.draws) == (plain.log_z, plain.error, plain.draws)
