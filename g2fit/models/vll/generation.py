"""Predictions for one generation of partners at one point: the block of its lepton in the row of values."""

from math import log

from g2fit.core.jit import inlined, scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll import leading_order as formulas
from g2fit.models.vll import predictions as at
from g2fit.models.vll.electroweak import width_ratio
from g2fit.models.vll.exact import delta_a_even, delta_a_flip_closed, delta_a_h, delta_a_W, delta_a_Z
from g2fit.models.vll.higgs_coupling import higgs_coupling
from g2fit.models.vll.loops import f_tilde, log_slope, mass_logarithm
from g2fit.models.vll.mixing import Charged, Neutral, shift_W, shift_Z_nu
from g2fit.models.vll.oblique import Logs, custodial_breaking, heavy_neutral, oblique_S_U, oblique_T
from g2fit.models.vll.partners import Partners, Setting

__all__ = [
    "delta_a_exact",
    "delta_a_improved",
    "fill_exact",
    "fill_improved",
    "fill_leading_order",
    "fill_states",
]


@inlined
def _fill_expanded(values: FloatArray, base: int, p: Partners, setting: Setting, flip: bool) -> float:
    """Fill a lepton's block by eqs (4) and (16) of 2106.01373; return Delta a_l of eqs (12), if `flip`, and (14)."""
    P = p.Y_L * p.Y_R
    Y_h = formulas.effective_yukawa(p.Y_V, p.Y_Vp, p.m_S, p.m_L)
    x, y = p.m_S / setting.m_W, p.m_L / setting.m_W
    x, y = x * x, y * y
    log_x, log_y = log(x), log(y)
    slope = log_slope(x, y, log_x, log_y)
    L4 = mass_logarithm(x, y, log_x, log_y, slope, 2.0 * log(p.Lambda / setting.m_W))
    dm_over_m = formulas.delta_yukawa(P, Y_h, L4) * setting.v / p.m_l
    t_L, t_R = formulas.mixing(p.Y_L, p.m_S, setting.v), formulas.mixing(p.Y_R, p.m_L, setting.v)
    values[base + at.DM_OVER_M] = dm_over_m
    values[base + at.THRESHOLD] = 1.0 - dm_over_m
    values[base + at.T_L] = t_L
    values[base + at.T_R] = t_R
    values[base + at.PRODUCT] = P
    values[base + at.DGL_W] = formulas.coupling_shift(t_L)
    values[base + at.DGL_ZNU] = formulas.coupling_shift(t_L)
    values[base + at.DGR_Z] = formulas.coupling_shift(t_R)
    values[base + at.WIDTH] = width_ratio(t_L)
    values[base + at.MU_H] = width_ratio(t_R) ** 2
    delta_a = 0.0
    if flip:
        delta_a = formulas.delta_a_flip(P, Y_h, f_tilde(x, y, log_x, log_y), p.m_l, setting.m_W, setting.v)
    if setting.top_loop:
        delta_a += formulas.delta_a_top(P, Y_h, slope / (setting.m_W * setting.m_W), p.m_l, setting.y_t, setting.v)
    return delta_a


@inlined
def _fill_exact_couplings(values: FloatArray, base: int, charged: Charged, neutral: Neutral) -> None:
    """Fill a lepton's block with the couplings of the exact mixing."""
    dgL_W = shift_W(charged, neutral)
    cos_R2 = charged.cos_R * charged.cos_R
    values[base + at.DGL_W] = dgL_W
    values[base + at.DGL_ZNU] = shift_Z_nu(neutral)
    values[base + at.DGR_Z] = formulas.coupling_shift(charged.sin_R * charged.sin_R)
    values[base + at.WIDTH] = (1.0 + dgL_W) * (1.0 + dgL_W)
    values[base + at.MU_H] = cos_R2 * cos_R2


@scalar
def delta_a_improved(p: Partners, charged: Charged, neutral: Neutral, logs: Logs, setting: Setting) -> float:
    """Delta a_l in closed form: the chirality-flipping part to all orders in v/M, the rest at leading order."""
    W2 = setting.m_W * setting.m_W
    x, y = neutral.m1_2 / W2, neutral.m2_2 / W2
    loop = f_tilde(x, y, logs.N1 - setting.log_W2, logs.N2 - setting.log_W2)
    flip = delta_a_flip_closed(p, charged.sin_R, loop, setting.m_W)
    return flip + delta_a_even(p, setting.s2)


