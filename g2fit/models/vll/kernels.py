"""Loops over the points of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import inlined, kernel
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.vll import predictions as at
from g2fit.models.vll.exact import light_higgs_loop
from g2fit.models.vll.generation import (
    clear,
    clear_couplings,
    delta_a_exact,
    fill_exact,
    fill_improved,
    fill_leading_order,
    finish,
)
from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
from g2fit.models.vll.partners import VALID, Setting, check, read

__all__ = ["Layout", "predict_exact", "predict_improved", "predict_leading_order", "predict_parts"]


class Layout(NamedTuple):
    """The generations with partners, and where predictions stand in the row of values."""

    masses: FloatArray  # of the leptons, GeV
    blocks: IntArray  # start of each lepton's block
    columns: IntArray  # index of each observable


@inlined
def _predict(
    fill: Callable[..., None],
    theta: FloatArray,
    out: FloatArray,
    reason: ReasonArray,
    layout: Layout,
    setting: Setting,
) -> None:
    """Compute the predictions of a batch of points.

    Parameters
    ----------
    fill : compiled function
        Fills the block of one generation at the level of the option `formula`.
    theta, out, reason : arrays
        As in `g2fit.models.base.Model.evaluate`.
    layout : Layout
        Generations and observables.
    setting : Setting
        Constants and switches.
    """
    values = np.empty(at.SIZE)
    clear(values)
    masses, blocks, columns = layout
    light = np.empty(len(masses))
    for g in range(len(masses)):
        light[g] = light_higgs_loop(masses[g], setting.m_h)
    for n in range(len(theta)):
        clear_couplings(values)
        code = VALID
        for g in range(len(masses)):
            p = read(theta[n], g, masses[g], setting)
            code = check(p)
            if code != VALID:
                break
            fill(values, blocks[g], p, light[g], setting)
        if code == VALID:
            code = finish(values, columns, out[n], setting)
        if code != VALID:
            out[n] = np.nan
        reason[n] = code


@kernel
def predict_leading_order(
    theta: FloatArray, out: FloatArray, reason: ReasonArray, layout: Layout, setting: Setting
) -> None:
    """Compute predictions with the formulas of 2106.01373; arguments as those of `_predict`."""
    _predict(fill_leading_order, theta, out, reason, layout, setting)


@kernel
def predict_improved(theta: FloatArray, out: FloatArray, reason: ReasonArray, layout: Layout, setting: Setting) -> None:
    """Compute predictions with the closed form of the exact result; arguments as those of `_predict`."""
    _predict(fill_improved, theta, out, reason, layout, setting)


@kernel
def predict_exact(theta: FloatArray, out: FloatArray, reason: ReasonArray, layout: Layout, setting: Setting) -> None:
    """Compute predictions with the exact one-loop result; arguments as those of `_predict`."""
    _predict(fill_exact, theta, out, reason, layout, setting)


@kernel
def predict_parts(theta: FloatArray, out: FloatArray, masses: FloatArray, setting: Setting) -> None:
    """Fill ``out[n, g]`` with the four `delta_a_exact` of generation g at point n, NaN where the point is invalid."""
    for g in range(len(masses)):
        light = light_higgs_loop(masses[g], setting.m_h)
        for n in range(len(theta)):
            p = read(theta[n], g, masses[g], setting)
            if check(p) != VALID:
                out[n, g] = np.nan
                continue
            charged, neutral = charged_mixing(p, setting.v), neutral_mixing(p, setting.v)
            out[n, g] = delta_a_exact(p, charged, neutral, light, setting)
