"""Predictions of one generation of partners at one point: its block in the row of values."""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

from g2fit.core.jit import inlined, scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.vll import predictions as at
from g2fit.models.vll.electroweak import fill_fermi_shift, fill_universality, width_ratio
from g2fit.models.vll.exact import delta_a_even, delta_a_flip_closed, delta_a_h, delta_a_W, delta_a_Z
from g2fit.models.vll.leading_order import (
    coupling_shift,
    delta_a_flip,
    delta_a_top,
    delta_yukawa,
    effective_yukawa,
    mixing,
)
from g2fit.models.vll.loops import f_tilde, log_slope, mass_logarithm
from g2fit.models.vll.mixing import Charged, Neutral, charged_mixing, neutral_mixing, shift_W, shift_Z_nu

__all__ = [
    "REASONS",
    "Partners",
    "Setting",
    "check",
    "clear",
    "clear_couplings",
    "exact_parts",
    "fill_exact",
    "fill_improved",
    "fill_leading_order",
    "finish",
    "improved",
    "mix",
    "read",
]

#: Meaning of the reason codes below.
REASONS = (
    "valid",
    "a parameter is not finite",
    "a mass or the cut-off is not positive",
    "the doublet is not heavier than its lepton",
    "a prediction is out of the range of floating-point numbers",
)
VALID = 0
NOT_FINITE = 1
NOT_POSITIVE = 2
TOO_LIGHT = 3
OUT_OF_RANGE = 4


class Setting(NamedTuple):
    """Arguments of the kernels that are the same for all points: constants (masses in GeV) and switches."""

    m_W: float
    m_Z: float
    m_h: float
    v: float
    y_t: float
    s2: float  # on-shell weak mixing angle, in the loops
    r: float  # `fermi_shift_ratio`
    R_tau_SM: float
    d_e_max: float  # bound on 2 m_e |d_e|/e
    Lambda: float  # GeV; NaN if it is a parameter
    Y_Vp: bool  # whether Y_V' is a parameter (otherwise 0)
    top_loop: bool
    exact_couplings: bool
    linear_tau: bool
    gf_shift: bool


class Partners(NamedTuple):
    """Parameters of one generation, and the mass of its lepton; masses in GeV."""

    m_L: float
    m_S: float
    Y_L: float
    Y_R: float
    Y_V: float
    Y_Vp: float
    Lambda: float
    m_l: float


@scalar
def read(point: FloatArray, g: int, m_l: float, setting: Setting) -> Partners:
    """Return the parameters of generation number `g` at a point."""
    i = g * (6 if setting.Y_Vp else 5)
    Y_Vp = point[i + 5] if setting.Y_Vp else 0.0
    Lambda = setting.Lambda if setting.Lambda == setting.Lambda else point[-1]
    return Partners(point[i], point[i + 1], point[i + 2], point[i + 3], point[i + 4], Y_Vp, Lambda, m_l)


@scalar
def check(p: Partners) -> int:
    """Return the reason code of the parameters of one generation."""
    masses = abs(p.m_L) < inf and abs(p.m_S) < inf and abs(p.Lambda) < inf
    yukawas = abs(p.Y_L) < inf and abs(p.Y_R) < inf and abs(p.Y_V) < inf and abs(p.Y_Vp) < inf
    if not (masses and yukawas):
        return NOT_FINITE
    if p.m_L <= 0.0 or p.m_S <= 0.0 or p.Lambda <= 0.0:
        return NOT_POSITIVE
    return VALID if p.m_L > p.m_l else TOO_LIGHT


@scalar
def clear(values: FloatArray) -> None:
    """Set a row of values to those of leptons without partners."""
    values[:] = 0.0
    for base in (at.ELECTRON, at.MUON, at.TAU):
        values[base + at.MU_H] = 1.0
        values[base + at.WIDTH] = 1.0


@scalar
def clear_couplings(values: FloatArray) -> None:
    """Set the shifts of the gauge couplings to zero."""
    for base in (at.ELECTRON, at.MUON, at.TAU):
        values[base + at.DGL_W] = 0.0
        values[base + at.DGL_ZNU] = 0.0
        values[base + at.DGL_Z] = 0.0
        values[base + at.DGR_Z] = 0.0


@scalar
def _fill_expanded(values: FloatArray, base: int, p: Partners, setting: Setting, flip: bool) -> float:
    """Fill a lepton's block by eqs (4) and (16) of 2106.01373; return Delta a_l of eqs (12), if `flip`, and (14)."""
    P = p.Y_L * p.Y_R
    Y_h = effective_yukawa(p.Y_V, p.Y_Vp, p.m_S, p.m_L)
    x, y = p.m_S / setting.m_W, p.m_L / setting.m_W
    x, y = x * x, y * y
    log_x, log_y = log(x), log(y)
    slope = log_slope(x, y, log_x, log_y)
    L4 = mass_logarithm(x, y, log_x, log_y, slope, 2.0 * log(p.Lambda / setting.m_W))
    dm_over_m = delta_yukawa(P, Y_h, L4) * setting.v / p.m_l
    t_L, t_R = mixing(p.Y_L, p.m_S, setting.v), mixing(p.Y_R, p.m_L, setting.v)
    values[base + at.DM_OVER_M] = dm_over_m
    values[base + at.THRESHOLD] = 1.0 - dm_over_m
    values[base + at.T_L] = t_L
    values[base + at.T_R] = t_R
    values[base + at.PRODUCT] = P
    values[base + at.DGL_W] = coupling_shift(t_L)
    values[base + at.DGL_ZNU] = coupling_shift(t_L)
    values[base + at.DGR_Z] = coupling_shift(t_R)
    values[base + at.WIDTH] = width_ratio(t_L)
    values[base + at.MU_H] = width_ratio(t_R) ** 2
    delta_a = 0.0
    if flip:
        delta_a = delta_a_flip(P, Y_h, f_tilde(x, y, log_x, log_y), p.m_l, setting.m_W, setting.v)
    if setting.top_loop:
        delta_a += delta_a_top(P, Y_h, slope / (setting.m_W * setting.m_W), p.m_l, setting.y_t, setting.v)
    return delta_a


