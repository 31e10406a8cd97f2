r"""Exact mixing of a lepton with a pair of vector-like leptons, in closed form.

The mass matrix of the states with Q = -1 is M = [[a, r], [c, H]], where H is that of the partners alone, and m the mass
of the lepton. With Q = (H^T H - m^2)^-1 and P = (H H^T - m^2)^-1,

    a = r Q H^T c + m sqrt[(1 + r Q r^T)(1 + c^T P c)]

is the bare mass y v that gives the lepton its mass. The second solution has the opposite sign of the root; it is the
first one with the opposite sign of lambda_D, up to the sign of the lepton field. Solutions exist if all partners are
heavier than the lepton. No eigenvector is computed numerically: functions of two heavy masses follow from
f(A) = f(m1^2) + (A - m1^2) f[m1^2, m2^2], see `g2fit.models.vll.mixing`.

Where a field has no state of a charge, a state without couplings takes its place, with the bare mass of the other
field; the larger one of the two heavy masses is then that of the state that exists.
"""

from math import copysign, sqrt
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.vll.representations.fields import Content, Point

__all__ = [
    "EQUAL",
    "Charged",
    "Doubly",
    "Neutral",
    "charged_states",
    "doublet_is_heavier",
    "doubly_charged_states",
    "larger",
    "neutral_states",
    "neutrino_mixing",
]

#: Relative distance of two squared masses below which they count as equal.
EQUAL = 1e-12


class Charged(NamedTuple):
    """The states with Q = -1 in the basis (l, D, X): mass matrix in GeV, lepton, and heavy masses.

    The mass matrix is [[a, 0, a1], [c1, p, q], [0, s, t]]; u and w are the left- and right-handed lepton, and `m1_2`
    and `m2_2` the squared masses of the heavy states. If `exists` is false, there is no solution and the rest is
    undefined.
    """

    exists: bool
    m: float
    a: float
    a1: float
    c1: float
    p: float
    q: float
    s: float
    t: float
    u1: float
    u2: float
    u3: float
    w1: float
    w2: float
    w3: float
    m1_2: float
    m2_2: float


class Neutral(NamedTuple):
    """The neutral states in the basis (nu, D, X): mass matrix [[0, r], [p, q], [s, t]] in GeV, massless state."""

    r: float
    p: float
    q: float
    s: float
    t: float
    n1: float
    n2: float
    n3: float
    m1_2: float
    m2_2: float


class Doubly(NamedTuple):
    """The states with Q = -2 in the basis (D, X): mass matrix [[p, q], [s, t]] in GeV, and squared masses."""

    p: float
    q: float
    s: float
    t: float
    m1_2: float
    m2_2: float


@scalar
def larger(total: float, product: float) -> float:
    """Return the larger of two numbers, the squares of masses, from their sum and the root of their product."""
    half = 0.5 * total
    return half + sqrt(max((half - product) * (half + product), 0.0))


@scalar
def _larger_of_two(p: float, q: float, s: float, t: float, r: float) -> float:
    """Return the larger squared mass of [[0, r], [p, q], [s, t]], accurate also where both masses are nearly equal."""
    first, second = p * p + s * s, q * q + t * t + r * r
    half, off_diagonal = 0.5 * (first - second), p * q + s * t
    return 0.5 * (first + second) + sqrt(half * half + off_diagonal * off_diagonal)


@scalar
def charged_states(point: Point, content: Content) -> Charged:
    """Mixing of the states with Q = -1.

    >>> from g2fit.models.vll.representations.fields import PAIRS
    >>> point = Point(174 * 0.1, 174 * 0.2, 174 * 0.5, 174 * -0.3, 1000.0, 800.0, 0.1056583745)
    >>> states = charged_states(point, PAIRS["L", "E"])
    >>> round(states.a, 10), round(states.u3, 10), round(states.w2, 10)
    (0.1450338291, -0.0216220593, -0.0345826493)
    """
    m, m2 = point.m, point.m * point.m
    a1, c1 = content.a_1 * point.lambda_X, point.lambda_D
    q, s = content.b_1 * point.lambda_, content.b_1 * point.lambda_bar
    p = point.M_D if content.D_charged else point.M_X
    t = point.M_X if content.X_charged else point.M_D
    p2, q2, s2, t2 = p * p, q * q, s * s, t * t
    J, total = p * t - q * s, p2 + q2 + s2 + t2
    d = J * J - m2 * (total - m2)
    exists = d > 0.0 and total > 2.0 * m2
    inverse = 1.0 / d
    row, column = (p2 + s2 - m2) * inverse, (s2 + t2 - m2) * inverse
    ru, rw = 1.0 + a1 * a1 * row, 1.0 + c1 * c1 * column
    R, rho = sqrt(ru * rw), sqrt(ru / rw)
    cross = (s * J + m2 * q) * inverse
    a = m * R - a1 * c1 * cross
    u2 = a1 * cross - m * c1 * column * rho
    u3 = (m * c1 * (p * s + q * t) * rho - a1 * (p * J - m2 * t)) * inverse
    w2 = (m * a1 * (p * q + s * t) - c1 * (t * J - m2 * p) * rho) * inverse
    w3 = c1 * cross * rho - m * a1 * row
    N = 1.0 / sqrt(1.0 + u2 * u2 + u3 * u3)
    product = abs(J * R - m * a1 * c1 * ((p * q + s * t) * t + s * (p2 + s2 - m2)) * inverse)
    if content.D_charged and content.X_charged:
        m2_2 = larger(total + a * a + a1 * a1 + c1 * c1 - m2, product)
        m1 = product / sqrt(m2_2)
    else:  # the state without couplings has the mass p = t
        m1 = p
        m2_2 = (product / p) ** 2
    return Charged(exists, m, a, a1, c1, p, q, s, t, N, N * u2, N * u3, N * rho, N * w2, N * w3, m1 * m1, m2_2)


