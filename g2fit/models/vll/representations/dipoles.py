"""One-loop Delta a_l of a pair of vector-like leptons: W, Z and Higgs loops of the mass eigenstates, minus the SM.

General formulas of Leveille, Nucl. Phys. B 137 (1978) 63, at leading order in m_l^2/m_W^2, with the functions F and G
of `g2fit.models.vll.representations.functions`:

    W: -m/(16 pi^2 m_W^2) sum_f [m (gL^2 + gR^2) F + m_f gL gR G]    neutral fermions, and those with Q = -2
    Z: -m/( 8 pi^2 m_Z^2) sum_f [m (gL^2 + gR^2) F + m_f gL gR G]
    h: -m/(32 pi^2 m_h^2) sum_f [m (lam_lf^2 + lam_fl^2) F + m_f lam_lf lam_fl G]

The couplings of the lepton to all fermions of a charge form vectors x and y in the space of left- and right-handed
fields; with the mass matrix M of these fermions, sums over the mass eigenstates are

    sum_f m_f gL_f gR_f G = x.M G(M^T M) y,    sum_f (gL_f^2 + gR_f^2) F = x.F(M M^T) x + y.F(M^T M) y,

minus the contribution of the lepton where it is among the fermions.
"""

from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.functions import Loop, NeutralLoop
from g2fit.models.vll.representations.mass_matrix import Charged, Doubly, Neutral

__all__ = ["delta_a_W", "delta_a_Z", "delta_a_doubly", "delta_a_h"]


class _Vectors(NamedTuple):
    """Couplings to the partners D and X in the space of left- (x) and right-handed (y) fields."""

    x2: float
    x3: float
    y2: float
    y3: float


@scalar
def _heavy(charged: Charged, v: _Vectors, of: Loop, left: float, right: float, scale: float) -> float:
    """Sum over the two heavy states with Q = -1 of m_l (gL^2 + gR^2) F + m_f gL gR G, in GeV.

    `left` and `right` are the couplings x.u and y.w of the lepton, and `scale` the inverse of the boson's squared mass.
    """
    c, m = charged, charged.m
    r1, r2, r3 = v.x2 * c.c1, v.x2 * c.p + v.x3 * c.s, v.x2 * c.q + v.x3 * c.t  # M^T x
    g1, g2, g3 = c.a1 * v.y3, c.p * v.y2 + c.q * v.y3, c.s * v.y2 + c.t * v.y3  # M y
    lengths = v.x2 * v.x2 + v.x3 * v.x3 + v.y2 * v.y2 + v.y3 * v.y3
    squares = r1 * r1 + r2 * r2 + r3 * r3 + g1 * g1 + g2 * g2 + g3 * g3
    product = (c.a * r1 + c.a1 * r3) * g1 + (c.c1 * r1 + c.p * r2 + c.q * r3) * g2 + (c.s * r2 + c.t * r3) * g3
    even = of.F_base * lengths + of.F_slope * squares * scale
    flip = of.G_base * (r2 * v.y2 + r3 * v.y3) + of.G_slope * product * scale
    x = m * m * scale
    even -= (of.F_base + of.F_slope * x) * (left * left + right * right)
    return m * even + flip - m * (of.G_base + of.G_slope * x) * left * right


@scalar
def delta_a_Z(charged: Charged, content: Content, of: Loop, m_Z: float, s2: float, v: float) -> float:
    """Z loops, with the shifts of the couplings of the lepton to itself; s2 is the on-shell weak mixing angle.

    >>> from math import log
    >>> from g2fit.models.vll.representations.fields import PAIRS, Point
    >>> from g2fit.models.vll.representations.functions import z_loop
    >>> from g2fit.models.vll.representations.mass_matrix import charged_states
    >>> content, m = PAIRS["L", "E"], 0.1056583745
    >>> charged = charged_states(Point(17.4, 17.4, 0.0, 17.4, 1e5, 1e5, m), content)
    >>> x1, x2 = charged.m1_2 / 91.1876**2, charged.m2_2 / 91.1876**2
    >>> value = delta_a_Z(charged, content, z_loop(x1, x2, log(x1), log(x2)), 91.1876, 0.223, 174.0)
    >>> even = m**2 * 0.1**2 / (16 * 3.141592653589793**2 * 1e10) * (11 / 12 + 19 / 12)
    >>> tree_mass = 17.4**3 / 1e10
    >>> round((value - even) / (-m * tree_mass * 0.0063325739776 / 174.0**2), 3)
    0.5
    """
    left, right = content.T_D + 0.5, content.T_X + 0.5
    u2, u3, w2, w3 = charged.u2, charged.u3, charged.w2, charged.w3
    vectors = _Vectors(left * u2, right * u3, content.T_D * w2, content.T_X * w3)
    dL = vectors.x2 * u2 + vectors.x3 * u3
    dR = vectors.y2 * w2 + vectors.y3 * w3
    gL, gR = s2 - 0.5, s2
    heavy = _heavy(charged, vectors, of, dL, dR, 1.0 / (m_Z * m_Z))
    light = 2.0 / 3.0 * (dL * (2.0 * gL + dL) + dR * (2.0 * gR + dR)) - 2.0 * (gL * dR + gR * dL + dL * dR)
    return -4.0 * LOOP_FACTOR * charged.m / (v * v) * (heavy + charged.m * light)


