"""The mode of `ridge` that holds one per cent of the posterior: both moments are fitted there, ln L is larger by 7."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from g2fit import Card, Posterior
from g2fit.sampling.warmup import adapt

#: Share of the posterior at larger log likelihoods than this: .0109 with an error of .0006, by 4e7 draws of the chart.
BETTER, SHARE = 43.5, 0.0109


def test_warm_up_covers_the_better_fit(root: Path) -> None:
    """A handful among the prior's draws meets it; three warm-ups on average give it its weight."""
    posterior = Posterior(Card.load(root / "analysis/ridge.yaml"))
    shares = []
    for seed in (4, 5, 6):
        found = adapt(posterior.log_density, posterior.dimension, np.random.default_rng(seed))
        assert found is not None
        z = found.mixture.sample(np.random.default_rng(seed + 50), 200_000)
        theta = np.empty_like(z)
        posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
        weight = np.exp(posterior.log_density(z) - found.mixture.log_density(z))
        shares.append(weight[posterior.log_likelihood(theta) > BETTER].sum() / weight.sum())
    assert 0.5 * SHARE < np.mean(shares) < 1.5 * SHARE