@inlined
def delta_a_exact(
    p: Partners, charged: Charged, neutral: Neutral, logs: Logs, light: float, setting: Setting
) -> tuple[float, float, float, float]:
    """Parts of the exact one-loop Delta a_l: chirality-flipping and -conserving W loops, Z loops, Higgs loops."""
    log_1, log_2 = logs.N1 - setting.log_W2, logs.N2 - setting.log_W2
    flip, cons = delta_a_W(p, charged, neutral, log_1, log_2, setting.m_W, setting.v)
    Z = delta_a_Z(charged, p.m_l, logs.E - setting.log_Z2, setting.m_Z, setting.s2, setting.v)
    return flip, cons, Z, delta_a_h(charged, light, p.m_l, logs.E - setting.log_h2, setting.m_h, setting.v)


@inlined
def fill_states(
    values: FloatArray, base: int, p: Partners, charged: Charged, neutral: Neutral, logs: Logs, setting: Setting
) -> None:
    """Fill what every level shares in a lepton's block: heavy neutrinos, Higgs coupling; add its part of S, T, U."""
    states = heavy_neutral(p, neutral, setting.v)
    to_1 = charged.cos_L * states.U_nu1 - charged.sin_L * states.U_N1
    to_2 = charged.cos_L * states.U_nu2 - charged.sin_L * states.U_N2
    values[base + at.M_N1] = states.m1
    values[base + at.M_N2] = states.m2
    values[base + at.U2_N1] = to_1 * to_1
    values[base + at.U2_N2] = to_2 * to_2
    if setting.higgs_loop:
        kappa = higgs_coupling(p, charged, neutral, logs, setting.m_W, setting.m_h, setting.v)
        values[base + at.MU_H] = kappa * kappa
    S, U = oblique_S_U(p, setting.v)
    values[at.S] += S
    values[at.T] += oblique_T(custodial_breaking(p, charged, neutral, states, logs), setting.m_Z, setting.s2_eff)
    values[at.U] += U


@inlined
def fill_leading_order(
    values: FloatArray,
    base: int,
    p: Partners,
    charged: Charged,
    neutral: Neutral,
    logs: Logs,
    light: float,
    setting: Setting,
) -> None:
    """Fill a lepton's block by the formulas of 2106.01373.

    The block starts at the index base of the row of values, see `g2fit.models.vll.predictions`; light is the
    `light_higgs_loop` of the lepton, which only `fill_exact` needs.
    """
    values[base + at.DELTA_A] = _fill_expanded(values, base, p, setting, True)
    if setting.exact_couplings:
        _fill_exact_couplings(values, base, charged, neutral)


@inlined
def fill_improved(
    values: FloatArray,
    base: int,
    p: Partners,
    charged: Charged,
    neutral: Neutral,
    logs: Logs,
    light: float,
    setting: Setting,
) -> None:
    """Fill a lepton's block by the closed form of the exact result; arguments as for `fill_leading_order`."""
    top = _fill_expanded(values, base, p, setting, False)
    values[base + at.DELTA_A] = delta_a_improved(p, charged, neutral, logs, setting) + top
    if setting.exact_couplings:
        _fill_exact_couplings(values, base, charged, neutral)


@inlined
def fill_exact(
    values: FloatArray,
    base: int,
    p: Partners,
    charged: Charged,
    neutral: Neutral,
    logs: Logs,
    light: float,
    setting: Setting,
) -> None:
    """Fill a lepton's block by the exact one-loop result; arguments as for `fill_leading_order`."""
    top = _fill_expanded(values, base, p, setting, False)
    flip, cons, Z, h = delta_a_exact(p, charged, neutral, logs, light, setting)
    values[base + at.DELTA_A] = flip + cons + Z + h + top
    if setting.exact_couplings:
        _fill_exact_couplings(values, base, charged, neutral)