@scalar
def _fill_exact_couplings(values: FloatArray, base: int, charged: Charged, neutral: Neutral) -> None:
    """Fill a lepton's block with the couplings of the exact mixing."""
    dgL_W = shift_W(charged, neutral)
    cos_R2 = charged.cos_R * charged.cos_R
    values[base + at.DGL_W] = dgL_W
    values[base + at.DGL_ZNU] = shift_Z_nu(neutral)
    values[base + at.DGR_Z] = coupling_shift(charged.sin_R * charged.sin_R)
    values[base + at.WIDTH] = (1.0 + dgL_W) * (1.0 + dgL_W)
    values[base + at.MU_H] = cos_R2 * cos_R2


@scalar
def mix(p: Partners, v: float) -> tuple[Charged, Neutral]:
    """Return the exact mixing of the charged and of the neutral states."""
    return charged_mixing(p.Y_R, p.m_L, p.m_l, v), neutral_mixing(p.Y_L, p.Y_V, p.Y_Vp, p.m_L, p.m_S, v)


@scalar
def improved(p: Partners, charged: Charged, neutral: Neutral, setting: Setting) -> float:
    """Delta a_l of the closed form: the flipping part to all orders in v/M, the conserving part at leading order."""
    W2 = setting.m_W * setting.m_W
    x, y = neutral.m1_2 / W2, neutral.m2_2 / W2
    loop = f_tilde(x, y, log(x), log(y))
    flip = delta_a_flip_closed(p.Y_L, p.Y_V, p.Y_Vp, p.m_L, p.m_S, charged.sin_R, loop, p.m_l, setting.m_W)
    return flip + delta_a_even(p.Y_L, p.Y_R, p.m_L, p.m_S, p.m_l, setting.s2)


@scalar
def exact_parts(
    p: Partners, charged: Charged, neutral: Neutral, light: float, setting: Setting
) -> tuple[float, float, float, float]:
    """Delta a_l of the mass eigenstates: W loops with and without chirality flip, Z loops, Higgs loops."""
    flip, cons = delta_a_W(p.Y_L, p.Y_Vp, p.m_L, charged, neutral, p.m_l, setting.m_W, setting.v)
    Z = delta_a_Z(charged, p.m_l, setting.m_Z, setting.s2, setting.v)
    return flip, cons, Z, delta_a_h(charged, light, p.m_l, setting.m_h, setting.v)


@inlined
def fill_leading_order(values: FloatArray, base: int, p: Partners, light: float, setting: Setting) -> None:
    """Fill a lepton's block with the predictions of the formulas of 2106.01373.

    Parameters
    ----------
    values : array
        The row of values.
    base : int
        Start of the lepton's block.
    p : Partners
        Parameters of the generation.
    light : float
        `g2fit.models.vll.exact.light_higgs_loop` of the lepton, which only `fill_exact` needs.
    setting : Setting
        Constants and switches.
    """
    values[base + at.DELTA_A] = _fill_expanded(values, base, p, setting, True)
    if setting.exact_couplings:
        charged, neutral = mix(p, setting.v)
        _fill_exact_couplings(values, base, charged, neutral)


@inlined
def fill_improved(values: FloatArray, base: int, p: Partners, light: float, setting: Setting) -> None:
    """Fill a lepton's block with the closed form of the exact result; arguments as `fill_leading_order`."""
    charged, neutral = mix(p, setting.v)
    top = _fill_expanded(values, base, p, setting, False)
    values[base + at.DELTA_A] = improved(p, charged, neutral, setting) + top
    if setting.exact_couplings:
        _fill_exact_couplings(values, base, charged, neutral)


@inlined
def fill_exact(values: FloatArray, base: int, p: Partners, light: float, setting: Setting) -> None:
    """Fill a lepton's block with the exact one-loop result; arguments as `fill_leading_order`."""
    charged, neutral = mix(p, setting.v)
    top = _fill_expanded(values, base, p, setting, False)
    flip, cons, Z, h = exact_parts(p, charged, neutral, light, setting)
    values[base + at.DELTA_A] = flip + cons + Z + h + top
    if setting.exact_couplings:
        _fill_exact_couplings(values, base, charged, neutral)


@scalar
def finish(values: FloatArray, columns: IntArray, row: FloatArray, setting: Setting) -> int:
    """Fill the predictions that involve several leptons, copy the requested ones to `row`; return the reason code."""
    fill_universality(values, setting.R_tau_SM, setting.linear_tau, setting.d_e_max)
    if setting.gf_shift:
        fill_fermi_shift(values, setting.r)
    finite = True
    for j in range(len(columns)):
        value = values[columns[j]]
        finite = finite and abs(value) < inf
        row[j] = value
    return VALID if finite else OUT_OF_RANGE