@scalar
def neutral_states(point: Point, content: Content) -> Neutral:
    """Mixing of the neutral states; one is massless, with a positive component of the neutrino.

    >>> from g2fit.models.vll.representations.fields import PAIRS
    >>> point = Point(174 * -0.3, 174 * 0.4, 0.0, 174 * 1.0, 1000.0, 1100.0, 0.1056583745)
    >>> states = neutral_states(point, PAIRS["L", "N"])
    >>> round(states.m1_2**0.5, 9), round(states.m2_2**0.5, 9)
    (953.662656498, 1154.784991936)
    """
    r, q, s = content.a_0 * point.lambda_X, content.b_0 * point.lambda_, content.b_0 * point.lambda_bar
    p = point.M_D if content.D_neutral else point.M_X
    t = point.M_X if content.X_neutral else point.M_D
    J = p * t - q * s
    product = sqrt(J * J + r * r * (p * p + s * s))
    m2_2 = _larger_of_two(p, q, s, t, r)
    m1, scale = product / sqrt(m2_2), copysign(1.0 / product, J)
    return Neutral(r, p, q, s, t, J * scale, r * s * scale, -r * p * scale, m1 * m1, m2_2)


@scalar
def doubly_charged_states(point: Point, content: Content) -> Doubly:
    """Mixing of the states with Q = -2.

    >>> from g2fit.models.vll.representations.fields import PAIRS
    >>> point = Point(17.4, 17.4, 0.0, 0.0, 1000.0, 1100.0, 0.1056583745)
    >>> states = doubly_charged_states(point, PAIRS["L_3/2", "Sigma1"])
    >>> round(states.m1_2**0.5, 9), round(states.m2_2**0.5, 9)
    (1000.0, 1100.0)
    """
    q, s = content.b_2 * point.lambda_, content.b_2 * point.lambda_bar
    p = point.M_D if content.D_double else point.M_X
    t = point.M_X if content.X_double else point.M_D
    product = abs(p * t - q * s)
    m2_2 = _larger_of_two(p, q, s, t, 0.0)
    m1 = product / sqrt(m2_2)
    return Doubly(p, q, s, t, m1 * m1, m2_2)


@scalar
def doublet_is_heavier(charged: Charged) -> bool:
    """Whether the heavier one of the heavy states with Q = -1 has more of the doublet D than the lighter one.

    The content of a state is the mean of |U_D|^2 and |V_D|^2, left- and right-handed. The sums over the heavy states j
    of U_Dj^2 and of m_j^2 U_Dj^2 follow from u and from the element (D, D) of M M^T, so that no eigenvector is needed;
    the contents of both states are equal where these sums are in the ratio of the mean of m_j^2.

    >>> from g2fit.models.vll.representations.fields import PAIRS
    >>> points = [Point(0.0, 0.0, 50.0, 50.0, M_L, 1000.0, 0.1056583745) for M_L in (900.0, 1100.0)]
    >>> [doublet_is_heavier(charged_states(point, PAIRS["L", "E"])) for point in points]
    [False, True]
    """
    c = charged
    light = c.u2 * c.u2 + c.w2 * c.w2
    weighted = c.c1 * c.c1 + 2.0 * c.p * c.p + c.q * c.q + c.s * c.s - c.m * c.m * light
    return weighted > 0.5 * (c.m1_2 + c.m2_2) * (2.0 - light)


@scalar
def neutrino_mixing(charged: Charged, neutral: Neutral, content: Content) -> tuple[float, float]:
    """Squared couplings of the lighter and the heavier heavy neutrino to the W boson and the lepton, left-handed.

    They are the squares of the components of T u, u being the left-handed lepton and T the W couplings, along the heavy
    states. If there is only one, it is the second one.

    >>> from g2fit.models.vll.representations.fields import PAIRS, content_of
    >>> point = Point(17.4, 0.0, 0.0, 0.0, 1000.0, 1000.0, 0.1056583745)
    >>> for names in (("N",), ("L", "N")):
    ...     content = content_of(names)
    ...     states = charged_states(point, content), neutral_states(point, content)
    ...     print([round(1e4 * U2, 8) for U2 in neutrino_mixing(*states, content)])
    [0.0, 3.02668364]
    [0.0, 3.02668364]
    """
    n = neutral
    x1, x2, x3 = charged.u1, content.W_D * charged.u2, content.W_X * charged.u3
    y1, y2, y3 = x2 * n.n3 - x3 * n.n2, x3 * n.n1 - x1 * n.n3, x1 * n.n2 - x2 * n.n1
    both = y1 * y1 + y2 * y2 + y3 * y3
    gap = n.m2_2 - n.m1_2
    if not (content.D_neutral and content.X_neutral):
        return 0.0, both
    if gap < EQUAL * n.m2_2:
        return 0.5 * both, 0.5 * both
    first, second = n.p * x2 + n.s * x3, n.r * x1 + n.q * x2 + n.t * x3
    heavier = min(max((first * first + second * second - n.m1_2 * both) / gap, 0.0), both)
    return both - heavier, heavier
