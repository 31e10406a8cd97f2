r"""Barr-Zee diagrams: a photon and a Higgs boson between the lepton and a loop of charginos or sfermions.

The diagrams 2L(a) of hep-ph/0609168 (eqs. 63-72) with h, H and A. Diagrams with W and charged Higgs bosons, with Z, and
with neutralinos are not computed, as in GM2Calc, whose uncertainty allows for them. All are proportional to m_l y_l;
what multiplies it is the same for all leptons.
"""

import math
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.electroweakinos import charginos
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, higgs_vevs, slepton_masses
from g2fit.models.mssm.spectrum import Sleptons as MassMatrix
from g2fit.models.mssm.two_loop.logarithms import third_generation_yukawas
from g2fit.models.mssm.two_loop.loop_functions import f_f_over_z_difference, f_PS, f_S
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting

__all__ = ["BarrZee", "HiggsSector", "barr_zee", "chargino_sum", "higgs_sector", "sfermion_sum"]


class HiggsSector(NamedTuple):
    """Neutral Higgs bosons at tree level: masses squared of h, H, A in GeV^2, sine and cosine of alpha, and of beta."""

    m2_h: float
    m2_H: float
    m2_A: float
    sin_a: float
    cos_a: float
    sin_b: float
    cos_b: float


class BarrZee(NamedTuple):
    """Moments from charginos and from sfermions, divided by m_l y_l, in 1/GeV."""

    charginos: float
    sfermions: float


@scalar
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


@scalar
def chargino_sum(electroweakinos: Electroweakinos, couplings: Couplings, higgs: HiggsSector) -> float:
    """Sum over charginos and h, H, A of couplings and loop functions, hep-ph/0609168 eqs. 63, 65 and 69, in 1/GeV.

    For Higgs bosons whose couplings to leptons are (-sin a, cos a, sin b) v y_l/m_l it is ``-sin a [P cos a -
    N sin a]_h + cos a [P sin a + N cos a]_H - sin b [P cos b + N sin b]_A``, with ``[P, N] = sum_k (U_k1 V_k2,
    U_k2 V_k1) F(m_k^2/m^2)/m_k``, F = f_S for h and H and f_PS for A.
    """
    v_d, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
    M2, mu, g_2 = electroweakinos.M2, electroweakinos.mu, couplings.g_2
    m_1, V_11, U_12, m_2, V_21, U_22 = charginos(M2, mu, g_2 * v_d, g_2 * v_u)
    sin_a, cos_a, sin_b, cos_b = higgs.sin_a, higgs.cos_a, higgs.sin_b, higgs.cos_b
    total = 0.0
    for k in range(2):
        m, U_2, V_1 = (m_1, U_12, V_11) if k == 0 else (m_2, U_22, V_21)
        # U = [[-U_22, U_12], [U_12, U_22]] and V = [[V_11, V_21], [V_21, -V_11]], as `charginos` defines them
        U_1, V_2 = (-U_22, V_21) if k == 0 else (U_12, -V_11)
        P, N = U_1 * V_2, U_2 * V_1
        m2 = m * m
        loops = -sin_a * (P * cos_a - N * sin_a) * f_S(m2 / higgs.m2_h)
        loops += cos_a * (P * sin_a + N * cos_a) * f_S(m2 / higgs.m2_H)
        loops -= sin_b * (P * cos_b + N * sin_b) * f_PS(m2 / higgs.m2_A)
        total += loops / m if m != 0.0 else 0.0
    return total


@scalar
def _loop(m2_LR: float, m2_1: float, m2_2: float, h: float, H: float, higgs: HiggsSector) -> float:
    """Sfermion loop with h and H, whose couplings are `h` and `H`: the sum over mass eigenstates done analytically."""
    light = f_f_over_z_difference(m2_1 / higgs.m2_h, m2_2 / higgs.m2_h) / (higgs.m2_h * higgs.m2_h)
    heavy = f_f_over_z_difference(m2_1 / higgs.m2_H, m2_2 / higgs.m2_H) / (higgs.m2_H * higgs.m2_H)
    return m2_LR * (-higgs.sin_a * h * light + higgs.cos_a * H * heavy)


