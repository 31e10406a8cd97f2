r"""The decay h -> gamma gamma: the loops of vector-like leptons relative to the amplitude of the Standard Model.

With tau = m_h^2/(4 m^2), a fermion of charge Q whose mass is proportional to the Higgs field contributes Q^2 A_1/2(tau)
(Djouadi, hep-ph/0503172). A heavy lepton j has the coupling lam_jj instead of m_j/v, so that

    kappa_gamma = 1 + sum_j Q_j^2 (lam_jj v/m_j) A_1/2(tau_j)/A_SM.

The sum over the states of one charge is a function of the mass matrix M, of which M_0 does not contain the Higgs field:
sum_j (lam_jj v/m_j) f(m_j^2) = tr[(M - M_0) M^-1 f(M M^T)]. The light lepton's own loop is left out.
"""

from math import asin, atanh, pi, sqrt
from typing import Final

import numpy as np

from g2fit.core.jit import interpreted, scalar
from g2fit.models.vll.loops import power_series
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.mass_matrix import EQUAL, Charged, Doubly

__all__ = [
    "M_TOP",
    "linear_in_mass2",
    "photon_coupling",
    "pseudoscalar",
    "spin_half",
    "spin_half_linear",
    "standard_amplitude",
]

#: Pole mass of the top quark, GeV (PDG 2024), whatever the option `constants` says: 0.1 GeV more change the
#: amplitude of the Standard Model by one part in 90 000.
M_TOP: Final = 172.57
#: tau below which A_1/2 is evaluated by its series.
SMALL: Final = 0.1

#: Coefficients of arcsin^2(sqrt(tau)) = tau + tau^2/3 + ..., and of A_1/2, in powers of tau.
_ARCSIN = [1.0]
for _n in range(1, 19):
    _ARCSIN.append(_ARCSIN[-1] * 2.0 * _n * _n / ((2.0 * _n + 1.0) * (_n + 1.0)))
SERIES = 2.0 * (np.array(_ARCSIN[:-1]) - np.array(_ARCSIN[1:]))
#: The same of 2 arcsin^2(sqrt(tau))/tau.
ODD_SERIES = 2.0 * np.array(_ARCSIN)


@scalar
def _f(tau: float) -> tuple[float, float]:
    """Real and imaginary part of arcsin^2(sqrt(tau)), continued above the threshold tau = 1."""
    if tau <= 1.0:
        angle = asin(sqrt(tau))
        return angle * angle, 0.0
    L = 2.0 * atanh(sqrt(1.0 - 1.0 / tau))
    return 0.25 * (pi * pi - L * L), 0.5 * pi * L


@scalar
def spin_half(tau: float) -> tuple[float, float]:
    """Real and imaginary part of A_1/2 = 2 [tau + (tau - 1) arcsin^2(sqrt(tau))]/tau^2; 4/3 for heavy fermions.

    >>> [round(x, 12) for x in spin_half(0.0)], spin_half(1.0)
    ([1.333333333333, 0.0], (2.0, 0.0))
    >>> abs(spin_half(0.0999999999)[0] - spin_half(0.1000000001)[0]) < 1e-10
    True
    """
    if tau < SMALL:
        return power_series(SERIES, tau, 18), 0.0
    real, imaginary = _f(tau)
    scale = 2.0 / (tau * tau)
    return scale * (tau + (tau - 1.0) * real), scale * (tau - 1.0) * imaginary


@scalar
def pseudoscalar(tau: float) -> tuple[float, float]:
    """Real and imaginary part of 2 arcsin^2(sqrt(tau))/tau, the loop of a coupling that violates CP (hep-ph/0503173).

    >>> pseudoscalar(0.0), round(pseudoscalar(1.0)[0], 12) == round(pi**2 / 2, 12)
    ((2.0, 0.0), True)
    """
    if tau < SMALL:
        return power_series(ODD_SERIES, tau, 18), 0.0
    real, imaginary = _f(tau)
    return 2.0 * real / tau, 2.0 * imaginary / tau


