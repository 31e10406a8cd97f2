r"""The mass eigenstates of a pair of vector-like leptons that mix with a lepton, with their components.

In the basis of the light state and two vectors orthogonal to it, the heavy states are those of a 2 x 2 matrix.
Components are then accurate to the last digit of the largest one, which self-energies need; see
`g2fit.models.vll.representations.mass_matrix` for what keeps all digits of small mixings.
"""

from math import log, sqrt
from typing import Final, NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.vll.oblique import rotation
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.mass_matrix import Charged, Doubly, Neutral

__all__ = ["Charges", "Components", "Sector", "State", "States", "isospins", "mass_eigenstates", "raising"]

#: Relative distance of two squared masses below which they follow from the matrix between the two states.
NEAR_EQUAL: Final = 0.1


class Components(NamedTuple):
    """One number for each of the components l, D and X of a state, 0 where there is none."""

    l: float
    D: float
    X: float


class Charges(NamedTuple):
    """Numbers of the components with the charges 1, 0, -1 and -2."""

    plus: Components
    zero: Components
    minus: Components
    double: Components


@scalar
def isospins(c: Content) -> Charges:
    """Return the isospins T3 of the left-handed components; those of the right-handed ones differ in e_R, with 0."""
    return Charges(
        Components(0.0, 0.0, 1.0 * c.X_plus),
        Components(0.5, 0.5 * c.D_neutral, (0.5 + c.N_X) * c.X_neutral),
        Components(-0.5, c.T_D, c.T_X),
        Components(0.0, -0.5 * c.D_double, -1.0 * c.X_double),
    )


@scalar
def raising(c: Content) -> Charges:
    """Return the W couplings between each component and that of the next higher charge."""
    return Charges(
        Components(0.0, 0.0, 0.0),
        Components(0.0, 0.0, -sqrt(2.0) * c.X_plus),
        Components(1.0, c.W_D, c.W_X),
        Components(0.0, c.WW_D, c.WW_X),
    )


class State(NamedTuple):
    """A mass eigenstate: squared mass in units of m_Z^2, its logarithm, and its components.

    Left-handed components are those of the lepton, D and X; right-handed ones have isospin only in D and X.
    """

    squared: float
    log: float
    l: float
    D: float
    X: float
    D_R: float
    X_R: float


class Sector(NamedTuple):
    """The states of one charge: a light one, and of the two heavy ones the last `heavy`; the others are undefined."""

    heavy: int
    light: State
    one: State
    two: State


