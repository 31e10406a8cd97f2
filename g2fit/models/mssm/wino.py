"""A wino that is the lightest supersymmetric particle: the mass splitting of its multiplet, and its lifetime."""

import math

from g2fit.core.jit import scalar

__all__ = ["wino_lifetime", "wino_splitting"]

#: Masses in MeV, lifetime in ns and branching ratio to a muon of the charged pion, of the Review of Particle Physics.
M_PI, TAU_PI, BR_PI_MU = 139.57039, 26.033, 0.999877
#: Mass of the muon in MeV.
M_MU = 105.6583755
#: Fermi constant in 1/MeV^2, and hbar in MeV ns.
G_F, HBAR = 1.1663788e-11, 6.582119569e-13
#: Range of the fit in `wino_splitting`, in GeV.
LIGHTEST, HEAVIEST = 100.0, 4000.0


@scalar
def wino_splitting(m: float) -> float:
    """Mass of the charged minus mass of the neutral component of a pure wino triplet, in MeV, from two loops.

    The fit to the two-loop calculation, eq. (3) of 1212.5989 (Phys. Lett. B 721, 252): with L = ln(m/GeV)
    ``-413.315 + 305.383 L - 60.8831 L^2 + 5.41948 L^3 - 0.181509 L^4``, for m from 100 GeV to 4 TeV; beyond them the
    value at the end. `m` is the mass in GeV. The error of the calculation is about 0.5 MeV.

    >>> [round(wino_splitting(m), 1) for m in (100.0, 660.0, 3000.0)]
    [149.5, 163.7, 164.5]
    """
    L = math.log(min(max(m, LIGHTEST), HEAVIEST))
    return -413.315 + L * (305.383 + L * (-60.8831 + L * (5.41948 - L * 0.181509)))


@scalar
def wino_lifetime(splitting: float) -> float:
    """Lifetime in ns of the charged component of a wino, which decays to the neutral one; `splitting` is in MeV.

    The width to a pion is, eq. (8) of 1212.5989,
    ``Gamma(pi -> mu nu) 16 d^3/(m_pi m_mu^2) sqrt(1 - m_pi^2/d^2)/(1 - m_mu^2/m_pi^2)^2`` with the splitting d, and
    that to an electron and a neutrino ``2 G_F^2 d^5/(15 pi^3)``, two per cent of it. Muons (a few per mille) and, above
    a few hundred MeV, more than one pion are left out, so that there it is an upper bound. Infinite for d <= 0.

    >>> round(wino_lifetime(163.7), 3)
    0.197
    """
    if splitting <= 0.0:
        return math.inf
    width = 2.0 * G_F * G_F * splitting**5 / (15.0 * math.pi**3 * HBAR)
    if splitting > M_PI:
        phase_space = math.sqrt(1.0 - (M_PI / splitting) ** 2) / (1.0 - (M_MU / M_PI) ** 2) ** 2
        width += BR_PI_MU / TAU_PI * 16.0 * splitting**3 / (M_PI * M_MU * M_MU) * phase_space
    return 1.0 / width
