"""Evidence of a likelihood that is evaluated seldom, from the evaluations that explored its posterior."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from g2fit.card import Card
from g2fit.core.errors import CardError, StoreError
from g2fit.core.locks import claimed
from g2fit.inference.comparison.data_subsets import fit_subset, split
from g2fit.inference.comparison.prior_sensitivity import prior_sensitivity, reweighted
from g2fit.inference.evidence import evidence
from g2fit.inference.evidence.recycled import recycled
from g2fit.posterior import Posterior
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from tests.support.cards import VLL, prior


@pytest.fixture(scope="module")
def posterior(root: Path) -> Posterior:
    """Vector-like leptons with three parameters, as if they were expensive."""
    return Posterior(Card.from_dict({**VLL, "sampler": {"calls": "few", "seed": 3}}, root / "analysis"))


@pytest.fixture(scope="module")
def explored(posterior: Posterior) -> Exploration:
    settings = settings_for("few", posterior.dimension, None)
    return explore(posterior.dimension, seeds_of(3), settings, lambda _, z: posterior.log_density(z))


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of points that are evaluated together."""
    sizes: list[int] = []
    evaluate = Posterior._evaluate

    def counted(self: Posterior, theta: np.ndarray) -> None:
        sizes.append(len(theta))
        evaluate(self, theta)

    monkeypatch.setattr(Posterior, "_evaluate", counted)
    return sizes


def test_the_mean_of_the_weights_is_the_evidence(posterior: Posterior, explored: Exploration) -> None:
    fraction = posterior.prior_fraction(np.random.default_rng(1))
    found = recycled(explored, fraction, 0.0)
    mean = float(np.log(np.mean(np.exp(found.log_weight))))
    assert mean == pytest.approx(explored.evidence[0], abs=1e-9)
    again = reweighted(found, posterior.card, posterior.card, 0)  # to the same priors
    assert again is not None
    assert again[0] == pytest.approx(found.estimate.log_z, abs=0.01)


@pytest.mark.parametrize("coordinates", ["auto", "raw"])
def test_there_are_no_evaluations_but_those_of_the_exploration(
    posterior: Posterior, explored: Exploration, evaluated: list[int], coordinates: str
) -> None:
    """In raw coordinates, too: the exploration is in those of the chart."""
    found = evidence(posterior.card.replace(coordinates=coordinates), workers=1)
    assert set(found.estimates) == {"bridge"}
    assert found.log_z == explored.evidence[0]
    calls = explored.calls.sum()
    assert calls <= sum(evaluated) < calls + 100  # some to compile


def test_an_empty_prior_is_found_by_the_exploration(root: Path, evaluated: list[int]) -> None:
    """All of it lies below the limit m_L > 650 GeV."""
    parameters = VLL["parameters"] | {"m_L": prior(100, 600)}
    card = Card.from_dict({**VLL, "parameters": parameters, "sampler": {"calls": "few"}}, root / "analysis")
    with pytest.raises(CardError, match=r"nearly empty: 0 of \d+ draws .* m_L 100"):
        evidence(card, workers=1)
    assert sum(evaluated) < 30_000


def test_the_recorded_evaluations_are_those_of_one_process(posterior: Posterior, tmp_path: Path) -> None:
    refused = pytest.raises(StoreError, match="another process is computing this evidence")
    with claimed(tmp_path / "evidence-parts/bridge", (), "busy"), refused:
        evidence(posterior.card, workers=1, out=tmp_path)
    assert not list(tmp_path.glob(".evaluations-*"))


def test_comparisons_explore_too(posterior: Posterior, evaluated: list[int], tmp_path: Path) -> None:
    """Fits to some of the data, and those with other priors where weights do not do."""
    card = posterior.card
    others = split(card, "R_tau")[1]
    found = fit_subset(others, 3, 1)
    assert found.theta is not None
    assert sum(evaluated) < 150_000
    prior_draws = Posterior(others).sample_prior(np.random.default_rng(1), 500_000)
    brute = np.log(np.mean(np.exp(Posterior(others).log_likelihood(prior_draws))))
    assert found.log_z[0] == pytest.approx(brute, abs=0.1)
    (tmp_path / "wide.yaml").write_text(json.dumps({"parameters": VLL["parameters"] | {"m_L": prior(50, 2e4)}}))
    evaluated.clear()
    run = evidence(card, workers=1)
    row = prior_sensitivity(run, [tmp_path / "wide.yaml"], seed=3, workers=1)[1]
    assert row["method"] == "re-run"
    assert sum(evaluated) < 300_000
