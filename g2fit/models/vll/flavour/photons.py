r"""The decay h -> gamma gamma with complex Higgs couplings of the heavy leptons.

Real parts of the couplings contribute to the amplitude that conserves CP, relative to the Standard Model

    kappa_gamma = 1 + sum_j Q_j^2 Re(lam_jj v/m_j) A_1/2(tau_j)/A_SM,

and imaginary parts to another one, with 2 arcsin^2(sqrt(tau))/tau for A_1/2, that does not interfere with it; sums are
traces as in `g2fit.models.vll.representations.photons`. The leptons' own loops are left out.
"""

from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import ComplexArray, FloatArray
from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour.arrays import square
from g2fit.models.vll.flavour.spectrum import Spectrum
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.photons import linear_in_mass2, pseudoscalar, spin_half_linear

__all__ = ["Photons", "photon_couplings"]


class Photons(NamedTuple):
    """Amplitudes of h -> gamma gamma over that of the Standard Model: CP-even and CP-odd, real and imaginary parts."""

    even: float
    even_imaginary: float
    odd: float
    odd_imaginary: float


@scalar
def _odd_linear(m1_2: float, m2_2: float, m_h: float) -> tuple[float, float, float, float]:
    """`pseudoscalar` of two masses as a linear function of the squared mass, see `linear_in_mass2`."""
    quarter = 0.25 * m_h * m_h
    return linear_in_mass2(pseudoscalar(quarter / m1_2), pseudoscalar(quarter / m2_2), m1_2, m2_2)


@scalar
def _sum(trace: complex, squares: complex, m1_2: float, m2_2: float, m_h: float) -> Photons:
    """Sum over two states; `trace` and `squares` are those of (M - M_0) M^-1 and (M - M_0) M^+ over them."""
    a, b, c, d = spin_half_linear(m1_2, m2_2, m_h)
    even, even_imaginary = a * trace.real + b * squares.real, c * trace.real + d * squares.real
    a, b, c, d = _odd_linear(m1_2, m2_2, m_h)
    return Photons(even, even_imaginary, a * trace.imag + b * squares.imag, c * trace.imag + d * squares.imag)


@scalar
def photon_couplings(
    work: ComplexArray, states: Spectrum, masses: FloatArray, content: Content, m_h: float, standard: float
) -> Photons:
    """Return the contributions of the partners that the leptons share; `standard` is the `standard_amplitude`.

    >>> import numpy as np
    >>> from g2fit.models.vll.flavour.arrays import new_work
    >>> from g2fit.models.vll.flavour.spectrum import Couplings, fill_spectrum
    >>> from g2fit.models.vll.representations.fields import PAIRS
    >>> work, masses, content = new_work(1), np.array([0.1056583745]), PAIRS["L", "E"]
    >>> states = fill_spectrum(work, masses, np.empty(1), Couplings(174 + 0j, 174j, 2000.0, 2000.0), content)
    >>> photons = photon_couplings(work, states, masses, content, 125.1, -6.492)
    >>> x = 1j * (174 / 2000) ** 2  # heavy leptons: times -2 x/(1 - x) are 4/3 (even) and 2 (odd) over -6.492
    >>> [round(p / e, 3) for p, e in zip(photons[::2], ((-2 * x / (1 - x)).real, (-2 * x / (1 - x)).imag))]
    [-0.199, -0.308]
    """
    lambda_X, lambda_D = work[arrays.LAMBDA_X, 0], work[arrays.LAMBDA_D, 0]
    charged, overlap = work[arrays.CHARGED], work[arrays.OVERLAP]
    n, h = len(masses), states.charged
    J, qs, trace, squares = h.p * h.t - h.q * h.s, h.q * h.s, 0j, 0j
    inverse = J.conjugate() * (1.0 / square(J))
    for i in range(n):
        trace += overlap[i, i] * (1.0 / masses[i])
        squares += square(lambda_D[i]) + square(content.a_1 * lambda_X[i])
        squares -= masses[i] * (masses[i] - overlap[i, i])
        for j in range(n):
            squares += square(charged[i, j])
    trace += -2.0 * qs * inverse + 2.0 * h.p * h.t * h.s * inverse * inverse * states.leptons.trace
    squares += square(h.q) + square(h.s)
    total = _sum(trace, squares, states.leptons.m1_2, states.leptons.m2_2, m_h)
    even, even_imaginary, odd, odd_imaginary = total
    if content.D_double and content.X_double:
        h = states.doubly
        J = h.p * h.t - h.q * h.s
        trace = -8.0 * h.q * h.s * J.conjugate() * (1.0 / square(J))
        twice = _sum(trace, 4.0 * (square(h.q) + square(h.s)) + 0j, states.e1_2, states.e2_2, m_h)
        even, even_imaginary = even + twice.even, even_imaginary + twice.even_imaginary
        odd, odd_imaginary = odd + twice.odd, odd_imaginary + twice.odd_imaginary
    scale = 1.0 / standard
    return Photons(scale * even, scale * even_imaginary, scale * odd, scale * odd_imaginary)
