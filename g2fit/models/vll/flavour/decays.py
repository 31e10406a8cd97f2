"""Electric dipole moments, and decays that change the flavour of leptons, from amplitudes and couplings."""

from math import pi
from typing import Final, NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.constants import HBAR_C

__all__ = ["WIDTHS", "Widths", "edm", "higgs_branching_ratio", "photon_branching_ratio"]

#: Reduced Planck constant, GeV s.
HBAR: Final = HBAR_C / 2.99792458e10


class Widths(NamedTuple):
    """Total widths of muon and tau, from their measured lifetimes (PDG 2026), and of the Higgs boson, in GeV.

    The Higgs boson's width is that of the Standard Model, 4.1 MeV (as quoted in 2409.13663).
    """

    mu: float = HBAR / 2.1969811e-6
    tau: float = HBAR / 2.9029085e-13
    h: float = 4.1e-3


WIDTHS: Final = Widths()


@scalar
def edm(A_ii: complex) -> float:
    """Electric dipole moment in e cm, -Im A_ii/2 for e > 0, of a dipole amplitude in 1/GeV.

    >>> edm(-2j / 1.973269804593025e-14)
    1.0
    """
    return -0.5 * A_ii.imag * HBAR_C


@scalar
def photon_branching_ratio(A2: float, m: float, alpha: float, width: float) -> float:
    """Branching ratio of l_j -> l_i gamma at one loop, alpha m_j^3 (|A_ij|^2 + |A_ji|^2)/16 over the total width.

    `A2` is the sum of the two squares in 1/GeV^2, `m` the mass of the decaying lepton; alpha is that at q^2 = 0. QED
    corrections, which reduce the rate by (8 alpha/pi) ln(M/m), about 15 % (hep-ph/0106237), are left out.

    >>> round(photon_branching_ratio((1.2e-13) ** 2, 0.1056583755, 1 / 137.035999, WIDTHS.mu) * 1e14, 4)
    2.5857
    """
    return alpha * m * m * m * A2 / (16.0 * width)


@scalar
def higgs_branching_ratio(lam2: float, m_h: float, width: float) -> float:
    """Branching ratio of h -> l_i l_j, both charges together: m_h (|lam_ij|^2 + |lam_ji|^2)/(16 pi) over the width.

    `lam2` is the sum of the two squares, with -L = (h/sqrt 2) lam_ij lbar_i P_R l_j + h.c. (1209.1397, Y = lam/sqrt 2);
    lepton masses are neglected, and `width` is the total width in GeV.

    Of 1712.07173: 0.25 % for h -> mu tau belongs to |Y_mutau|^2 + |Y_taumu|^2 = (1.43e-3)^2.

    >>> round(higgs_branching_ratio(2.0 * 1.43e-3**2, 125.0, WIDTHS.h), 4)
    0.0025
    """
    return m_h * lam2 / (16.0 * pi * width)
