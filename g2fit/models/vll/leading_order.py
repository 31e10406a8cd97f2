"""The formulas of Arkani-Hamed and Harigaya, 2106.01373: one function per equation.

All functions take the masses m_S, m_L, m_l, m_W of singlet, doublet, lepton and W boson (positive) and the vacuum
expectation value v = 174 GeV (not 246 GeV) in GeV, and the Yukawa couplings with their signs; Y_Vp is the paper's Y_V'.
With the two combinations

    P = Y_L Y_R,    Y_h = Y_V m_S/m_L + Y_V'    (`effective_yukawa`)

every chirality-flipping result is proportional to P Y_h. The function F and, below the cut-off, the logarithm of eq (4)
are positive, so that Delta a_l and Delta m_l always have opposite signs. Two signs do not depend on the phases of the
fields: that of P Y_V' (or P Y_V), on which the signs of Delta a_l and Delta m_l depend, and that of Y_V Y_V', by which
the two terms of Y_h add or cancel.
"""

from math import log

from g2fit.core.jit import scalar
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.vll.loops import log_slope

__all__ = [
    "coupling_shift",
    "delta_a_flip",
    "delta_a_leading_log",
    "delta_a_top",
    "delta_yukawa",
    "effective_yukawa",
    "mixing",
    "tau_ratio",
]


@scalar
def effective_yukawa(Y_V: float, Y_Vp: float, m_S: float, m_L: float) -> float:
    """Y_h = Y_V m_S/m_L + Y_V', the coupling of doublet to singlet common to eqs (4), (9), (11), (12) and (14).

    >>> effective_yukawa(1.0, 0.5, 500.0, 1000.0)
    1.0
    """
    return Y_V * m_S / m_L + Y_Vp


@scalar
def mixing(Y: float, m: float, v: float) -> float:
    """Return t = (Y v/m)^2, the squared mixing angle of eqs (15) to (18) of 2106.01373.

    t_L takes Y_L and m_S (left-handed neutrino with the singlet), t_R takes Y_R and m_L (right-handed lepton with the
    doublet).

    >>> round(mixing(0.5, 870.0, 174.0), 15)
    0.01
    """
    angle = Y * v / m
    return angle * angle


@scalar
def delta_yukawa(P: float, Y_h: float, L4: float) -> float:
    """Radiative lepton Yukawa coupling, eq (4) of 2106.01373; times v it is the shift of the lepton mass.

    L4 is the logarithm `g2fit.models.vll.loops.L4` of (m_S, m_L, Lambda).

    >>> from g2fit.models.vll.loops import L4
    >>> round(delta_yukawa(0.12, 1.1, float(L4(1100.0, 1000.0, 1e5))), 15)
    -0.006780822249575
    """
    return -P * Y_h * LOOP_FACTOR * L4


@scalar
def delta_a_leading_log(P: float, Y_h: float, m_S: float, m_L: float, m_l: float, m_W: float, v: float) -> float:
    """Delta a_l in the leading-logarithmic approximation for m_W << m_S << m_L, eq (11) of 2106.01373.

    The constant -3/2 beside the logarithm is left out; `delta_a_flip` is the full result.

    >>> round(delta_a_leading_log(0.12, 1.1, 1100.0, 1000.0, 0.1056583745, 80.379, 174.0) * 1e9, 12)
    2.57619105368
    """
    x = m_S * m_S / (m_W * m_W)
    log_x = (m_S - m_W) * (m_S + m_W) / (m_W * m_W) * log_slope(x, 1.0, log(x), 0.0)
    scale = m_W / (m_S * m_L)
    return 6.0 * P * LOOP_FACTOR * scale * scale * v * m_l * Y_h * log_x


@scalar
def delta_a_flip(P: float, Y_h: float, f_tilde: float, m_l: float, m_W: float, v: float) -> float:
    """Delta a_l of the W loop at leading order in the mixing, eq (12) of 2106.01373; it decreases as 1/M^4.

    f_tilde is F(x, y)/(x y) at x = m_S^2/m_W^2, y = m_L^2/m_W^2.

    >>> from g2fit.models.vll.loops import F
    >>> x, y = (1100.0 / 80.379) ** 2, (1000.0 / 80.379) ** 2
    >>> round(delta_a_flip(0.12, 1.1, float(F(x, y)) / (x * y), 0.1056583745, 80.379, 174.0) * 1e9, 12)
    1.364461432061
    """
    return 6.0 * P * LOOP_FACTOR * (v * m_l / (m_W * m_W)) * Y_h * f_tilde


@scalar
def delta_a_top(P: float, Y_h: float, slope: float, m_l: float, y_t: float, v: float) -> float:
    """Delta a_l of the top loop on the Higgs line (two loops), eq (14) of 2106.01373; it decreases as 1/M^2.

    Its sign is opposite to that of eq (12): it is -9, -16, -28 % of eq (12) at m_S = m_L = 650, 1000, 1500 GeV.

    The slope is ln(m_L^2/m_S^2)/(m_L^2 - m_S^2) in GeV^-2, and y_t the top Yukawa coupling.

    >>> from math import log
    >>> round(delta_a_top(0.12, 1.1, log(1e6 / 1.21e6) / (1e6 - 1.21e6), 0.1056583745, 163 / 174, 174.0) * 1e10, 10)
    -2.32560314
    """
    return -3.0 * y_t * y_t * P * LOOP_FACTOR**2 * v * m_l * Y_h * slope


@scalar
def coupling_shift(t: float) -> float:
    """Shift of a gauge coupling by mixing, eq (16) of 2106.01373.

    t_L gives dgL_W = dgL_Znu, and t_R gives dgR_Zl. In this normalisation the W coupling is 1 and the Z coupling is
    T3 - Q s_W^2.

    >>> coupling_shift(0.016)
    -0.008
    """
    return -0.5 * t


@scalar
def tau_ratio(t_L: float, R_tau_SM: float) -> float:
    """Gamma(tau -> mu nu nu)/Gamma(tau -> e nu nu) with partners of the muon only, to first order in t_L.

    It leads to eq (18) of 2106.01373.

    >>> round(tau_ratio(0.0057, 0.9726), 8)
    0.96705618
    """
    return R_tau_SM * (1.0 - t_L)
