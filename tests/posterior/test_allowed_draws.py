"""Draws of a prior of which cuts leave little: enough of them, in a bounded number of evaluations."""

from typing import Any

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.card.priors import PriorSet
from g2fit.core.errors import CardError
from g2fit.inference.profile import maximise
from g2fit.inference.profile.maximise import Surface, candidates
from g2fit.posterior.allowed_draws import allowed_draws
from tests.support.cards import prior

HEAVY, COUPLING = prior(300, 2300, "uniform"), prior(0.01, 1)
VLL = {"m_L": HEAVY, "m_S": HEAVY, "Y_L": COUPLING, "Y_R": COUPLING, "Y_V": COUPLING, "Y_Vp": COUPLING}


def posterior(least: float | None) -> Posterior:
    """Vector-like leptons with masses from 300 to 2300 GeV, that of the doublet above the cut."""
    cuts = {"m_L": {"min": least, "role": "prior"}} if least else {}
    raw = {"model": {"name": "vll", "formula": "leading_order"}, "data": {"vintage": "paper_2021"}}
    return Posterior(Card.from_dict({**raw, "parameters": VLL, "cuts": cuts}))


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of draws that were made, allowed or not."""
    numbers: list[int] = []
    sample = PriorSet.sample

    def counted(self: PriorSet, rng: np.random.Generator, n: int) -> Any:
        numbers.append(n)
        return sample(self, rng, n)

    monkeypatch.setattr(PriorSet, "sample", counted)
    return numbers


@pytest.mark.parametrize("cut", [None, 1000.0])
def test_where_the_prior_is_wide_they_are_those_of_the_prior(cut: float | None) -> None:
    """Which are as many as are wanted, and the same for the same seed."""
    one = posterior(cut)
    wanted = one.sample_prior(np.random.default_rng(3), 5000)
    found = allowed_draws(one, np.random.default_rng(3), 5000, least=100, tried=50_000)
    np.testing.assert_array_equal(found, wanted)


def test_where_cuts_leave_little_the_number_of_draws_is_bounded(tried: list[int]) -> None:
    """The cut leaves one draw in a hundred."""
    one = posterior(2280.0)
    found = allowed_draws(one, np.random.default_rng(3), 20_000, least=50)
    assert sum(tried) == 20_000
    assert len(found) == pytest.approx(200, abs=60)
    assert (found[:, 0] > 2280.0).all()
    assert found[:, 0].mean() == pytest.approx(2290.0, abs=5 * 20 / np.sqrt(12 * len(found)))


def test_as_many_as_are_needed_are_drawn_in_any_case(tried: list[int]) -> None:
    found = allowed_draws(posterior(2280.0), np.random.default_rng(3), 1000, least=300)
    assert len(found) == 300
    assert (found[:, 0] > 2280.0).all()
    assert sum(tried) > 20_000


def test_cuts_that_leave_nothing_are_an_error() -> None:
    with pytest.raises(CardError, match="the cuts of role prior left none of"):
        allowed_draws(posterior(2300.0), np.random.default_rng(3), 1000, least=10)


def test_starting_points_of_searches_need_no_more_than_their_number_of_draws(
    tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They took minutes when as many *allowed* draws were made."""
    monkeypatch.setattr(maximise, "PRIOR_DRAWS", 20_000)
    surface = Surface(posterior(2280.0))
    starts = candidates(surface, np.random.default_rng(3), 64)
    assert sum(tried) == 20_000
    assert 50 < len(starts) <= 64
    assert (surface.box.to_parameters(starts)[:, 0] > 2280.0).all()