@scalar
def delta_a_h(charged: Charged, of: Loop, overlap: float, light: float, m_h: float, v: float) -> float:
    """Higgs loops; `overlap` is `mass_overlap`, and `light` the `light_higgs_loop` of the lepton."""
    p, t = charged.p, charged.t
    vectors = _Vectors(p * charged.w2, t * charged.w3, p * charged.u2, t * charged.u3)
    heavy = _heavy(charged, vectors, of, overlap, overlap, 1.0 / (m_h * m_h))
    change = charged.m * overlap * (overlap - 2.0 * charged.m) * light
    return -0.5 * LOOP_FACTOR * charged.m / (v * v) * ((heavy + change) / (m_h * m_h))


@scalar
def delta_a_W(charged: Charged, neutral: Neutral, content: Content, of: NeutralLoop, m_W: float, v: float) -> float:
    """W loops with neutral fermions.

    The massless neutrino and the unitarity of the left-handed mixing give the term with 5/3.
    """
    n, scale = neutral, 1.0 / (m_W * m_W)
    x2, x3 = content.W_D * charged.u2, content.W_X * charged.u3
    y2, y3 = content.W_D * charged.w2, content.W_X * charged.w3
    r2, r3 = n.p * x2 + n.s * x3, n.r * charged.u1 + n.q * x2 + n.t * x3  # M^T x
    s1, s2, s3 = n.r * r3, n.p * r2 + n.q * r3, n.s * r2 + n.t * r3  # M M^T x
    g1, g2, g3 = n.r * y3, n.p * y2 + n.q * y3, n.s * y2 + n.t * y3  # M y
    even = 5.0 / 3.0 * (charged.u2 * charged.u2 + charged.u3 * charged.u3 - x2 * x2 - x3 * x3)
    even += (of.q_base * (r2 * r2 + r3 * r3) + of.q_slope * (s1 * s1 + s2 * s2 + s3 * s3) * scale) * scale
    even += (of.F_base - 5.0 / 3.0) * (y2 * y2 + y3 * y3) + of.F_slope * (g1 * g1 + g2 * g2 + g3 * g3) * scale
    flip = of.G_base * (r2 * y2 + r3 * y3) + of.G_slope * (s1 * g1 + s2 * g2 + s3 * g3) * scale
    return -LOOP_FACTOR * charged.m / (v * v) * (charged.m * even + flip)


@scalar
def delta_a_doubly(charged: Charged, doubly: Doubly, content: Content, of: Loop, m_W: float, v: float) -> float:
    """W loops with fermions of charge -2, which couple to the photon twice as strongly as the lepton."""
    d, scale = doubly, 1.0 / (m_W * m_W)
    x2, x3 = content.WW_D * charged.u2, content.WW_X * charged.u3
    y2, y3 = content.WW_D * charged.w2, content.WW_X * charged.w3
    r2, r3 = d.p * x2 + d.s * x3, d.q * x2 + d.t * x3  # M^T x
    g2, g3 = d.p * y2 + d.q * y3, d.s * y2 + d.t * y3  # M y
    even = of.F_base * (x2 * x2 + x3 * x3 + y2 * y2 + y3 * y3)
    even += of.F_slope * (r2 * r2 + r3 * r3 + g2 * g2 + g3 * g3) * scale
    flip = of.G_base * (r2 * y2 + r3 * y3)
    flip += of.G_slope * ((d.p * r2 + d.q * r3) * g2 + (d.s * r2 + d.t * r3) * g3) * scale
    return -LOOP_FACTOR * charged.m / (v * v) * (charged.m * even + flip)
