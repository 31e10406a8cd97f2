r"""Barr-Zee diagrams: a photon and a Higgs boson between the lepton and a loop of charginos or sfermions.

The diagrams 2L(a) of hep-ph/0609168 (eqs. 63-72) with h, H and A. Diagrams with W and charged Higgs bosons, with Z, and
with neutralinos are not computed, as in GM2Calc, whose uncertainty allows for them. All are proportional to m_l y_l;
what multiplies it is the same for all leptons.
"""

import math
from typing import NamedTuple

from g2fit.core.jit import embedded, scalar
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.electroweakinos import charginos
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, higgs_vevs, slepton_masses
from g2fit.models.mssm.spectrum import Sleptons as MassMatrix
from g2fit.models.mssm.two_loop.logarithms import third_generation_yukawas
from g2fit.models.mssm.two_loop.loop_functions import f_f_over_z_difference, f_PS, f_S
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting

__all__ = [
    "BarrZee",
    "CharginoLoop",
    "HiggsSector",
    "SfermionLoop",
    "barr_zee",
    "chargino_loops",
    "higgs_sector",
    "moments_of",
    "sfermion_loops",
]


class HiggsSector(NamedTuple):
    """Neutral Higgs bosons at tree level: masses squared of h, H, A in GeV^2, sine and cosine of alpha, and of beta."""

    m2_h: float
    m2_H: float
    m2_A: float
    sin_a: float
    cos_a: float
    sin_b: float
    cos_b: float


class CharginoLoop(NamedTuple):
    """A chargino: its mass squared, and the coefficients of f_S (for h and H) and f_PS (for A), in 1/GeV.

    The functions are of m^2 over the squared mass of the Higgs boson.
    """

    m2: float
    h: float
    H: float
    A: float


class SfermionLoop(NamedTuple):
    """A sfermion of the third generation: its masses squared, and the coefficients for h and H, in 1/GeV.

    They multiply ``[g(z_1) - g(z_2)]/(z_1 - z_2)``, the sum over both mass eigenstates done analytically, with
    g(z) = f_f(z)/z and z_i = m_i^2 over the squared mass of the Higgs boson.
    """

    m2_1: float
    m2_2: float
    h: float
    H: float


class BarrZee(NamedTuple):
    """Moments from charginos and from sfermions, divided by m_l y_l, in 1/GeV."""

    charginos: float
    sfermions: float


@embedded
def higgs_sector(tan_beta: float, m_A: float, m_Z: float) -> HiggsSector:
    """Masses and mixing of the neutral Higgs bosons at tree level, so that m_h <= m_Z.

    ``m_H^2 = {T + sqrt[T^2 - 4 (m_A m_Z cos 2beta)^2]}/2`` with T = m_A^2 + m_Z^2, m_h^2 from the product of both, and
    ``tan(alpha) = -1/[sqrt(1 + r^2) - r]``, r = (1 - tan(beta)^2)(m_A^2 - m_Z^2)/(2 tan(beta) T).

    >>> higgs = higgs_sector(70.0, 1e5, 91.1876)
    >>> round(math.sqrt(higgs.m2_h), 9), round(higgs.sin_a / higgs.cos_a, 13)
    (91.150388135, -0.0142857380337)
    """
    rt = math.sqrt(1.0 + tan_beta * tan_beta)
    cos_2b = (1.0 - tan_beta) * (1.0 + tan_beta) / (rt * rt)
    product = m_A * m_Z * cos_2b
    trace = m_A * m_A + m_Z * m_Z
    m2_H = 0.5 * (trace + math.sqrt(max((trace - 2.0 * product) * (trace + 2.0 * product), 0.0)))
    r = (1.0 - tan_beta) * (1.0 + tan_beta) * (m_A - m_Z) * (m_A + m_Z) / (2.0 * tan_beta * trace)
    root = math.sqrt(1.0 + r * r)
    tan_a = -(root + r) if r > 0.0 else -1.0 / (root - r)
    cos_a = 1.0 / math.sqrt(1.0 + tan_a * tan_a)
    return HiggsSector(product * product / m2_H, m2_H, m_A * m_A, tan_a * cos_a, cos_a, tan_beta / rt, 1.0 / rt)


