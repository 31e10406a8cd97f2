"""All states at one point: mass matrices by charge, the leptons among them, and the heavy masses."""

from math import sqrt
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import ComplexArray, FloatArray
from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour.arrays import square
from g2fit.models.vll.flavour.leptons import Leptons, Partners, fill_leptons, set_partners
from g2fit.models.vll.representations.fields import Content

__all__ = ["Couplings", "Spectrum", "fill_spectrum"]


class Couplings(NamedTuple):
    """Parameters that the leptons share: couplings times v, and masses, in GeV."""

    lambda_: complex
    lambda_bar: complex
    M_D: float
    M_X: float


class Spectrum(NamedTuple):
    """What is not in the arrays, see `g2fit.models.vll.flavour.arrays`.

    - `charged`, `neutral`, `doubly`: mass matrices of D and X alone;
    - `leptons`: heavy masses with Q = -1, then the squared masses of the others, GeV^2;
    - `r2`: the squared mixing of the neutrinos with X in the neutral mass matrix, GeV^2;
    - `nu_D`, `nu_X`: squared components of the massless neutrino that mixes.
    """

    exists: bool
    charged: Partners
    neutral: Partners
    doubly: Partners
    leptons: Leptons
    n1_2: float
    n2_2: float
    e1_2: float
    e2_2: float
    r2: float
    nu_D: float
    nu_X: float


@scalar
def _heavy_masses(h: Partners, r2: float) -> tuple[float, float]:
    """Product of the masses and larger squared mass of [[0, r], [p, q], [s, t]], accurate for equal masses too."""
    J = h.p * h.t - h.q * h.s
    first, second = h.p * h.p + square(h.s), square(h.q) + h.t * h.t + r2
    half, mixed = 0.5 * (first - second), square(h.p * h.q + h.s.conjugate() * h.t)
    return sqrt(square(J) + r2 * first), 0.5 * (first + second) + sqrt(half * half + mixed)


@scalar
def fill_spectrum(work: ComplexArray, masses: FloatArray, d: FloatArray, c: Couplings, content: Content) -> Spectrum:
    """Fill mass matrices and leptons, whose couplings are those in `work`; see `fill_leptons` for `masses` and `d`.

    >>> import numpy as np
    >>> from g2fit.models.vll.flavour.arrays import new_work
    >>> from g2fit.models.vll.representations.fields import PAIRS
    >>> work = new_work(1)
    >>> work[arrays.LAMBDA_X, 0, 0] = -0.3 * 174
    >>> point = Couplings(0j, 174.0 + 0j, 1000.0, 1100.0)
    >>> states = fill_spectrum(work, np.array([0.1056583745]), np.empty(1), point, PAIRS["L", "N"])
    >>> round(states.n1_2**0.5, 9), round(states.n2_2**0.5, 9)
    (953.662656498, 1154.784991936)
    """
    n, lambda_X = len(masses), work[arrays.LAMBDA_X, 0]
    D_charged = c.M_D if content.D_charged else c.M_X
    X_charged = c.M_X if content.X_charged else c.M_D
    charged = Partners(D_charged, content.b_1 * c.lambda_, content.b_1 * c.lambda_bar, X_charged)
    D_neutral = c.M_D if content.D_neutral else c.M_X
    X_neutral = c.M_X if content.X_neutral else c.M_D
    neutral = Partners(D_neutral, content.b_0 * c.lambda_, content.b_0 * c.lambda_bar, X_neutral)
    D_double = c.M_D if content.D_double else c.M_X
    X_double = c.M_X if content.X_double else c.M_D
    doubly = Partners(D_double, content.b_2 * c.lambda_, content.b_2 * c.lambda_bar, X_double)
    leptons = fill_leptons(work, masses, d, content.a_1, charged)
    r2 = 0.0
    for i in range(n):
        work[arrays.NEUTRAL, i, n + 1] = content.a_0 * lambda_X[i]
        r2 += content.a_0 * content.a_0 * square(lambda_X[i])
    set_partners(work[arrays.NEUTRAL], neutral)
    set_partners(work[arrays.DOUBLY], doubly)
    n12, n2_2 = _heavy_masses(neutral, r2)
    e12, e2_2 = _heavy_masses(doubly, 0.0)
    n1, e1, inverse = n12 / sqrt(n2_2), e12 / sqrt(e2_2), 1.0 / (n12 * n12)
    return Spectrum(
        leptons.exists and n1 > 0.0 and e1 > 0.0,
        charged,
        neutral,
        doubly,
        leptons,
        n1 * n1,
        n2_2,
        e1 * e1,
        e2_2,
        r2,
        r2 * square(neutral.s) * inverse,
        r2 * neutral.p * neutral.p * inverse,
    )
