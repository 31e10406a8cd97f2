"""The electric dipole moment of the electron: how real the couplings behind its magnetic moment must be."""

from math import atan

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import HBAR_C

__all__ = ["dimensionless_edm", "fill_phases", "largest_edm_phase"]


def dimensionless_edm(d_e: float, m_e: float) -> float:
    """2 m_e |d_e|/e, which compares with an anomalous magnetic moment, for d_e in e cm and m_e in GeV.

    >>> f"{dimensionless_edm(4.1e-30, 0.00051099895):.4e}"
    '2.1235e-19'
    """
    return 2.0 * m_e * d_e / HBAR_C


@scalar
def largest_edm_phase(delta_a_e: float, d_e_max: float) -> float:
    """Largest phase between the electron's dipole operator and its mass that the bound on d_e allows.

    A dipole operator whose coefficient has phase phi against the mass gives d_e = e Delta a_e tan(phi)/(2 m_e). The
    bound `d_e_max` on 2 m_e |d_e|/e is a pure number, 2.1235e-19 for 4.1e-30 e cm (2212.11841). The phase is in rad,
    pi/2 if Delta a_e is zero; sec. IV of 2106.01373 discusses it.

    >>> round(largest_edm_phase(-8.7e-13, 2.1235e-19) * 1e7, 3)
    2.441
    """
    return atan(d_e_max / abs(delta_a_e))


@kernel
def fill_phases(
    delta_a_e: FloatArray, Delta_e: FloatArray, bound: float, dipole: FloatArray, mu_M1: FloatArray
) -> None:
    """Fill the largest phases, in rad, of the dipole operator against the mass, and of mu M1; NaN for invalid points.

    Let the bino diagrams of moment and mass have the phase phi of mu M1, a = K exp(i phi) and Delta exp(i phi). The
    moment relative to the mass then has the phase tan^-1[sin(phi)/(cos(phi) + Delta)], phi/(1 + Delta) for small phi:
    near Delta = -1 the phase of mu M1 must be smaller than that of the dipole by the factor |1 + Delta|. `bound` is
    `dimensionless_edm`; the phase of mu M1 is to first order.

    >>> import numpy as np
    >>> phases = np.empty(1), np.empty(1)
    >>> fill_phases(np.array([-8.7e-13]), np.array([-0.97]), 2.1235e-19, *phases)
    >>> [float(f"{phase[0]:.3g}") for phase in phases]
    [2.44e-07, 7.32e-09]
    """
    for i in range(len(dipole)):
        dipole[i] = largest_edm_phase(delta_a_e[i], bound)
        mu_M1[i] = abs(1.0 + Delta_e[i]) * bound / abs(delta_a_e[i])
