"""Loops over the points of a batch, one for each level of `formula`."""

from __future__ import annotations

import numpy as np

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.vll import predictions as at
from g2fit.models.vll.exact import light_higgs_loop
from g2fit.models.vll.generation import (
    VALID,
    Setting,
    check,
    clear,
    clear_couplings,
    exact_parts,
    fill_exact,
    fill_expanded,
    finish,
    improved,
    mix,
    read,
)

__all__ = ["predict_exact", "predict_improved", "predict_parts", "predict_seed"]


@kernel
def predict_seed(
    theta: FloatArray,
    out: FloatArray,
    reason: ReasonArray,
    leptons: IntArray,
    masses: FloatArray,
    columns: IntArray,
    setting: Setting,
) -> None:
    """Predict a batch with the formulas of 2106.01373.

    Parameters
    ----------
    theta, out, reason : arrays
        As in `g2fit.models.base.Model.evaluate`.
    leptons, masses : (G,) arrays
        Place of each generation's block in a row of values, and its lepton mass in GeV.
    columns : (Q,) array
        Place of each observable.
    setting : Setting
        Constants and switches.
    """
    values = np.empty(at.SIZE)
    clear(values)
    for n in range(len(theta)):
        clear_couplings(values)
        code = VALID
        for g in range(len(leptons)):
            p = read(theta[n], g, masses[g], setting)
            code = check(p)
            if code != VALID:
                break
            values[leptons[g] + at.DELTA_A] = fill_expanded(values, leptons[g], p, setting, True)
            if setting.exact_couplings:
                charged, neutral = mix(p, setting.v)
                fill_exact(values, leptons[g], charged, neutral)
        if code == VALID:
            code = finish(values, columns, out[n], setting)
        if code != VALID:
            out[n] = np.nan
        reason[n] = code


@kernel
def predict_improved(
    theta: FloatArray,
    out: FloatArray,
    reason: ReasonArray,
    leptons: IntArray,
    masses: FloatArray,
    columns: IntArray,
    setting: Setting,
) -> None:
    """Predict a batch with the closed form of the exact one-loop result; arguments as `predict_seed`."""
    values = np.empty(at.SIZE)
    clear(values)
    for n in range(len(theta)):
        clear_couplings(values)
        code = VALID
        for g in range(len(leptons)):
            p = read(theta[n], g, masses[g], setting)
            code = check(p)
            if code != VALID:
                break
            charged, neutral = mix(p, setting.v)
            top = fill_expanded(values, leptons[g], p, setting, False)
            values[leptons[g] + at.DELTA_A] = improved(p, charged, neutral, setting) + top
            if setting.exact_couplings:
                fill_exact(values, leptons[g], charged, neutral)
        if code == VALID:
            code = finish(values, columns, out[n], setting)
        if code != VALID:
            out[n] = np.nan
        reason[n] = code


@kernel
def predict_exact(
    theta: FloatArray,
    out: FloatArray,
    reason: ReasonArray,
    leptons: IntArray,
    masses: FloatArray,
    columns: IntArray,
    setting: Setting,
) -> None:
    """Predict a batch with the exact one-loop result; arguments as `predict_seed`."""
    values = np.empty(at.SIZE)
    clear(values)
    light = np.empty(len(masses))
    for g in range(len(masses)):
        light[g] = light_higgs_loop(masses[g], setting.m_h)
    for n in range(len(theta)):
        clear_couplings(values)
        code = VALID
        for g in range(len(leptons)):
            p = read(theta[n], g, masses[g], setting)
            code = check(p)
            if code != VALID:
                break
            charged, neutral = mix(p, setting.v)
            top = fill_expanded(values, leptons[g], p, setting, False)
            flip, cons, Z, h = exact_parts(p, charged, neutral, light[g], setting)
            values[leptons[g] + at.DELTA_A] = flip + cons + Z + h + top
            if setting.exact_couplings:
                fill_exact(values, leptons[g], charged, neutral)
        if code == VALID:
            code = finish(values, columns, out[n], setting)
        if code != VALID:
            out[n] = np.nan
        reason[n] = code


@kernel
def predict_parts(theta: FloatArray, out: FloatArray, masses: FloatArray, setting: Setting) -> None:
    """Fill ``out[n, g]`` with the four `exact_parts` of point n and generation g, NaN where they do not exist."""
    for g in range(len(masses)):
        light = light_higgs_loop(masses[g], setting.m_h)
        for n in range(len(theta)):
            p = read(theta[n], g, masses[g], setting)
            if check(p) != VALID:
                out[n, g] = np.nan
                continue
            charged, neutral = mix(p, setting.v)
            flip, cons, Z, h = exact_parts(p, charged, neutral, light, setting)
            out[n, g, 0] = flip
            out[n, g, 1] = cons
            out[n, g, 2] = Z
            out[n, g, 3] = h
