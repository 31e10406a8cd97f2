"""Predictions for one generation of vector-like leptons at one point: the block of its lepton in the row of values."""

from math import inf, log, sqrt
from typing import NamedTuple

from g2fit.core.jit import inlined, scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.vll import predictions as at
from g2fit.models.vll.partners import Setting
from g2fit.models.vll.representations.dipoles import delta_a_doubly, delta_a_h, delta_a_W, delta_a_Z
from g2fit.models.vll.representations.fields import Content, Point
from g2fit.models.vll.representations.functions import higgs_loop, w_loop_doubly, w_loop_neutral, z_loop
from g2fit.models.vll.representations.mass_matrix import (
    Charged,
    Doubly,
    Neutral,
    charged_states,
    doublet_is_heavier,
    doubly_charged_states,
    neutral_states,
    neutrino_mixing,
)
from g2fit.models.vll.representations.shifts import coupling_shifts, mass_overlap

__all__ = ["REASONS", "Spectrum", "check", "delta_a_parts", "fill_generation", "read", "spectrum"]

#: Text of each reason code; the codes are those of `g2fit.models.vll.partners`.
REASONS = (
    "valid",
    "a parameter is not finite",
    "a mass is not positive",
    "a partner is not heavier than its lepton",
    "a prediction is out of the range of floating-point numbers",
)
VALID, NOT_FINITE, NOT_POSITIVE, TOO_LIGHT = 0, 1, 2, 3


class Spectrum(NamedTuple):
    """The states of one generation, by charge."""

    charged: Charged
    neutral: Neutral
    doubly: Doubly


@scalar
def read(point: FloatArray, columns: IntArray, m: float, v: float) -> Point:
    """Return the parameters of one generation, whose lepton has the mass `m`.

    `columns` are those of M_D, M_X, lambda_D, lambda_X, lambda and lambda_bar, or -1: a field that does not exist has
    no couplings and the mass of the other one.
    """
    M_D = point[columns[0]] if columns[0] >= 0 else point[columns[1]]
    M_X = point[columns[1]] if columns[1] >= 0 else point[columns[0]]
    lambda_D = v * point[columns[2]] if columns[2] >= 0 else 0.0
    lambda_X = v * point[columns[3]] if columns[3] >= 0 else 0.0
    lambda_ = v * point[columns[4]] if columns[4] >= 0 else 0.0
    lambda_bar = v * point[columns[5]] if columns[5] >= 0 else 0.0
    return Point(lambda_X, lambda_D, lambda_, lambda_bar, M_D, M_X, m)


@scalar
def check(p: Point) -> int:
    """Return the reason code of the parameters of one generation, the index of one of `REASONS`."""
    couplings = abs(p.lambda_X) < inf and abs(p.lambda_D) < inf and abs(p.lambda_) < inf and abs(p.lambda_bar) < inf
    if not (couplings and abs(p.M_D) < inf and abs(p.M_X) < inf):
        return NOT_FINITE
    return VALID if p.M_D > 0.0 and p.M_X > 0.0 else NOT_POSITIVE


@inlined
def spectrum(p: Point, content: Content) -> tuple[int, Spectrum]:
    """Return the reason code, and the states of all charges."""
    charged, neutral, doubly = charged_states(p, content), neutral_states(p, content), doubly_charged_states(p, content)
    heavy = charged.exists and charged.m1_2 > 0.0 and neutral.m1_2 > 0.0 and doubly.m1_2 > 0.0
    return VALID if heavy else TOO_LIGHT, Spectrum(charged, neutral, doubly)


@inlined
def delta_a_parts(
    states: Spectrum, content: Content, light: float, setting: Setting
) -> tuple[float, float, float, float]:
    """Parts of Delta a_l: W loops with neutral states and with those of charge -2, Z loops, Higgs loops.

    `light` is the `light_higgs_loop` of the lepton.
    """
    c, n, d = states
    W2, Z2, h2 = 1.0 / setting.m_W**2, 1.0 / setting.m_Z**2, 1.0 / setting.m_h**2
    W, WW = LOOP_FACTOR * (c.m / setting.v) ** 2 * (-5.0 / 3.0) * (c.u2 * c.u2 + c.u3 * c.u3), 0.0
    if content.a_0 != 0.0 or content.W_D != 0.0:
        log_1, log_2 = log(n.m1_2) - setting.log_W2, log(n.m2_2) - setting.log_W2
        loop = w_loop_neutral(n.m1_2 * W2, n.m2_2 * W2, log_1, log_2)
        W = delta_a_W(c, n, content, loop, setting.m_W, setting.v)
    if content.WW_D != 0.0 or content.WW_X != 0.0:
        log_1, log_2 = log(d.m1_2) - setting.log_W2, log(d.m2_2) - setting.log_W2
        twice = w_loop_doubly(d.m1_2 * W2, d.m2_2 * W2, log_1, log_2)
        WW = delta_a_doubly(c, d, content, twice, setting.m_W, setting.v)
    log_1, log_2 = log(c.m1_2), log(c.m2_2)
    to_Z = z_loop(c.m1_2 * Z2, c.m2_2 * Z2, log_1 - setting.log_Z2, log_2 - setting.log_Z2)
    to_h = higgs_loop(c.m1_2 * h2, c.m2_2 * h2, log_1 - setting.log_h2, log_2 - setting.log_h2)
    Z = delta_a_Z(c, content, to_Z, setting.m_Z, setting.s2, setting.v)
    return W, WW, Z, delta_a_h(c, to_h, mass_overlap(c), light, setting.m_h, setting.v)


@inlined
def fill_generation(
    values: FloatArray, base: int, states: Spectrum, content: Content, light: float, setting: Setting
) -> None:
    """Fill a lepton's block with Delta a_l, couplings and masses.

    The block starts at the index `base` of the row of values, see `g2fit.models.vll.predictions`.
    """
    charged, neutral, doubly = states
    W, WW, Z, h = delta_a_parts(states, content, light, setting)
    shifts = coupling_shifts(charged, neutral, content)
    values[base + at.DELTA_A] = W + WW + Z + h
    values[base + at.DGL_W] = shifts.W
    values[base + at.DGL_ZNU] = shifts.Z_nu
    values[base + at.DGL_Z] = shifts.Z_L
    values[base + at.DGR_Z] = shifts.Z_R
    values[base + at.WIDTH] = (1.0 + shifts.W) * (1.0 + shifts.W)
    values[base + at.KAPPA] = shifts.kappa
    values[base + at.MU_H] = shifts.kappa * shifts.kappa
    values[base + at.TREE_MASS] = 1.0 - charged.a / charged.m
    lighter, heavier = sqrt(charged.m1_2), sqrt(charged.m2_2)
    swapped = content.D_charged and content.X_charged and not doublet_is_heavier(charged)
    values[base + at.M_E1] = lighter
    values[base + at.M_E2] = heavier
    values[base + at.M_DOUBLET] = lighter if swapped else heavier
    values[base + at.M_PARTNER] = heavier if swapped or not content.D_charged else lighter
    if content.X_neutral and not content.X_charged:
        values[base + at.U2_N1], values[base + at.U2_N2] = neutrino_mixing(charged, neutral, content)
    values[base + at.M_N1] = sqrt(neutral.m1_2)
    values[base + at.M_N2] = sqrt(neutral.m2_2)
    values[base + at.M_EE1] = sqrt(doubly.m1_2)
    values[base + at.M_EE2] = sqrt(doubly.m2_2)
