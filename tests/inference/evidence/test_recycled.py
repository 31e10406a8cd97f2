"""Evidence of a likelihood that is evaluated seldom, from the evaluations that explored its posterior."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from g2fit.card import Card
from g2fit.inference.comparison.prior_sensitivity import reweighted
from g2fit.inference.evidence.recycled import recycled
from g2fit.posterior import Posterior
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from tests.support.cards import VLL


@pytest.fixture(scope="module")
def posterior(root: Path) -> Posterior:
    """Vector-like leptons with three parameters, as if they were expensive."""
    return Posterior(Card.from_dict({**VLL, "sampler": {"calls": "few", "seed": 3}}, root / "analysis"))


@pytest.fixture(scope="module")
def explored(posterior: Posterior) -> Exploration:
    settings = settings_for("few", posterior.dimension, None)
    return explore(posterior.dimension, seeds_of(3), settings, lambda _, z: posterior.log_density(z))


def test_the_mean_of_the_weights_is_the_evidence(posterior: Posterior, explored: Exploration) -> None:
    fraction = posterior.prior_fraction(np.random.default_rng(1))
    found = recycled(explored, fraction, 0.0)
    mean = float(np.log(np.mean(np.exp(found.log_weight))))
    assert mean == pytest.approx(explored.evidence[0], abs=1e-9)
    again = reweighted(found, posterior.card, posterior.card, 0)  # to the same priors
    assert again is not None
    assert again[0] == pytest.approx(found.estimate.log_z, abs=0.01)