@embedded
def chargino_loops(
    electroweakinos: Electroweakinos, couplings: Couplings, higgs: HiggsSector
) -> tuple[CharginoLoop, CharginoLoop]:
    """Both charginos with h, H, A, hep-ph/0609168 eqs. 63, 65 and 69.

    Higgs bosons couple to leptons with (-sin a, cos a, sin b) v y_l/m_l, and to chargino k with ``P cos a - N sin a``
    (h), ``P sin a + N cos a`` (H) and ``-(P cos b + N sin b)`` (A), where P, N = U_k1 V_k2, U_k2 V_k1. A massless
    chargino does not contribute: f_S(z) and f_PS(z) vanish like z ln^2 z.
    """
    v_d, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
    M2, mu, g_2 = electroweakinos.M2, electroweakinos.mu, couplings.g_2
    m_1, V_11, U_12, m_2, V_21, U_22 = charginos(M2, mu, g_2 * v_d, g_2 * v_u)
    # U = [[-U_22, U_12], [U_12, U_22]] and V = [[V_11, V_21], [V_21, -V_11]], as `charginos` defines them
    return _chargino(m_1, -U_22 * V_21, U_12 * V_11, higgs), _chargino(m_2, -U_12 * V_11, U_22 * V_21, higgs)


@embedded
def _chargino(m: float, P: float, N: float, higgs: HiggsSector) -> CharginoLoop:
    """One chargino of mass m, with sign."""
    _, _, _, sin_a, cos_a, sin_b, cos_b = higgs
    inverse = 1.0 / m if m != 0.0 else 0.0
    h, H, A = P * cos_a - N * sin_a, P * sin_a + N * cos_a, P * cos_b + N * sin_b
    return CharginoLoop(m * m, -sin_a * h * inverse, cos_a * H * inverse, -sin_b * A * inverse)


@embedded
def sfermion_loops(
    mu: float, tan_beta: float, couplings: Couplings, higgs: HiggsSector, setting: TwoLoopSetting
) -> tuple[SfermionLoop, SfermionLoop, SfermionLoop]:
    """Stops, sbottoms and staus with h and H, hep-ph/0609168 eqs. 64, 66-68 and 70; coefficients NaN for a tachyon.

    Those of h are ``-sin a N C m2_LR/m_h^4`` with N = 4/3, 1/3, 1, those of H have cos a. For stops
    C = 2 m_t/sin b (mu sin a + A cos a, -mu cos a + A sin a) and m2_LR = y_t (A v_u - mu v_d); for sbottoms and staus
    C = 2 v y (-mu cos a - A sin a, -mu sin a + A cos a) and m2_LR = y (A v_d - mu v_u).
    """
    heavy, sin_a, cos_a, v = setting.heavy, higgs.sin_a, higgs.cos_a, couplings.v
    v_d, v_u = higgs_vevs(tan_beta, v)
    y_t, y_b, y_tau = third_generation_yukawas(tan_beta, couplings, setting)
    D = 0.25 * (v_u - v_d) * (v_u + v_d)
    D_Y, D_2, v2_d, v2_u = couplings.g_Y * couplings.g_Y * D, couplings.g_2 * couplings.g_2 * D, v_d * v_d, v_u * v_u
    m2_Q, m2_U, m2_D = heavy.m_Q * heavy.m_Q, heavy.m_U * heavy.m_U, heavy.m_D * heavy.m_D
    m2_L, m2_E, A = heavy.m_L * heavy.m_L, heavy.m_E * heavy.m_E, heavy.A_t
    # the mass matrix of a sfermion has the form of that of sleptons
    stop = MassMatrix(m2_Q + D_Y / 3.0 - D_2, m2_U - 4.0 / 3.0 * D_Y, 0.0, v2_u, A * v_u - mu * v_d)
    sbottom = MassMatrix(m2_Q + D_Y / 3.0 + D_2, m2_D + 2.0 / 3.0 * D_Y, 0.0, v2_d, heavy.A_b * v_d - mu * v_u)
    stau = MassMatrix(m2_L + D_2 - D_Y, m2_E + 2.0 * D_Y, 0.0, v2_d, heavy.A_tau * v_d - mu * v_u)
    h_b, H_b = -mu * cos_a - heavy.A_b * sin_a, -mu * sin_a + heavy.A_b * cos_a
    h_tau, H_tau = -mu * cos_a - heavy.A_tau * sin_a, -mu * sin_a + heavy.A_tau * cos_a
    up = 4.0 / 3.0 * 2.0 * setting.m_t / higgs.sin_b
    return (
        _sfermion(y_t, stop, up, mu * sin_a + A * cos_a, -mu * cos_a + A * sin_a, higgs),
        _sfermion(y_b, sbottom, 1.0 / 3.0 * 2.0 * v * y_b, h_b, H_b, higgs),
        _sfermion(y_tau, stau, 2.0 * v * y_tau, h_tau, H_tau, higgs),
    )