def standard_amplitude(m_W: float, m_h: float, m_t: float) -> float:
    """Amplitude of the W boson and the top quark: A_1 + 4/3 A_1/2, A_1 = -[2 tau^2 + 3 tau + 3 (2 tau - 1) f]/tau^2.

    >>> round(standard_amplitude(80.379, 125.1, 172.57), 3)
    -6.492
    """
    tau = (0.5 * m_h / m_W) ** 2
    A_1 = -(2.0 * tau * tau + 3.0 * tau + 3.0 * (2.0 * tau - 1.0) * asin(sqrt(tau)) ** 2) / (tau * tau)
    top = (0.5 * m_h / m_t) ** 2
    f = interpreted(_f)(top)[0]
    return float(A_1 + 8.0 / 3.0 * (top + (top - 1.0) * f) / (top * top))


@scalar
def linear_in_mass2(
    first: tuple[float, float], second: tuple[float, float], m1_2: float, m2_2: float
) -> tuple[float, float, float, float]:
    """Linear function base + slope m^2 of the squared mass from the complex values at two masses.

    Returned are base and slope of the real part and of the imaginary part.

    >>> linear_in_mass2((1.0, 0.0), (2.0, 3.0), 1.0, 2.0)
    (0.0, 1.0, -3.0, 3.0)
    """
    (real1, imaginary1), (real2, imaginary2) = first, second
    if m2_2 - m1_2 < EQUAL * m2_2:
        return real1, 0.0, imaginary1, 0.0
    inverse = 1.0 / (m2_2 - m1_2)
    real, imaginary = (real2 - real1) * inverse, (imaginary2 - imaginary1) * inverse
    return real1 - m1_2 * real, real, imaginary1 - m1_2 * imaginary, imaginary


@scalar
def spin_half_linear(m1_2: float, m2_2: float, m_h: float) -> tuple[float, float, float, float]:
    """A_1/2 of two masses as a linear function of the squared mass, see `linear_in_mass2`."""
    quarter = 0.25 * m_h * m_h
    return linear_in_mass2(spin_half(quarter / m1_2), spin_half(quarter / m2_2), m1_2, m2_2)


@scalar
def photon_coupling(
    charged: Charged, doubly: Doubly, kappa: float, content: Content, m_h: float, standard: float
) -> tuple[float, float]:
    """Return the contribution to kappa_gamma; it has an imaginary part where h -> two heavy leptons is open.

    `kappa` is the Higgs coupling of the lepton in units of m/v, and `standard` the `standard_amplitude`. The rate of
    h -> gamma gamma relative to the Standard Model is |kappa_gamma|^2.

    >>> from g2fit.models.vll.representations.fields import PAIRS, Point
    >>> from g2fit.models.vll.representations.mass_matrix import charged_states, doubly_charged_states
    >>> content, point = PAIRS["L", "E"], Point(0.0, 0.0, 174.0, 174.0, 2000.0, 2000.0, 0.1056583745)
    >>> states = charged_states(point, content), doubly_charged_states(point, content)
    >>> round(photon_coupling(*states, 1.0, content, 125.1, -6.492)[0], 6)  # 1 - 2 (v/M)^2/(1 - (v/M)^2) A_1/2/A_SM
    0.003135
    """
    c = charged
    real0, real1, imaginary0, imaginary1 = spin_half_linear(c.m1_2, c.m2_2, m_h)
    loop, qs = c.a1 * c.c1 * c.s, c.q * c.s
    trace = (c.a * (c.p * c.t - 3.0 * qs) + 3.0 * loop) / (c.a * (c.p * c.t - qs) + loop) - kappa
    squares = c.a * c.a + c.a1 * c.a1 + c.c1 * c.c1 + c.q * c.q + c.s * c.s - kappa * c.m * c.m
    real, imaginary = real0 * trace + real1 * squares, imaginary0 * trace + imaginary1 * squares
    if content.D_double and content.X_double:
        d = doubly
        real0, real1, imaginary0, imaginary1 = spin_half_linear(d.m1_2, d.m2_2, m_h)
        trace, squares = -8.0 * d.q * d.s / (d.p * d.t - d.q * d.s), 4.0 * (d.q * d.q + d.s * d.s)
        real += real0 * trace + real1 * squares
        imaginary += imaginary0 * trace + imaginary1 * squares
    return real / standard, imaginary / standard