@scalar
def _complement(n1: float, n2: float, n3: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Two vectors that form an orthonormal basis with the unit vector n; n1 > -1."""
    scale = -1.0 / (1.0 + n1)
    return (-n2, 1.0 + scale * n2 * n2, scale * n2 * n3), (-n3, scale * n2 * n3, 1.0 + scale * n3 * n3)


class _Masses(NamedTuple):
    """Masses of two states whose mass matrix is [[b11, b12], [b21, b22]], and their mixing.

    The squared masses are in units of m_Z^2. The heavier state is cos (state 1) + sin (state 2), with indices L and R;
    the left-handed lighter state has the additional factor `sign`.
    """

    m1_2: float
    m2_2: float
    cos_L: float
    sin_L: float
    cos_R: float
    sin_R: float
    sign: float


@scalar
def _diagonalise(
    b: tuple[float, float, float, float], D: bool, X: bool, masses: tuple[float, float], m_Z: float
) -> _Masses:
    """Rotate two states with the mass matrix b and the squared masses m1 <= m2, all in GeV.

    Where both are nearly equal, their difference has lost digits and is computed from b. D and X tell which of the two
    fields has such a state; if only one does, it becomes the heavier one.
    """
    m1_2, m2_2 = masses
    half = 0.5 * (b[0] * b[0] + b[2] * b[2] - b[1] * b[1] - b[3] * b[3])
    cos, sin = (1.0, 0.0) if D else (0.0, 1.0)
    if D == X:
        cos, sin = rotation(half, b[0] * b[1] + b[2] * b[3])
    x, y = b[0] * cos + b[1] * sin, b[2] * cos + b[3] * sin
    length = x * x + y * y
    if m2_2 - m1_2 < NEAR_EQUAL * m2_2:
        m1_2, m2_2 = (b[1] * cos - b[0] * sin) ** 2 + (b[3] * cos - b[2] * sin) ** 2, length
    inverse, scale = 1.0 / sqrt(length), 1.0 / (m_Z * m_Z)
    sign = -1.0 if b[0] * b[3] - b[1] * b[2] < 0.0 else 1.0
    return _Masses(m1_2 * scale, m2_2 * scale, x * inverse, y * inverse, cos, sin, sign)


@scalar
def _charged(c: Charged, content: Content, m_Z: float) -> Sector:
    """Return the states with Q = -1."""
    p, q = _complement(c.u1, c.u2, c.u3)
    r, s = _complement(c.w1, c.w2, c.w3)
    p1, p2, p3 = p[0] * c.a + p[1] * c.c1, p[1] * c.p + p[2] * c.s, p[0] * c.a1 + p[1] * c.q + p[2] * c.t
    q1, q2, q3 = q[0] * c.a + q[1] * c.c1, q[1] * c.p + q[2] * c.s, q[0] * c.a1 + q[1] * c.q + q[2] * c.t
    b11, b12 = p1 * r[0] + p2 * r[1] + p3 * r[2], p1 * s[0] + p2 * s[1] + p3 * s[2]
    b21, b22 = q1 * r[0] + q2 * r[1] + q3 * r[2], q1 * s[0] + q2 * s[1] + q3 * s[2]
    D, X = content.D_charged, content.X_charged
    m = _diagonalise((b11, b12, b21, b22), D, X, (c.m1_2, c.m2_2), m_Z)
    cos, sin = m.sign * m.cos_L, m.sign * m.sin_L
    one = State(
        m.m1_2,
        log(m.m1_2),
        cos * q[0] - sin * p[0],
        cos * q[1] - sin * p[1],
        cos * q[2] - sin * p[2],
        m.cos_R * s[1] - m.sin_R * r[1],
        m.cos_R * s[2] - m.sin_R * r[2],
    )
    two = State(
        m.m2_2,
        log(m.m2_2),
        m.cos_L * p[0] + m.sin_L * q[0],
        m.cos_L * p[1] + m.sin_L * q[1],
        m.cos_L * p[2] + m.sin_L * q[2],
        m.cos_R * r[1] + m.sin_R * s[1],
        m.cos_R * r[2] + m.sin_R * s[2],
    )
    squared = (c.m / m_Z) ** 2
    return Sector(D + X, State(squared, log(squared), c.u1, c.u2, c.u3, c.w2, c.w3), one, two)


@scalar
def _neutral(n: Neutral, content: Content, m_Z: float) -> Sector:
    """Return the neutral states, of which the first is massless and has no right-handed components."""
    D, X = content.D_neutral, content.X_neutral
    light = State(0.0, 0.0, n.n1, n.n2, n.n3, 0.0, 0.0)
    if not (D or X):
        return Sector(0, light, light, light)
    p, q = _complement(n.n1, n.n2, n.n3)
    b11, b12 = p[1] * n.p + p[2] * n.s, p[0] * n.r + p[1] * n.q + p[2] * n.t
    b21, b22 = q[1] * n.p + q[2] * n.s, q[0] * n.r + q[1] * n.q + q[2] * n.t
    m = _diagonalise((b11, b12, b21, b22), D, X, (n.m1_2, n.m2_2), m_Z)
    cos, sin = m.sign * m.cos_L, m.sign * m.sin_L
    left = cos * q[0] - sin * p[0], cos * q[1] - sin * p[1], cos * q[2] - sin * p[2]
    one = State(m.m1_2, log(m.m1_2), left[0], left[1], left[2], -m.sin_R, m.cos_R)
    cos, sin = m.cos_L, m.sin_L
    left = cos * p[0] + sin * q[0], cos * p[1] + sin * q[1], cos * p[2] + sin * q[2]
    return Sector(D + X, light, one, State(m.m2_2, log(m.m2_2), left[0], left[1], left[2], m.cos_R, m.sin_R))


@scalar
def _doubly(d: Doubly, content: Content, m_Z: float) -> Sector:
    """Return the states with Q = -2."""
    D, X = content.D_double, content.X_double
    none = State(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if not (D or X):
        return Sector(0, none, none, none)
    m = _diagonalise((d.p, d.q, d.s, d.t), D, X, (d.m1_2, d.m2_2), m_Z)
    one = State(m.m1_2, log(m.m1_2), 0.0, -m.sign * m.sin_L, m.sign * m.cos_L, -m.sin_R, m.cos_R)
    return Sector(D + X, none, one, State(m.m2_2, log(m.m2_2), 0.0, m.cos_L, m.sin_L, m.cos_R, m.sin_R))


@scalar
def _plus(M_X: float, content: Content, m_Z: float) -> Sector:
    """Return the state with Q = +1, which mixes with nothing."""
    none, squared = State(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 1.0
    if content.X_plus:
        squared = (M_X / m_Z) ** 2
    return Sector(int(content.X_plus), none, none, State(squared, log(squared), 0.0, 0.0, 1.0, 0.0, 1.0))


class States(NamedTuple):
    """The states of all charges."""

    plus: Sector
    zero: Sector
    minus: Sector
    double: Sector


@scalar
def mass_eigenstates(
    charged: Charged, neutral: Neutral, doubly: Doubly, M_X: float, content: Content, m_Z: float
) -> States:
    """Return the states of all charges of a point.

    >>> from g2fit.models.vll.representations.fields import PAIRS, Point
    >>> from g2fit.models.vll.representations.mass_matrix import charged_states, doubly_charged_states, neutral_states
    >>> point, content = Point(17.4, 0.0, 0.0, 0.0, 500.0, 900.0, 0.1056583745), PAIRS["L", "E"]
    >>> charged, neutral = charged_states(point, content), neutral_states(point, content)
    >>> states = mass_eigenstates(charged, neutral, doubly_charged_states(point, content), 900.0, content, 91.1876)
    >>> [sector.heavy for sector in states], round(states.minus.two.X, 6), round(states.minus.two.l, 6)
    ([0, 1, 2, 0], 0.999813, 0.01933)
    """
    return States(
        _plus(M_X, content, m_Z),
        _neutral(neutral, content, m_Z),
        _charged(charged, content, m_Z),
        _doubly(doubly, content, m_Z),
    )