@embedded
def _sfermion(y: float, matrix: MassMatrix, strength: float, h: float, H: float, higgs: HiggsSector) -> SfermionLoop:
    """One sfermion with Yukawa coupling y, whose couplings to the Higgs bosons are `strength` times `h` and `H`."""
    m2_1, m2_2 = slepton_masses(y * y, matrix)
    factor = strength * y * matrix.mixing if m2_1 > 0.0 else math.nan
    light, heavy = -factor * higgs.sin_a * h, factor * higgs.cos_a * H
    return SfermionLoop(m2_1, m2_2, light / (higgs.m2_h * higgs.m2_h), heavy / (higgs.m2_H * higgs.m2_H))


@embedded
def moments_of(chargino_sum: float, sfermion_sum: float, v: float, setting: TwoLoopSetting) -> BarrZee:
    """Moments over m_l y_l from the sums over loops, in 1/GeV.

    a_l = 2 [e^2 m_l/(16 pi^2 m_W s_W)]^2 v y_l/m_l times the sums, with sqrt(2) m_W for the charginos.
    """
    m_W, m_Z = setting.m_W, setting.m_Z
    s2_W = (1.0 - m_W / m_Z) * (1.0 + m_W / m_Z)
    root = LOOP_FACTOR * setting.e2 / m_W
    unit = 2.0 * root * root / s2_W * v
    return BarrZee(unit * math.sqrt(2.0) * m_W * chargino_sum, unit * sfermion_sum)


@scalar
def barr_zee(electroweakinos: Electroweakinos, couplings: Couplings, setting: TwoLoopSetting) -> BarrZee:
    """Moments over m_l y_l at one point, in 1/GeV; NaN for a tachyonic stop, sbottom or stau."""
    tan_beta = electroweakinos.tan_beta
    higgs = higgs_sector(tan_beta, setting.heavy.m_A, setting.m_Z)
    chargino_sum, sfermion_sum = 0.0, 0.0
    for chargino in chargino_loops(electroweakinos, couplings, higgs):
        chargino_sum += chargino.h * f_S(chargino.m2 / higgs.m2_h) + chargino.H * f_S(chargino.m2 / higgs.m2_H)
        chargino_sum += chargino.A * f_PS(chargino.m2 / higgs.m2_A)
    for sfermion in sfermion_loops(electroweakinos.mu, tan_beta, couplings, higgs, setting):
        m2_1, m2_2, h, H = sfermion
        sfermion_sum += h * f_f_over_z_difference(m2_1 / higgs.m2_h, m2_2 / higgs.m2_h)
        sfermion_sum += H * f_f_over_z_difference(m2_1 / higgs.m2_H, m2_2 / higgs.m2_H)
    return moments_of(chargino_sum, sfermion_sum, couplings.v, setting)
