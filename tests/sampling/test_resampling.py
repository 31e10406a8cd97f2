"""Weights with known tails, and resampled draws whose errors are those of the weighted ones."""

from __future__ import annotations

import numpy as np
import pytest

from g2fit.sampling.diagnostics import ess_bulk, mcse_mean
from g2fit.sampling.ladder.weights import effective_draws
from g2fit.sampling.resampling import pareto_k, resampled_rows


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_shape_of_a_pareto_tail(shape: float) -> None:
    rng = np.random.default_rng(5)
    found = [pareto_k(-shape * np.log(rng.random(100_000))) for _ in range(10)]
    assert np.mean(found) == pytest.approx(shape, abs=0.04)


def test_shape_of_bounded_and_of_unusable_weights() -> None:
    assert pareto_k(np.log(np.random.default_rng(1).random(10_000))) < 0.0
    assert pareto_k(np.full(100, -np.inf)) == np.inf
    assert pareto_k(np.zeros(10)) == np.inf  # too few for a tail


def correlated(rng: np.random.Generator, shape: tuple[int, int, int], memory: float) -> np.ndarray:
    """Series of a standard normal law (ensembles, steps, walkers) whose autocorrelation falls by `memory` in a step."""
    draws = np.empty(shape)
    draws[:, 0] = rng.normal(size=(shape[0], shape[2]))
    for step in range(1, shape[1]):
        draws[:, step] = memory * draws[:, step - 1] + np.sqrt(1 - memory**2) * rng.normal(size=(shape[0], shape[2]))
    return draws


@pytest.mark.parametrize(("memory", "shift", "width"), [(0.0, 0.8, 0.7), (0.5, 0.8, 0.7), (0.5, 1.5, 0.6)])
def test_errors_of_resampled_draws_are_those_of_the_weighted_ones(memory: float, shift: float, width: float) -> None:
    """From N(0, 1) to N(shift, width^2): over many repetitions the mean scatters as its error says."""
    scores, ratios = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        draws = correlated(rng, (4, 120, 32), memory)
        log_weight = 0.5 * draws**2 - 0.5 * ((draws - shift) / width) ** 2
        rows = resampled_rows(log_weight, rng)
        flat = draws.swapaxes(1, 2).reshape(4, -1)
        found = np.take_along_axis(flat, rows.reshape(4, -1), axis=1).reshape(rows.shape).swapaxes(1, 2)
        assert found.shape[1] >= 500
        scores.append((found.mean() - shift) / mcse_mean(found))
        ratios.append(ess_bulk(found) / effective_draws(log_weight.ravel()))
    assert abs(np.mean(scores)) < 0.3
    assert 0.85 < np.std(scores) < 1.25
    assert np.mean(ratios) < 1.1 if memory == 0.0 else np.mean(ratios) < 0.9


def test_equal_weights_keep_every_draw() -> None:
    rows = resampled_rows(np.zeros((2, 20, 8)), np.random.default_rng(0))
    assert sorted(rows[0].ravel()) == list(range(160))
