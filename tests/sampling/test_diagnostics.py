"""Diagnostics where draws do not move."""

from __future__ import annotations

import math

import numpy as np
import pytest

from g2fit.sampling.diagnostics import convergence, diagnose, rhat


@pytest.mark.parametrize("steps", [7, 50, 100, 333])
@pytest.mark.parametrize("size", [1.0, 0.1, 1e-9, 1e20])
def test_ensembles_that_are_frozen_have_not_converged(steps: int, size: float) -> None:
    """R-hat was 1 or 1e15, depending on the rounding errors of a variance that is zero."""
    shape = (4, steps, 4)
    frozen = np.broadcast_to(size * np.array([0.0, 1.0, 0.0, 1.0])[:, None, None], shape)
    assert rhat(frozen) == math.inf
    assert rhat(np.full(shape, size)) == 1.0
    verdict = diagnose([{"x": frozen}], steps=steps, discard=0, thin=1, walkers=4)
    assert verdict.rhat == convergence(frozen)["rhat"] == math.inf
    assert not verdict.converged(0.0, 1e6)


def test_one_draw_that_moves_is_not_rounding() -> None:
    draws = np.zeros((4, 1000, 100))
    draws[2, 500, 3] = 1.0
    assert rhat(draws) == pytest.approx(1.0, abs=1e-3)
