"""Loops over the points of a batch, one for each level of `formula`."""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from g2fit.jit import kernel, scalar
from g2fit.models.base import FloatArray, ReasonArray
from g2fit.models.vll import columns as at
from g2fit.models.vll.electroweak import fill_fermi_shift, fill_universality, width_ratio
from g2fit.models.vll.loops import f_tilde, log_slope, mass_logarithm
from g2fit.models.vll.seed import coupling_shift, delta_a_flip, delta_a_top, delta_yukawa, effective_yukawa, mixing

__all__ = ["Setting", "predict_seed"]

IntArray = NDArray[np.int64]
Yukawas = tuple[float, float, float, float]

VALID = 0
NOT_FINITE = 1
NOT_POSITIVE = 2
OUT_OF_RANGE = 3


class Setting(NamedTuple):
    """What a kernel needs besides the points: constants in GeV, and switches."""

    m_W: float
    m_Z: float
    m_h: float
    v: float
    y_t: float
    s2: float  # on-shell, in the loops
    r: float  # response of the couplings to the Fermi constant
    R_tau_SM: float
    d_e_max: float  # 2 m_e |d_e|/e
    Lambda: float  # NaN if it is a parameter
    Y_Vp: bool  # a parameter (otherwise 0)
    top_loop: bool
    exact_couplings: bool
    linear_tau: bool
    gf_shift: bool


@scalar
def clear(values: FloatArray) -> None:
    """Set a row of values to those of leptons without partners."""
    values[:] = 0.0
    for base in (at.ELECTRON, at.MUON, at.TAU):
        values[base + at.MU_H] = 1.0
        values[base + at.WIDTH] = 1.0


@scalar
def clear_couplings(values: FloatArray) -> None:
    """Forget the couplings of the previous point."""
    for base in (at.ELECTRON, at.MUON, at.TAU):
        values[base + at.DGL_W] = 0.0
        values[base + at.DGL_ZNU] = 0.0
        values[base + at.DGL_Z] = 0.0
        values[base + at.DGR_Z] = 0.0


@scalar
def cut_off(point: FloatArray, setting: Setting) -> float:
    """Return the cut-off: the last parameter, or the option."""
    return setting.Lambda if setting.Lambda == setting.Lambda else point[-1]


@scalar
def check(point: FloatArray, start: int, stop: int, Lambda: float) -> int:
    """Return the reason code of the parameters of one generation, masses first."""
    if not abs(Lambda) < inf:
        return NOT_FINITE
    for i in range(start, stop):
        if not abs(point[i]) < inf:
            return NOT_FINITE
    if point[start] <= 0.0 or point[start + 1] <= 0.0 or Lambda <= 0.0:
        return NOT_POSITIVE
    return VALID


@scalar
def fill_expanded(
    values: FloatArray, base: int, yukawas: Yukawas, m_L: float, m_S: float, Lambda: float, m_l: float, setting: Setting
) -> float:
    """Fill one lepton's block with eqs (4), (14) and (16) of 2106.01373; return Delta a_l of eq (12)."""
    Y_L, Y_R, Y_V, Y_Vp = yukawas
    P = Y_L * Y_R
    Y_h = effective_yukawa(Y_V, Y_Vp, m_S, m_L)
    x, y = m_S / setting.m_W, m_L / setting.m_W
    x, y = x * x, y * y
    log_x, log_y = log(x), log(y)
    slope = log_slope(x, y, log_x, log_y)
    L4 = mass_logarithm(x, y, log_x, log_y, slope, 2.0 * log(Lambda / setting.m_W))
    dm_over_m = delta_yukawa(P, Y_h, L4) * setting.v / m_l
    values[base + at.DM_OVER_M] = dm_over_m
    values[base + at.THRESHOLD] = 1.0 - dm_over_m
    t_L, t_R = mixing(Y_L, m_S, setting.v), mixing(Y_R, m_L, setting.v)
    values[base + at.T_L] = t_L
    values[base + at.T_R] = t_R
    values[base + at.PRODUCT] = P
    values[base + at.DGL_W] = coupling_shift(t_L)
    values[base + at.DGL_ZNU] = coupling_shift(t_L)
    values[base + at.DGR_Z] = coupling_shift(t_R)
    values[base + at.WIDTH] = width_ratio(t_L)
    values[base + at.MU_H] = width_ratio(t_R) ** 2
    top = 0.0
    if setting.top_loop:
        top = delta_a_top(P, Y_h, slope / (setting.m_W * setting.m_W), m_l, setting.y_t, setting.v)
    values[base + at.DELTA_A] = top
    return delta_a_flip(P, Y_h, f_tilde(x, y, log_x, log_y), m_l, setting.m_W, setting.v)


@scalar
def finish(values: FloatArray, columns: IntArray, row: FloatArray, setting: Setting) -> int:
    """Fill what the leptons share, copy the predictions that are asked for, and return the reason code."""
    fill_universality(values, setting.R_tau_SM, setting.linear_tau, setting.d_e_max)
    if setting.gf_shift:
        fill_fermi_shift(values, setting.r)
    finite = True
    for j in range(len(columns)):
        value = values[columns[j]]
        finite = finite and abs(value) < inf
        row[j] = value
    return VALID if finite else OUT_OF_RANGE


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
    stride = 6 if setting.Y_Vp else 5
    for n in range(len(theta)):
        point = theta[n]
        Lambda = cut_off(point, setting)
        clear_couplings(values)
        code = VALID
        for g in range(len(leptons)):
            i, base = g * stride, leptons[g]
            code = check(point, i, i + stride, Lambda)
            if code != VALID:
                break
            yukawas = (point[i + 2], point[i + 3], point[i + 4], point[i + 5] if setting.Y_Vp else 0.0)
            flip = fill_expanded(values, base, yukawas, point[i], point[i + 1], Lambda, masses[g], setting)
            values[base + at.DELTA_A] += flip
        if code == VALID:
            code = finish(values, columns, out[n], setting)
        if code != VALID:
            out[n] = np.nan
        reason[n] = code
