"""Couplings of the lepton and its neutrino to W, Z and Higgs bosons at tree level: exact shifts by the mixing.

Only components with another isospin than that of the Standard Model's field contribute, so that nothing cancels. The
leading terms in v/M are those of dimension-six operators (0803.4008); with t = (lambda v/M)^2

    field     dgL_W   dgL_Z   dgR_Z   dgL_Z_nu   kappa - 1
    N         -1/2     0       0       -1/2        0
    E         -1/2     1/2     0        0         -1
    L          0       0      -1/2      0         -1
    L_3/2      0       0       1/2      0         -1
    Sigma0     1/8    -1/4     0       -1/8       -1/2
    Sigma1     1/8     1/8     0        1/4       -1/4
"""

from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.mass_matrix import Charged, Neutral

__all__ = ["Shifts", "coupling_shifts", "mass_overlap"]


class Shifts(NamedTuple):
    """Shifts of the couplings: of the W boson to l and nu, of the Z boson to both; kappa is that of the Higgs boson.

    W couplings are in units of g_2/sqrt(2), Z couplings in units of g_2/cos(theta_W), and kappa in units of m/v.
    """

    W: float
    Z_L: float
    Z_R: float
    Z_nu: float
    kappa: float


@scalar
def mass_overlap(charged: Charged) -> float:
    """Return u.M_0 w in GeV, with M_0 the masses of the partners without the Higgs field: what kappa loses, times m."""
    return charged.p * charged.u2 * charged.w2 + charged.t * charged.u3 * charged.w3


@scalar
def coupling_shifts(charged: Charged, neutral: Neutral, content: Content) -> Shifts:
    """Return the exact shifts.

    >>> from g2fit.models.vll.representations.fields import PAIRS, Point
    >>> from g2fit.models.vll.representations.mass_matrix import charged_states, neutral_states
    >>> point = Point(174.0 * 0.1, 174.0 * 0.1, 0.0, 0.0, 1740.0, 1740.0, 0.1056583745)
    >>> states = [(charged_states(point, content), neutral_states(point, content), content) for content in
    ...           (PAIRS["L", "E"], PAIRS["L", "Sigma1"])]
    >>> [[round(1e4 * (x - n), 4) for x, n in zip(coupling_shifts(*s), (0, 0, 0, 0, 1))] for s in states]
    [[-0.5, 0.5, -0.5, 0.0, -1.9998], [0.125, 0.125, -0.5, 0.25, -1.2499]]
    """
    u2, u3, w2, w3 = charged.u2, charged.u3, charged.w2, charged.w3
    n2, n3 = neutral.n2, neutral.n3
    lost = charged.u1 * (n2 * n2 + n3 * n3) / (1.0 + neutral.n1) + (u2 * u2 + u3 * u3) / (1.0 + charged.u1)
    return Shifts(
        content.W_D * n2 * u2 + content.W_X * n3 * u3 - lost,
        (content.T_D + 0.5) * u2 * u2 + (content.T_X + 0.5) * u3 * u3,
        content.T_D * w2 * w2 + content.T_X * w3 * w3,
        content.N_D * n2 * n2 + content.N_X * n3 * n3,
        1.0 - mass_overlap(charged) / charged.m,
    )
