"""Loops over the points of a batch."""

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from g2fit.core.jit import inlined, kernel, scalar
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.vll import predictions as at
from g2fit.models.vll.electroweak import fill_coupling_shifts, fill_universality
from g2fit.models.vll.exact import light_higgs_loop
from g2fit.models.vll.generation import delta_a_exact, fill_exact, fill_improved, fill_leading_order, fill_states
from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
from g2fit.models.vll.oblique import logarithms
from g2fit.models.vll.partners import OUT_OF_RANGE, VALID, Setting, check, read

__all__ = [
    "clear",
    "clear_sums",
    "finish",
    "predict_exact",
    "predict_improved",
    "predict_leading_order",
    "predict_parts",
]


@scalar
def clear(values: FloatArray) -> None:
    """Set a row of values to those of leptons without partners."""
    values[:] = 0.0
    for base in (at.ELECTRON, at.MUON, at.TAU):
        values[base + at.MU_H] = 1.0
        values[base + at.WIDTH] = 1.0


@scalar
def clear_sums(values: FloatArray) -> None:
    """Set the shifts of the gauge couplings and the oblique parameters to zero."""
    values[at.S] = values[at.T] = values[at.U] = 0.0
    for base in (at.ELECTRON, at.MUON, at.TAU):
        values[base + at.DGL_W] = 0.0
        values[base + at.DGL_ZNU] = 0.0
        values[base + at.DGL_Z] = 0.0
        values[base + at.DGR_Z] = 0.0


@scalar
def finish(values: FloatArray, columns: IntArray, row: FloatArray, setting: Setting) -> int:
    """Fill the predictions that involve several leptons, copy the requested ones to `row`; return the reason code."""
    fill_universality(values, setting.R_tau_SM, setting.linear_tau, setting.d_e_max, setting.V_ud)
    if setting.gf_shift or setting.oblique:
        fill_coupling_shifts(values, setting.gf_shift, setting.oblique, setting.alpha, setting.s2_eff)
    finite = True
    for j in range(len(columns)):
        value = values[columns[j]]
        finite = finite and abs(value) < inf
        row[j] = value
    return VALID if finite else OUT_OF_RANGE


@inlined
def _predict(
    fill: Callable[..., None],
    theta: FloatArray,
    out: FloatArray,
    reason: ReasonArray,
    setting: Setting,
    layout: tuple[FloatArray, IntArray, IntArray],
) -> None:
    """Compute the predictions of a batch of points, see `g2fit.models.base.Model.evaluate`.

    `fill` fills the block of one generation at the level of the option `formula`. The `layout` is, for each generation,
    the mass of its lepton in GeV and the start of its block in the row of values, and for each observable its index in
    this row, see `g2fit.models.vll.predictions`.
    """
    masses, blocks, columns = layout
    values = np.empty(at.SIZE)
    clear(values)
    light, log_l = np.empty(len(masses)), np.log(masses * masses)
    for g in range(len(masses)):
        light[g] = light_higgs_loop(masses[g], setting.m_h)
    for n in range(len(theta)):
        clear_sums(values)
        code = VALID
        for g in range(len(masses)):
            p = read(theta[n], g, masses[g], setting)
            code = check(p)
            if code != VALID:
                break
            charged, neutral = charged_mixing(p, setting.v), neutral_mixing(p, setting.v)
            logs = logarithms(charged, neutral, log_l[g])
            fill(values, blocks[g], p, charged, neutral, logs, light[g], setting)
            fill_states(values, blocks[g], p, charged, neutral, logs, setting)
        if code == VALID:
            code = finish(values, columns, out[n], setting)
        if code != VALID:
            out[n] = np.nan
        reason[n] = code


@kernel
def predict_leading_order(
    theta: FloatArray, out: FloatArray, reason: ReasonArray, setting: Setting, *layout: Any
) -> None:
    """Compute predictions with the formulas of 2106.01373; arguments as those of `_predict`."""
    _predict(fill_leading_order, theta, out, reason, setting, layout)


@kernel
def predict_improved(theta: FloatArray, out: FloatArray, reason: ReasonArray, setting: Setting, *layout: Any) -> None:
    """Compute predictions with the closed form of the exact result; arguments as those of `_predict`."""
    _predict(fill_improved, theta, out, reason, setting, layout)


@kernel
def predict_exact(theta: FloatArray, out: FloatArray, reason: ReasonArray, setting: Setting, *layout: Any) -> None:
    """Compute predictions with the exact one-loop result; arguments as those of `_predict`."""
    _predict(fill_exact, theta, out, reason, setting, layout)


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
            logs = logarithms(charged, neutral, 0.0)
            out[n, g] = delta_a_exact(p, charged, neutral, logs, light, setting)
