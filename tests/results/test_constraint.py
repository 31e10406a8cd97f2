"""Limits, and parameters that the data do not constrain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from g2fit.core.errors import InputError
from g2fit.results.axis_scales import make_axis
from g2fit.results.levels import LEVELS, checked_levels
from g2fit.results.marginals import Marginals
from g2fit.results.result import Result, Support

RNG = np.random.default_rng(3)
SHAPE = (4, 50, 50)


class FakeResult:
    """A run of one parameter ``p`` with given draws of posterior and prior."""

    def __init__(self, draws: np.ndarray, prior: np.ndarray, support: Support) -> None:
        self.folder, self.levels = SimpleNamespace(path="run"), LEVELS
        self.observed: dict[str, tuple[float, float]] = {}
        self._draws, self._prior, self._support = draws.reshape(SHAPE), prior, support

    def has(self, group: str) -> bool:
        return group == "prior"

    def draws(self, name: str) -> np.ndarray:
        return self._draws

    def array(self, group: str, name: str) -> np.ndarray:
        assert group == "prior"
        return self._prior[None, :]

    def support(self, name: str) -> Support:
        return self._support

    def describe(self, name: str) -> dict[str, Any]:
        return {"latex": "p", "units": "1"}


def constraint(draws: np.ndarray, prior: np.ndarray, dist: str, low: float, high: float) -> Any:
    return Marginals(cast(Result, FakeResult(draws, prior, Support(dist, low, high)))).constraint("p")


def uniform(low: float, high: float, n: int = 10_000) -> np.ndarray:
    return RNG.uniform(low, high, size=n)


def test_as_the_prior() -> None:
    found = constraint(uniform(0.0, 1.0), uniform(0.0, 1.0), "uniform", 0.0, 1.0)
    assert found.kind == "unconstrained"
    assert found.distance < 0.05
    assert "prior and posterior agree" in found.text


def test_upper_and_lower_limits() -> None:
    falling = RNG.exponential(0.1, size=10_000)
    found = constraint(falling, uniform(0.0, 2.0), "uniform", 0.0, 2.0)
    assert (found.kind, found.ends) == ("upper limit", (0.0,))
    assert found.limit == pytest.approx(0.1 * np.log(20.0), rel=0.05)
    assert "< " in found.text
    assert "the prior decides" in found.text
    found = constraint(2.0 - falling, uniform(0.0, 2.0), "uniform", 0.0, 2.0)
    assert (found.kind, found.ends) == ("lower limit", (2.0,))
    assert found.limit == pytest.approx(2.0 - 0.1 * np.log(20.0), rel=0.01)


def test_limits_of_a_negative_parameter_with_a_logarithmic_prior() -> None:
    size = np.exp(RNG.exponential(0.3, size=10_000))
    prior = -np.exp(uniform(0.0, 5.0))
    found = constraint(-size, prior, "loguniform", -np.exp(5.0), -1.0)
    assert (found.kind, found.ends) == ("lower limit", (pytest.approx(-1.0),))
    assert found.limit == pytest.approx(-np.exp(0.3 * np.log(20.0)), rel=0.05)


def test_both_ends_and_neither() -> None:
    rising = np.sqrt(uniform(0.25, 1.0))
    assert constraint(rising, uniform(0.5, 1.0), "uniform", 0.5, 1.0).kind == "open"
    inside = RNG.normal(0.5, 0.05, size=10_000)
    assert constraint(inside, uniform(0.0, 1.0), "uniform", 0.0, 1.0).kind == "region"
    assert constraint(inside, uniform(0.0, 1.0), "uniform", 0.0, 1.0).text == ""


def test_an_end_that_a_limit_and_not_the_prior_sets_is_not_open() -> None:
    found = constraint(0.3 + RNG.exponential(0.05, size=10_000), uniform(0.0, 2.0), "uniform", 0.0, 2.0)
    assert found.kind == "region"


@pytest.mark.parametrize("levels", [[0.9], [0.95, 0.9], [0.0, 0.5], [0.5, 1.0], [0.9, float("nan")]])
def test_bad_levels(levels: list[float]) -> None:
    with pytest.raises(InputError, match="must be two rising probabilities"):
        checked_levels(levels)


def test_scale_of_a_quantity_with_a_spike_at_zero() -> None:
    spike = RNG.choice([-1.0, 1.0], size=20_000) * 10.0 ** RNG.normal(-12.0, 1.0, size=20_000)
    axis = make_axis("a", "a", "", spike, linear=True)
    assert axis.scale == "asinh"
    shown = axis.show(spike)
    assert axis.from_coordinate(axis.coordinate(shown)) == pytest.approx(shown)
    coordinates = axis.coordinate(shown)
    inner, outer = (np.ptp(np.quantile(coordinates, [0.5 - p / 2, 0.5 + p / 2])) for p in (0.6827, 0.999))
    assert inner > 0.2 * outer
    for other in (RNG.normal(size=20_000), RNG.exponential(size=20_000) - 0.1, 5.0 + spike):
        assert make_axis("a", "a", "", other, linear=True).scale == "linear"


def test_limits_of_a_quantity_that_is_shown_as_its_difference_from_1() -> None:
    falling = RNG.exponential(2e-4, size=10_000)
    found = constraint(1.002 - falling, uniform(0.998, 1.002), "uniform", 0.998, 1.002)
    assert (found.kind, found.ends) == ("lower limit", (pytest.approx(1.002, rel=1e-12),))
    assert found.limit == pytest.approx(1.002 - 2e-4 * np.log(20.0), rel=1e-5)
    axis = make_axis("p", "p", "", uniform(0.998, 1.002), support=Support("uniform", 0.998, 1.002))
    assert axis.shift == 1.0
    assert (axis.low, axis.high) == pytest.approx((-2.0, 2.0))  # in units of 1e-3


def test_a_draw_that_carries_nearly_all_of_the_weight_has_no_density() -> None:
    draws = np.full(10_000, 0.5)
    draws[:4] = [0.1, 0.2, 0.3, 0.4]
    draws[:60:15] += np.linspace(0.0, 0.01, 4)
    many = np.full(200_000, 0.5)
    many[:60] = np.linspace(0.0, 1.0, 60)
    for values, shape in ((draws, SHAPE), (many, (4, 50, 1000))):
        fake = FakeResult(draws, uniform(0.0, 1.0), Support("uniform", 0.0, 1.0))
        fake._draws = values.reshape(shape)
        run = Marginals(cast(Result, fake))
        assert not run.is_continuous("p")
        with pytest.raises(InputError, match="p takes too few values to have a density"):
            run.one("p")
