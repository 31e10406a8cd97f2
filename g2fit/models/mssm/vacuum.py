"""Metastability of the electroweak vacuum against a slepton condensate."""

import math

from g2fit.core.jit import embedded

__all__ = ["ETA_LIGHT", "ETA_TAU", "vacuum_bound", "vacuum_ratio"]

#: eta_l of the electron and the muon, whose Yukawa coupling does not matter to the quartic potential.
ETA_LIGHT = 0.88
#: eta_l of the tau at tan(beta) ~ 70.
ETA_TAU = 1.0


@embedded
def vacuum_bound(mL: float, mR: float, eta: float) -> float:
    """Largest |m2_LR| (GeV^2) of a long-lived vacuum, the fit of 1309.3065 to the tree-level bounce.

    ``eta [1.01e2 sqrt(mL mR) + 1.01e2 (mL + 1.03 mR) - 2.27e4 + 2.97e6/(mL + mR) - 1.14e8 (1/mL^2 + 0.983/mR^2)]``
    with soft masses in GeV. The coefficients were not read off the source's page: they were corroborated by an
    independent computation of the bounce (Euclidean action 400) and by the formula of 1303.0461 rescaled with m_tau.
    That computation lies at 0.93 to 0.98 of the fit with eta = 1 for y = 0.003 to 0.3 and soft masses of 0.4 to
    12 TeV, where it is thus good to 10 %. Below soft masses of about 100 GeV the fit is meaningless (negative).

    >>> round(vacuum_bound(6000.0, 6000.0, 0.88), 3)
    1596074.674
    """
    return eta * (
        1.01e2 * math.sqrt(mL * mR)
        + 1.01e2 * (mL + 1.03 * mR)
        - 2.27e4
        + 2.97e6 / (mL + mR)
        - 1.14e8 * (1.0 / (mL * mL) + 0.983 / (mR * mR))
    )


@embedded
def vacuum_ratio(m2_LR: float, mL: float, mR: float, eta: float) -> float:
    """|m2_LR| over its bound: above 1 the vacuum decays; infinity where the fit allows no mixing at all.

    `m2_LR` (GeV^2) contains the resummed Yukawa coupling.

    >>> round(vacuum_ratio(-4.0e5, 6000.0, 6000.0, 0.88), 6)
    0.250615
    """
    bound = vacuum_bound(mL, mR, eta)
    if bound <= 0.0:
        return math.inf
    return abs(m2_LR) / bound
