"""Couplings of leptons and neutrinos to W, Z and Higgs bosons at tree level, for leptons that share partners.

The mass eigenstates of the neutrinos are not observed, so that rates are sums over them.
"""

from g2fit.core.jit import scalar
from g2fit.core.types import ComplexArray
from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour.arrays import square
from g2fit.models.vll.flavour.spectrum import Spectrum
from g2fit.models.vll.representations.fields import Content

__all__ = ["neutrino_shift", "w_width_shift", "z_shifts"]


@scalar
def w_width_shift(work: ComplexArray, states: Spectrum, content: Content, i: int) -> float:
    """Relative change of the width of W -> l_i nu, summed over the massless neutrinos.

    With the couplings T u_i of lepton i to all neutral fields it is |T u_i|^2 - 1, minus the part of the heavy neutral
    states, r^+ (M^+ M)^-1 r with r = M^+ T u_i.

    >>> import numpy as np
    >>> from g2fit.models.vll.flavour.arrays import new_work
    >>> from g2fit.models.vll.flavour.spectrum import Couplings, fill_spectrum
    >>> from g2fit.models.vll.representations.fields import content_of
    >>> work, content = new_work(2), content_of(("N",))
    >>> work[arrays.LAMBDA_X, 0, :2] = 0.1 * 174, -0.2j * 174
    >>> masses = np.array([0.000511, 0.10566])
    >>> states = fill_spectrum(work, masses, np.empty(2), Couplings(0j, 0j, 1740.0, 1740.0), content)
    >>> [round(w_width_shift(work, states, content, i) * (1 + 0.05 * 0.01) * 1e4, 9) for i in (0, 1)]
    [-1.0, -4.0]
    """
    neutral, u = work[arrays.NEUTRAL], work[arrays.U]
    n, h = work.shape[1] - 2, states.neutral
    D, X = u[n, i], u[n + 1, i]
    change = (content.W_D**2 - 1.0) * square(D) + (content.W_X**2 - 1.0) * square(X)
    r_D = content.W_D * h.p * D + content.W_X * h.s.conjugate() * X
    r_X = content.W_D * h.q.conjugate() * D + content.W_X * h.t * X
    for k in range(n):
        r_X += neutral[k, n + 1].conjugate() * u[k, i]
    # M^+ M = [[a, b], [b^*, c]] and its determinant
    a, b, c = h.p * h.p + square(h.s), h.p * h.q + h.s.conjugate() * h.t, square(h.q) + h.t * h.t + states.r2
    heavy = c * square(r_D) + a * square(r_X) - 2.0 * (r_D.conjugate() * b * r_X).real
    total: float = change - heavy / (states.n1_2 * states.n2_2)
    return total


@scalar
def z_shifts(work: ComplexArray, content: Content, i: int) -> tuple[float, float]:
    """Shifts of the left- and right-handed Z couplings of lepton i to itself, in units of g_2/cos(theta_W)."""
    u, w = work[arrays.U], work[arrays.W]
    n = work.shape[1] - 2
    L = (content.T_D + 0.5) * square(u[n, i]) + (content.T_X + 0.5) * square(u[n + 1, i])
    return L, content.T_D * square(w[n, i]) + content.T_X * square(w[n + 1, i])


@scalar
def neutrino_shift(work: ComplexArray, states: Spectrum, content: Content, i: int) -> float:
    """Shift of the Z coupling of the neutrino of flavour i, the diagonal element in the basis of the doublets.

    One combination of neutrinos mixes with the partners; flavour i has the share |lambda_X i|^2/sum |lambda_X|^2 of it.
    """
    lambda_X = work[arrays.LAMBDA_X, 0]
    if states.r2 == 0.0:
        return 0.0
    share = square(content.a_0 * lambda_X[i]) / states.r2
    return share * (content.N_D * states.nu_D + content.N_X * states.nu_X)