@scalar
def sfermion_sum(
    mu: float, tan_beta: float, couplings: Couplings, higgs: HiggsSector, setting: TwoLoopSetting
) -> float:
    """Sum over stops, sbottoms and staus, and h and H, hep-ph/0609168 eqs. 64, 66-68 and 70; NaN for a tachyon.

    ``sum_f N_f sum_s lam_s C_s m2_LR {g(z_1) - g(z_2)}/{(z_1 - z_2) m_s^4}`` with g(z) = f_f(z)/z, z_i = m_i^2/m_s^2
    and N = 4/3, 1/3, 1. For stops C = 2 m_t/sin b (mu sin a + A cos a, -mu cos a + A sin a) and
    m2_LR = y_t (A v_u - mu v_d); for sbottoms and staus C = 2 v y (-mu cos a - A sin a, -mu sin a + A cos a) and
    m2_LR = y (A v_d - mu v_u).
    """
    heavy, sin_a, cos_a = setting.heavy, higgs.sin_a, higgs.cos_a
    v_d, v_u = higgs_vevs(tan_beta, couplings.v)
    y_t, y_b, y_tau = third_generation_yukawas(tan_beta, couplings, setting)
    g2_Y, g2_2, D = couplings.g_Y**2, couplings.g_2**2, 0.25 * (v_u - v_d) * (v_u + v_d)
    total = 0.0
    for f in range(3):
        if f == 0:
            y, A, L, R = y_t, heavy.A_t, heavy.m_Q, heavy.m_U
            m2_L, m2_R = L * L + (g2_Y / 3.0 - g2_2) * D, R * R - 4.0 / 3.0 * g2_Y * D
            h, H = mu * sin_a + A * cos_a, -mu * cos_a + A * sin_a
            strength, m2_f, mixing = 4.0 / 3.0 * 2.0 * setting.m_t / higgs.sin_b, y * y * v_u * v_u, A * v_u - mu * v_d
        else:
            if f == 1:
                y, A, L, R, colour = y_b, heavy.A_b, heavy.m_Q, heavy.m_D, 1.0 / 3.0
                m2_L, m2_R = L * L + (g2_Y / 3.0 + g2_2) * D, R * R + 2.0 / 3.0 * g2_Y * D
            else:
                y, A, L, R, colour = y_tau, heavy.A_tau, heavy.m_L, heavy.m_E, 1.0
                m2_L, m2_R = L * L + (g2_2 - g2_Y) * D, R * R + 2.0 * g2_Y * D
            h, H = -mu * cos_a - A * sin_a, -mu * sin_a + A * cos_a
            strength, m2_f, mixing = colour * 2.0 * couplings.v * y, y * y * v_d * v_d, A * v_d - mu * v_u
        m2_LR = y * mixing
        m2_1, m2_2 = slepton_masses(1.0, MassMatrix(m2_L + m2_f, m2_R + m2_f, 0.0, 0.0, m2_LR))
        if not m2_1 > 0.0:
            return math.nan
        total += strength * _loop(m2_LR, m2_1, m2_2, h, H, higgs)
    return total


@scalar
def barr_zee(electroweakinos: Electroweakinos, couplings: Couplings, setting: TwoLoopSetting) -> BarrZee:
    """Moments over m_l y_l, in 1/GeV; NaN for a tachyonic stop, sbottom or stau.

    a_l = 2 [e^2 m_l/(16 pi^2 m_W s_W)]^2 v y_l/m_l times the sums, with sqrt(2) m_W for the charginos.
    """
    higgs = higgs_sector(electroweakinos.tan_beta, setting.heavy.m_A, setting.m_Z)
    s2_W = (1.0 - setting.m_W / setting.m_Z) * (1.0 + setting.m_W / setting.m_Z)
    unit = 2.0 * (LOOP_FACTOR * setting.e2 / setting.m_W) ** 2 / s2_W * couplings.v
    sfermions = sfermion_sum(electroweakinos.mu, electroweakinos.tan_beta, couplings, higgs, setting)
    root = math.sqrt(2.0) * setting.m_W
    return BarrZee(unit * root * chargino_sum(electroweakinos, couplings, higgs), unit * sfermions)
