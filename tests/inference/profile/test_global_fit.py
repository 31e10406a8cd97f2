"""The fit of a frequentist: intervals of known profiles, and the global maximum of a card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from g2fit.card import Card
from g2fit.core.errors import CardError, InputError
from g2fit.inference.profile import global_fit
from g2fit.inference.profile.best_fit import BestFit
from g2fit.inference.profile.global_fit import Interval, bestfit, profile_intervals
from g2fit.posterior import Posterior
from tests.support.cards import VLL, prior


def test_intervals_of_a_gaussian_are_exact_on_a_coarse_grid() -> None:
    x = np.append(np.linspace(-10.0, 10.0, 9), 0.7)
    found = profile_intervals(x, ((x - 0.7) / 1.5) ** 2, (-10.0, 10.0))
    assert found["68.27%"] == [pytest.approx(Interval(-0.8, 2.2, False, False))]
    assert found["95.45%"] == [pytest.approx(Interval(-2.3, 3.7, False, False))]


def test_intervals_in_the_logarithm_of_either_sign() -> None:
    t = np.append(np.linspace(0.0, 5.0, 21), 2.2)
    chi2 = ((t - 2.2) / 0.3) ** 2
    for sign in (1.0, -1.0):
        values = sign * np.exp(t)
        (found,) = profile_intervals(values, chi2, (values.min(), values.max()), logarithmic=True)["68.27%"]
        ends = sorted(sign * np.exp([1.9, 2.5]))
        assert [found.low, found.high] == pytest.approx(ends)


def test_intervals_with_several_parts_ends_of_the_prior_and_hard_limits() -> None:
    x = np.linspace(0.0, 10.0, 201)
    two = np.minimum(((x - 2.0) / 0.5) ** 2, ((x - 7.0) / 0.5) ** 2 + 0.5)
    assert len(profile_intervals(x, two, (0.0, 10.0))["68.27%"]) == 2
    flat = profile_intervals(x, np.zeros(201), (0.0, 10.0))["95.45%"]
    assert flat == [Interval(0.0, 10.0, True, True)]
    cut = np.where(x < 3.0, np.inf, (x - 3.0) ** 2)
    (found,) = profile_intervals(x, cut, (0.0, 10.0))["68.27%"]
    assert found == pytest.approx(Interval(3.0, 4.0, False, False))
    (part,) = profile_intervals(x[40:], np.zeros(161), (0.0, 10.0))["68.27%"]
    assert (part.at_lower_end, part.at_upper_end) == (False, True)  # the grid began inside


@pytest.fixture(scope="module")
def card(root: Path) -> Card:
    """Two parameters and four data; the rest is fixed."""
    parameters = {"m_L": 900, "m_S": 500, "Y_L": 0.05, "Y_R": prior(0.01, 3.5), "Y_V": prior(0.01, 3.5), "Y_Vp": "Y_V"}
    return Card.from_dict({**VLL, "parameters": parameters}, root / "analysis")


def test_global_fit_of_a_card(card: Card) -> None:
    said: list[str] = []
    found = bestfit(card, nodes=30, report=said.append)
    posterior = Posterior(card)
    axis = np.geomspace(0.01, 3.5, 400)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    height = posterior.log_likelihood(grid).reshape(400, 400)
    best = found["best_fit"]
    assert height.max() - 1e-9 <= best["log_likelihood"] < height.max() + 0.01
    assert found["agreeing"] == found["searches"] == 3
    good = found["goodness"]
    assert (good["data"], good["parameters"], good["degrees_of_freedom"]) == (4, 2, 2)
    assert good["chi2"] == pytest.approx(sum(best["chi2"].values()))
    assert good["p_value"] == pytest.approx(np.exp(-0.5 * good["chi2"]))  # two degrees of freedom
    for column, name in enumerate(["Y_R", "Y_V"]):
        profile = height.max(axis=1 - column)
        allowed = axis[2.0 * (best["log_likelihood"] - profile) <= 1.0]
        parts = found["intervals"][name]["68.27%"]
        assert parts[0].low == pytest.approx(allowed[0], rel=0.04)
        assert parts[-1].high == pytest.approx(allowed[-1], rel=0.04)
    assert said[0] == "search 1 of 3 for the best fit"


def test_what_cannot_be_fitted(card: Card) -> None:
    with pytest.raises(InputError, match="'m_S' is not a sampled parameter"):
        bestfit(card, parameters=["m_S"])
    with pytest.raises(CardError, match="no parameters to fit"):
        bestfit(Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "paper_2019"}}))
    assert bestfit(card, parameters=[])["intervals"] == {}


def test_a_solution_that_only_one_search_finds_is_reported(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(solution: int, height: float) -> BestFit:
        return BestFit({}, solution, height, {}, {}, {}, {})

    found = iter([[fit(0, 3.0), fit(0, 3.0)], [fit(0, 2.0), fit(0, 2.0), fit(1, 1.0)], [fit(2, 2.5), fit(2, 2.5)]])
    monkeypatch.setattr(global_fit, "best_fits", lambda *_, **__: next(found))
    monkeypatch.setattr(global_fit, "_scouts", lambda *_: np.empty((0, 2)))
    fits, agreeing = global_fit._search(Posterior(card), None, 0, lambda _: None)
    assert agreeing == 1
    assert [(one.solution, one.log_likelihood) for one in fits] == [(0, 3.0), (0, 3.0), (1, 1.0), (2, 2.5)]
