"""Batches that threads share give the same values as batches of one thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior


@pytest.mark.parametrize("name", ["vll-2026", "mssm-2019"])
def test_results_do_not_depend_on_the_number_of_threads(name: str, root: Path):
    posterior = Posterior(Card.load(root / f"analysis/{name}.yaml"))
    theta = posterior.priors.sample(np.random.default_rng(3), 5000)
    alone = [posterior.predict(theta), posterior.terms(theta), {"prior": posterior.log_prior(theta)}]
    with posterior.shared_by(3):
        assert posterior.threads == 3
        shared = [posterior.predict(theta), posterior.terms(theta), {"prior": posterior.log_prior(theta)}]
    assert posterior.threads == 1
    for before, after in zip(alone, shared, strict=True):
        assert list(before) == list(after)
        for quantity, values in before.items():
            assert after[quantity].dtype == values.dtype
            np.testing.assert_array_equal(after[quantity], values, err_msg=quantity)


def test_the_number_of_threads_returns_after_an_error(root: Path):
    posterior = Posterior(Card.load(root / "analysis/vll-2021.yaml"))
    with pytest.raises(ZeroDivisionError), posterior.shared_by(2):
        raise ZeroDivisionError
    assert posterior.threads == 1
