"""Threshold corrections Delta_l to the lepton Yukawa couplings."""

from __future__ import annotations

import math
from typing import NamedTuple

from g2fit.jit import scalar
from g2fit.models.mssm.loops import loop_I
from g2fit.models.mssm.spectrum import KAPPA, Couplings, Gauginos, Lepton, Sleptons, slepton_masses

__all__ = ["Bino", "bino_diagram", "delta_mia", "one_plus_delta", "one_plus_delta_at_edge", "tree_yukawa"]


@scalar
def tree_yukawa(m: float, tan_beta: float, v: float) -> float:
    """Yukawa coupling without threshold correction, ``(m_l/v) sqrt(1 + tan(beta)^2)``, eq. 2.1 of 1906.08768.

    >>> round(tree_yukawa(0.1056583715, 70.0, 174.1), 7)
    0.0424862
    """
    return m / v * math.sqrt(1.0 + tan_beta * tan_beta)


@scalar
def delta_mia(lepton: Lepton, gauginos: Gauginos, couplings: Couplings) -> float:
    """Delta_l in the mass-insertion approximation, eq. 2.2 of 1906.08768.

    ``mu tan(beta) g_Y^2 M1/(16 pi^2) I(M1^2, mL^2, mR^2)``

    >>> point_1 = Gauginos(1.5e3, 1e3, -1e5, 70.0)
    >>> round(delta_mia(Lepton(0.000511, 2.4e3, 2.3e3, 0.0), point_1, Couplings(0.3574, 0.652, 174.1)), 6)
    -0.993149
    """
    M1 = gauginos.M1
    strength = gauginos.mu * gauginos.tan_beta * couplings.g_Y * couplings.g_Y * M1 * KAPPA
    return strength * loop_I(M1 * M1, lepton.mL * lepton.mL, lepton.mR * lepton.mR)


class Bino(NamedTuple):
    """What the bino diagram contributes besides slepton masses: M1^2 in GeV^2 and `strength` = Delta/I in GeV^2."""

    M1_2: float
    strength: float


@scalar
def bino_diagram(gauginos: Gauginos, generation: Sleptons, g_Y: float) -> Bino:
    """Prefactor of the bino diagram, ``-(A v_d - mu v_u)/v_d g_Y^2 M1/(16 pi^2)``.

    >>> bino_diagram(Gauginos(100.0, 0.0, 0.0, 0.0), Sleptons(1.0, 1.0, 1.0, 1.0, -16.0 * math.pi**2), 1.0).strength
    100.0
    """
    M1 = gauginos.M1
    return Bino(M1 * M1, -generation.mixing / math.sqrt(generation.vd2) * g_Y * g_Y * M1 * KAPPA)


@scalar
def one_plus_delta(y2: float, generation: Sleptons, bino: Bino) -> float:
    """Return 1 + Delta_l at Yukawa coupling squared `y2`, with exact slepton mixing.

    Bino diagram: ``Delta = (mu - A/tan(beta)) tan(beta) g_Y^2 M1/(16 pi^2) I(M1^2, m_1^2, m_2^2)``, eq. 2.2 of
    1906.08768 with mass eigenvalues in place of soft masses. It is exact because
    ``sum_k U_kL U_kR B0(m_k) = m2_LR [B0(m_1) - B0(m_2)]/(m_1^2 - m_2^2)``. NaN for a tachyon.
    """
    m2_1, m2_2 = slepton_masses(y2, generation)
    return 1.0 + bino.strength * loop_I(bino.M1_2, m2_1, m2_2)


@scalar
def one_plus_delta_at_edge(y2: float, generation: Sleptons, bino: Bino) -> float:
    """Return 1 + Delta_l where the lighter slepton is exactly massless, y2 being the square of `yukawa_edge`."""
    return 1.0 + bino.strength * loop_I(bino.M1_2, 0.0, generation.m2_L + generation.m2_R + 2.0 * y2 * generation.vd2)
