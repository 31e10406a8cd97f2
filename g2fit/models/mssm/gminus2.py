"""Anomalous magnetic moments: bino-slepton diagrams and leading-logarithmic QED corrections."""

from __future__ import annotations

import math

from g2fit.jit import scalar
from g2fit.models.mssm.loops import loop_fN
from g2fit.models.mssm.spectrum import KAPPA, Gauginos, Lepton

__all__ = ["a_bino", "a_bino_mia", "delta_qed"]


@scalar
def a_bino_mia(lepton: Lepton, gauginos: Gauginos, g_Y: float) -> float:
    """a_l (1 + Delta_l) of the bino diagram in the mass-insertion approximation, eq. 2.5 of 1906.08768 without QED.

    ``g_Y^2/(16 pi^2) m_l^2 mu tan(beta) M1/(mL^2 mR^2) f_N(mL^2/M1^2, mR^2/M1^2)``

    >>> gauginos = Gauginos(1.5e3, 1e3, -1e5, 70.0)
    >>> f"{a_bino_mia(Lepton(0.000510998928, 2.4e3, 2.3e3, 0.0), gauginos, 0.3574):.8e}"
    '-2.26101895e-14'
    """
    M1 = gauginos.M1
    if M1 == 0.0:
        return 0.0
    m2_L, m2_R = lepton.mL * lepton.mL, lepton.mR * lepton.mR
    loop = loop_fN(m2_L / (M1 * M1), m2_R / (M1 * M1))
    return g_Y * g_Y * KAPPA * lepton.m * lepton.m * gauginos.mu * gauginos.tan_beta * M1 / (m2_L * m2_R) * loop


@scalar
def a_bino(m: float, m2_LR: float, m2_1: float, m2_2: float, M1: float, g_Y: float) -> float:
    """a_l of the bino diagram with exact slepton mixing (eq. 2.5 of 1906.08768 in mass eigenstates).

    ``-g_Y^2/(16 pi^2) m_l m2_LR M1/(m_1^2 m_2^2) f_N(m_1^2/M1^2, m_2^2/M1^2)``, ``m2_LR = y (A v_d - mu v_u)`` in
    GeV^2.

    >>> f"{a_bino(0.1, -1.0e5, 4.0e6, 4.0e6, 2000.0, 0.36):.4e}"
    '1.7098e-10'
    """
    if M1 == 0.0:
        return 0.0
    loop = loop_fN(m2_1 / (M1 * M1), m2_2 / (M1 * M1))
    return -g_Y * g_Y * KAPPA * m * m2_LR * M1 / (m2_1 * m2_2) * loop


@scalar
def delta_qed(m: float, m_susy: float, alpha: float) -> float:
    """Leading-logarithmic QED correction, ``(4 alpha/pi) ln(M_SUSY/m_l)``; a_l is multiplied by 1 - delta_QED.

    >>> round(delta_qed(0.000510998928, 2300.0, 1 / 137.036), 6)
    0.142341
    """
    return 4.0 * alpha / math.pi * math.log(m_susy / m)
