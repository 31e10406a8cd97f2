"""Ladders: known evidences, streams, modes, forbidden regions, and what a ladder is a function of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.settings import Settings
from g2fit.sampling.ladder.stream import Source, Stream
from g2fit.sampling.ladder.weights import clipped, error_of_mean, variance_of_sum, weighted_rows
from tests.support.ladders import ladder_of, share_of, tell

WIDTHS = np.array([0.05, 0.2, 0.5])


def gaussian(z: FloatArray) -> FloatArray:
    """Normal likelihood of each coordinate about 1, normalised."""
    return np.asarray(log_normal((z - 1.0) / WIDTHS) - np.log(WIDTHS).sum())


#: Its evidence: the density at 1 of a normal distribution with variance 1 + width^2.
GAUSSIAN_LOG_Z = float((-0.5 * np.log(2 * np.pi * (1 + WIDTHS**2)) - 0.5 / (1 + WIDTHS**2)).sum())


@pytest.mark.parametrize("many", [False, True])
def test_evidence_of_a_gaussian(many: bool) -> None:
    """Within three standard errors for every seed, and these are as large as the scatter."""
    pulls = []
    for seed in range(4):
        ladder = ladder_of(gaussian, 3, seed, many=many)
        log_z, error = ladder.evidence()
        assert ladder.done
        assert ladder.beta == 1.0
        assert ladder.effective_draws() >= 4000
        assert error < 0.02
        pulls.append((log_z - GAUSSIAN_LOG_Z) / error)
    assert np.abs(pulls).max() < 3
    assert 0.2 < np.sqrt(np.mean(np.square(pulls))) < 2


def test_moments_are_those_of_the_posterior() -> None:
    ladder = ladder_of(gaussian, 3)
    weight = np.exp(ladder.log_weight() - ladder.evidence()[0])
    weight /= weight.sum()
    z = np.concatenate([stream.z for stream in ladder.streams])
    variance = WIDTHS**2 / (1 + WIDTHS**2)
    mean = weight @ z
    np.testing.assert_allclose(mean, 1 / (1 + WIDTHS**2), atol=4 * np.sqrt(variance.max() / 4000))
    np.testing.assert_allclose(weight @ (z - mean) ** 2, variance, rtol=0.1)


def test_error_that_is_asked_for_is_reached() -> None:
    coarse, fine = (ladder_of(gaussian, 3, 1, log_z_error=error) for error in (math.inf, 0.002))
    assert fine.evidence()[1] <= 0.002 < coarse.evidence()[1]
    assert fine.calls > coarse.calls


def test_one_dimension() -> None:
    ladder = ladder_of(lambda z: -0.5 * ((z[:, 0] - 2.0) / 0.01) ** 2, 1)
    log_z, error = ladder.evidence()
    expected = math.log(0.01) - 0.5 * math.log(1.0001) - 2.0 / 1.0001
    assert log_z == pytest.approx(expected, abs=3 * error)


def test_constant_likelihood_leaves_the_prior() -> None:
    ladder = ladder_of(lambda z: np.full(len(z), -7.0), 4)
    assert ladder.evidence()[0] == pytest.approx(-7.0, abs=3 * ladder.evidence()[1])
    assert share_of(ladder, lambda z: z[:, 0] > 0) == pytest.approx(0.5, abs=0.04)


def test_two_modes_have_their_shares() -> None:
    a, b = np.full(4, 1.2), np.array([-1.0, 1.0, -1.0, -1.0])

    def log_l(z: FloatArray) -> FloatArray:
        each = [np.log(p) + log_normal((z - c) / 0.1) + 0.5 * c @ c for p, c in ((0.9, a), (0.1, b))]
        return np.asarray(np.logaddexp(*each))

    near = [ladder_of(log_l, 4, seed) for seed in range(2)]
    for ladder in near:
        assert share_of(ladder, lambda z: z[:, 0] < 0) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_scouts_find_a_narrow_mode(seed: int) -> None:
    """Weight .03, width .4 of the main one, far away: tempering alone loses it with so few draws."""
    a, b = np.full(4, -0.5), np.full(4, 0.9)

    def log_l(z: FloatArray) -> FloatArray:
        main = np.log(0.97) + log_normal((z - a) / 0.13) - 4 * np.log(0.13) - log_normal(a[None])
        narrow = np.log(0.03) + log_normal((z - b) / 0.05) - 4 * np.log(0.05) - log_normal(b[None])
        return np.asarray(np.logaddexp(main, narrow))

    def lower(z: FloatArray) -> FloatArray:
        return np.asarray(z[:, 0] > 0.4)

    assert share_of(ladder_of(log_l, 4, seed), lower) == pytest.approx(0.03, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_forbidden_regions(seed: int) -> None:
    """A half space and a corner are forbidden; NaN counts as forbidden."""

    def log_l(z: FloatArray) -> FloatArray:
        value = -0.5 * ((z[:, 0] - 0.1) / 0.1) ** 2
        value[z[:, 0] < 0] = -np.inf
        value[z[:, 1] > 2.5] = np.nan
        return value

    ladder = ladder_of(log_l, 3, seed)
    log_z, error = ladder.evidence()
    x = np.linspace(0, 1.5, 200_001)
    inner = np.exp(-0.5 * ((x - 0.1) / 0.1) ** 2 - 0.5 * x**2).sum() * (x[1] - x[0]) / math.sqrt(2 * math.pi)
    expected = math.log(inner * 0.5 * (1 + math.erf(2.5 / math.sqrt(2))))
    assert log_z == pytest.approx(expected, abs=3 * error)
    assert share_of(ladder, lambda z: (z[:, 0] < 0) | (z[:, 1] > 2.5)) == 0.0


def test_a_small_allowed_region_is_found() -> None:
    """About one prior draw in a thousand is allowed."""
    ladder = ladder_of(lambda z: np.where((z > 1.3).all(axis=1), 0.0, -np.inf), 3)
    log_z, error = ladder.evidence()
    assert ladder.done
    assert log_z == pytest.approx(3 * math.log(0.5 * math.erfc(1.3 / math.sqrt(2))), abs=3 * error)


def test_nothing_allowed() -> None:
    ladder = ladder_of(lambda z: np.full(len(z), -np.inf), 3)
    assert not ladder.done
    assert ladder.beta == 0.0
    assert ladder.rungs == []
    assert ladder.evidence() == (-math.inf, math.inf)
    assert ladder.effective_draws() == 0.0


def test_calls_are_limited() -> None:
    ladder = ladder_of(gaussian, 3, max_calls=3000)
    assert not ladder.done
    assert 3000 <= ladder.calls < 4000


def test_a_ladder_is_a_function_of_seed_and_likelihoods() -> None:
    def state(seed: int) -> list[FloatArray]:
        ladder = ladder_of(gaussian, 3, seed)
        return [ladder.log_weight(), *(v.z for v in ladder.streams), *(m.means for m in ladder.mixtures)]

    for one, two in zip(state(3), state(3), strict=True):
        np.testing.assert_array_equal(one, two)
    assert state(3)[0][0] != state(4)[0][0]


def test_a_failed_trial_is_followed_by_draws() -> None:
    """Between two trials there is a round; the last trial decides."""

    trials: list[int] = []

    class Demanding(Ladder):
        def _guard(self):  # type: ignore[no-untyped-def]
            trials.append(len(self.rungs))
            return len(trials) == 3
            yield

    ladder = Demanding(3, np.random.default_rng(0), Settings.few_calls(3))
    tell(ladder, gaussian)
    assert ladder.done
    assert len(set(trials)) == 3


def test_weights_of_a_stream_sum_to_the_evidence() -> None:
    """Draws of the prior and of a mixture, weighted as draws of both; forgotten draws still count as drawn."""
    rng, stream = np.random.default_rng(5), Stream(3)
    z = rng.standard_normal((20_000, 3))
    stream.add(Source(None, len(z), 0.0), z, gaussian(z))
    mixture = Mixture(np.ones(1), np.ones((1, 3)), np.diag(1.5 * WIDTHS)[None])
    z = mixture.sample(rng, 20_000)
    stream.add(Source(mixture, len(z), 1.0), z, gaussian(z))
    error = math.sqrt(stream.variance(GAUSSIAN_LOG_Z))
    assert error < 0.02
    assert stream.log_evidence() == pytest.approx(GAUSSIAN_LOG_Z, abs=3 * error)
    assert stream.log_evidence(0.0) == pytest.approx(0.0, abs=0.05)
    before, count = stream.log_evidence(), len(stream.z)
    stream.forget((0.5, 1.0), (stream.log_weight(0.5).max(), stream.log_weight(1.0).max()))
    assert len(stream.z) < 0.8 * count
    assert stream.log_evidence() == pytest.approx(before, abs=1e-6)
    assert stream.log_excess(np.full((1, 3), 5.0), np.array([0.0]), 0.0)[0] > 50


def test_variance_of_draws_from_several_sources() -> None:
    """A thousand repetitions; as draws of one source they would have twice the variance."""
    rng, draws = np.random.default_rng(8), np.array([30, 70])
    source = np.repeat([0, 1], draws)
    w = rng.gamma(np.where(source == 0, 1.0, 4.0), size=(1000, 100))
    stated = np.mean([variance_of_sum(row, source, draws) for row in w])
    assert stated == pytest.approx(w.sum(axis=1).var(ddof=1), rel=0.15)
    assert np.mean([variance_of_sum(row, np.zeros(100, dtype=int), np.array([100])) for row in w]) > 1.4 * stated


@pytest.mark.parametrize("count", [2, 4])
def test_error_of_independent_estimates(count: int) -> None:
    """A little above that of their mean if the variances are right, and not far below it if these are too small."""
    rng = np.random.default_rng(9)
    variances = 0.05**2 * rng.chisquare(20, (3000, count)) / 20
    noise = rng.standard_normal((3000, count))
    right = [error_of_mean(v, 1.0 + 0.05 * e) for v, e in zip(variances, noise, strict=True)]
    assert 1.0 < np.sqrt(np.mean(np.square(right))) * math.sqrt(count) / 0.05 < 1.1
    estimates = 1.0 + 0.1 * noise  # twice as far off as their variances say
    wrong = np.array([error_of_mean(v, e) for v, e in zip(variances, estimates, strict=True)])
    assert 0.6 < np.sqrt(np.mean(wrong**2)) * math.sqrt(count) / 0.1 < 0.9
    assert np.mean(np.abs(estimates.mean(axis=1) - 1.0) < 3.0 * wrong) > 0.90  # 0.87 by the variances alone


def test_clipped_weights_hold_at_most_their_share() -> None:
    w = np.random.default_rng(6).pareto(0.7, 5000)
    cut = np.minimum(w, clipped(w, 0.01))
    assert cut.max() <= 0.01 * cut.sum() * (1 + 1e-6)
    assert w.max() > 0.01 * w.sum()


def test_rows_are_chosen_by_weight() -> None:
    rows = weighted_rows(np.log([0.5, 0.25, 0.25, 1e-300]), 400, np.random.default_rng(7))
    np.testing.assert_array_equal(np.bincount(rows, minlength=4), [200, 100, 100, 0])
