"""Priors: normalised, invertible, and clear about what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from g2fit.card.priors import DISTRIBUTIONS, PriorSet, make_prior
from g2fit.core.errors import CardError
from g2fit.posterior.coordinates import Chart, Raw

EXAMPLES: dict[str, dict[str, float]] = {
    "uniform": {"min": -2.0, "max": 3.0},
    "loguniform": {"min": 0.1, "max": 50.0},
    "norm": {"loc": 1.0, "scale": 2.0},
    "truncnorm": {"loc": 1.0, "scale": 2.0, "min": 0.0, "max": 2.5},
    "lognorm": {"median": 3.0, "sigma": 0.4},
    "halfnorm": {"scale": 2.0},
    "beta": {"a": 2.0, "b": 3.0, "min": -1.0, "max": 4.0},
    "triang": {"min": 0.0, "mode": 1.0, "max": 4.0},
}


def test_every_distribution_has_an_example() -> None:
    assert set(EXAMPLES) == set(DISTRIBUTIONS)


@pytest.mark.parametrize("dist", DISTRIBUTIONS)
def test_density_quantile_and_cumulative_agree(dist: str) -> None:
    prior = make_prior("x", {"dist": dist, **EXAMPLES[dist]})
    u = np.linspace(0.001, 0.999, 301)
    x = prior.ppf(u)
    np.testing.assert_allclose(prior.cdf(x), u, rtol=1e-9, atol=1e-12)
    density = np.exp(prior.logpdf(x))
    area = scipy.integrate.quad(lambda t: float(np.exp(prior.logpdf(np.array([t]))[0])), x[0], x[-1], limit=200)[0]
    assert area == pytest.approx(u[-1] - u[0], rel=1e-6)
    np.testing.assert_allclose(np.gradient(u, x)[20:-20], density[20:-20], rtol=0.02)


def test_negative_loguniform_is_loguniform_in_the_absolute_value() -> None:
    prior = make_prior("mu", {"dist": "loguniform", "min": -1e6, "max": -2e4})
    twin = scipy.stats.loguniform(2e4, 1e6)
    x = np.array([-9e5, -1e5, -3e4])
    np.testing.assert_allclose(prior.logpdf(x), twin.logpdf(-x), rtol=1e-12)
    np.testing.assert_allclose(prior.cdf(x), twin.sf(-x), rtol=1e-12)
    assert np.isneginf(prior.logpdf(np.array([-1.1e6, -1e4, 5.0]))).all()


@pytest.mark.parametrize(("low", "high"), [(1e-200, 1e-150), (-1e-150, -1e-200)])
def test_loguniform_near_the_smallest_numbers(low: float, high: float) -> None:
    """The product of such bounds is no number any more."""
    prior = make_prior("x", {"dist": "loguniform", "min": low, "max": high})
    x = prior.ppf(np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(np.log10(np.abs(x)), np.linspace(np.log10(abs(low)), np.log10(abs(high)), 3), rtol=1e-12)
    np.testing.assert_allclose(prior.cdf(x), [0.0, 0.5, 1.0], atol=1e-12)
    np.testing.assert_allclose(prior.logpdf(x), -np.log(np.abs(x)) - np.log(50 * np.log(10)), rtol=1e-12)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"dist": "loguniform", "min": 1e-200, "max": 1e150}, ["max / min is too large", "1e-200"]),
        ({"dist": "loguniform", "min": -1e150, "max": -1e-200}, ["max / min", "too small"]),
        ({"dist": "loguniformm", "min": 1, "max": 2}, ["loguniformm", "did you mean 'loguniform'"]),
        ({"dist": "uniform", "min": 3, "max": 1}, ["inverted", "min = 3", "max = 1"]),
        ({"dist": "loguniform", "min": 0, "max": 1}, ["loguniform", "not proper"]),
        ({"dist": "loguniform", "min": -1, "max": 1}, ["one sign"]),
        ({"dist": "uniform", "min": 0, "max": float("inf")}, ["max", "finite", "proper"]),
        ({"dist": "uniform", "min": 0}, ["max", "missing"]),
        ({"dist": "uniform", "min": 0, "max": 1, "scale": 2}, ["scale", "no argument"]),
        ({"dist": "norm", "loc": 0, "scale": 0}, ["scale", "positive"]),
        ({"dist": "uniform", "min": "a", "max": 1}, ["min = 'a'", "number"]),
        ({"min": 0, "max": 1}, ["dist", "None"]),
    ],
)
def test_bad_priors_are_named(entry: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(CardError) as caught:
        make_prior("M1", entry, "card.yaml: ")
    for word in ["card.yaml", "parameters.M1.prior", *words]:
        assert word in str(caught.value)


@pytest.fixture
def priors() -> PriorSet:
    return PriorSet([make_prior(dist, {"dist": dist, **values}) for dist, values in EXAMPLES.items()])


def test_chart_makes_the_prior_normal(priors: PriorSet) -> None:
    chart = Chart(priors)
    theta = priors.sample(np.random.default_rng(0), 20_000)
    z = chart.from_parameters(theta)
    for j in range(chart.dimension):
        assert scipy.stats.kstest(z[:, j], "norm").pvalue > 1e-4
    back, density = np.empty_like(theta), np.empty(len(theta))
    chart.to_parameters(z, back, density)
    np.testing.assert_allclose(back, theta, rtol=1e-9)
    np.testing.assert_allclose(density, scipy.stats.norm.logpdf(z).sum(1), rtol=1e-12)


def test_both_coordinates_hold_the_same_prior(priors: PriorSet) -> None:
    """The density in the chart is the density in the parameters times the Jacobian."""
    theta = priors.sample(np.random.default_rng(1), 50)
    raw, chart = Raw(priors), Chart(priors)
    z = chart.from_parameters(theta)
    density, same, buffer = np.empty(50), np.empty(50), np.empty_like(theta)
    raw.to_parameters(theta, buffer, density)
    chart.to_parameters(z, buffer, same)
    jacobian = np.zeros(50)
    step = 1e-6
    for j in range(z.shape[1]):
        high, low = z.copy(), z.copy()
        high[:, j] += step
        low[:, j] -= step
        up, down = np.empty_like(theta), np.empty_like(theta)
        chart.to_parameters(high, up, np.empty(50))
        chart.to_parameters(low, down, np.empty(50))
        jacobian += np.log((up[:, j] - down[:, j]) / (2 * step))
    np.testing.assert_allclose(same, density + jacobian, atol=2e-5)


@pytest.mark.parametrize(("high", "scale"), [(1e-300, 1.0), (1000.0, 1e300)])
def test_truncated_normal_distributions_of_no_width_are_refused(high: float, scale: float) -> None:
    with pytest.raises(CardError, match="is too narrow: the prior is uniform there"):
        make_prior("m", {"dist": "truncnorm", "min": 0.0, "max": high, "loc": 0.0, "scale": scale})
