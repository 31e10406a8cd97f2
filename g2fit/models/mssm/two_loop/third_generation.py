"""The bottom Yukawa coupling from measured masses: running mass at m_Z and threshold correction."""

import math

from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.loops import I
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos

__all__ = ["bottom_mass_drbar", "delta_bottom", "strong_coupling"]


def strong_coupling(Q: float, Lambda: float) -> float:
    """alpha_s(Q), MSbar with five flavours at three loops, from Lambda_QCD; both in GeV (hep-ph/0207126 eq. 9).

    >>> round(strong_coupling(91.1876, 0.217), 4)
    0.1187
    """
    t = 2.0 * math.log(Q / Lambda)
    log_t, b = math.log(t), 348.0 / 529.0
    three_loops = (b / t) ** 2 * ((log_t - 0.5) ** 2 - 78073.0 / 242208.0)
    return 12.0 * math.pi / (23.0 * t) * (1.0 - b * log_t / t + three_loops)


def bottom_mass_drbar(m_b: float, alpha_s: float, m_Z: float) -> float:
    """Running mass of the bottom quark at m_Z in the DRbar scheme, GeV (hep-ph/0207126 eqs. 5, 9 and 11).

    Parameters
    ----------
    m_b : float
        m_b(m_b) in the MSbar scheme, GeV.
    alpha_s : float
        Strong coupling at m_Z, MSbar with five flavours.
    m_Z : float
        Mass of the Z boson, GeV.

    Examples
    --------
    >>> round(bottom_mass_drbar(4.18, 0.1184, 91.1876), 9)
    2.824036526
    """
    from scipy.optimize import brentq

    Lambda = brentq(lambda scale: strong_coupling(m_Z, scale) - alpha_s, 1e-3, 10.0, xtol=1e-15, rtol=1e-14)

    def running(alpha: float) -> float:
        a = alpha / math.pi
        return float((23.0 / 6.0 * a) ** (12.0 / 23.0) * (1.0 + a * (3731.0 / 3174.0 + 1.500706 * a)))

    a = alpha_s / math.pi
    drbar = 1.0 + a * (-1.0 / 3.0 - 29.0 / 72.0 * a)
    return m_b * running(alpha_s) / running(strong_coupling(m_b, Lambda)) * drbar


def delta_bottom(
    squarks: tuple[float, float], M3: float, alpha_s: float, electroweakinos: Electroweakinos, couplings: Couplings
) -> float:
    """Threshold correction to the bottom Yukawa coupling for v much below all masses, 0808.1530 eqs. 31-33 and 103.

    ``tan(beta) mu {2 alpha_s M3/(3 pi) I(Q, D, M3) - g_Y^2 M1/(96 pi^2) [I(Q, mu, M1) + 2 I(D, mu, M1)]
    - g_Y^2 M1/(144 pi^2) I(Q, D, M1) - 3 g_2^2 M2/(32 pi^2) I(Q, mu, M2)}``, with I of squared masses, as GM2Calc
    evaluates it: the part of A_t cancels there. Positive for mu M3 > 0.

    Parameters
    ----------
    squarks : (float, float)
        Soft masses m_Q3 and m_D3, GeV.
    M3 : float
        Mass of the gluino with sign, GeV.
    alpha_s : float
        Strong coupling.
    electroweakinos : Electroweakinos
        M1, M2, mu in GeV, tan(beta).
    couplings : Couplings
        Gauge couplings.

    Examples
    --------
    >>> point = Electroweakinos(1.5e3, 1e3, -1e5, 70.0)
    >>> round(delta_bottom((3e4, 3e4), -2e4, 0.1184, point, Couplings(0.3541295079, 0.66122462365, 171.9)), 7)
    2.4808955
    """
    M1, M2, mu, tan_beta = electroweakinos
    Q, D, H, B, W, G = (float(mass) ** 2 for mass in (*squarks, mu, M1, M2, M3))
    gluino = 32.0 / 3.0 * 4.0 * math.pi * alpha_s / 4.0 * M3 * I(Q, D, G)
    bino = couplings.g_Y**2 * M1 * (-(I(Q, H, B) + 2.0 * I(D, H, B)) / 6.0 - I(Q, D, B) / 9.0)
    wino = -1.5 * couplings.g_2**2 * M2 * I(Q, H, W)
    return float(tan_beta * mu * LOOP_FACTOR * (gluino + bino + wino))
