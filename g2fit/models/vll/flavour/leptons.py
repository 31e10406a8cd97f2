r"""Exact mixing of n leptons with one pair of vector-like leptons, with complex couplings, in closed form.

The mass matrix of the states with Q = -1 is M = [[Y, R], [C, H]]: Y = y v are the bare masses of the leptons,
R = r (0, 1) and C = (1, 0) c their mixing with D and X (a column r = a_1 lambda_X v and a row c = lambda_D v), and
H = [[p, q], [s, t]] the mass matrix of the partners alone. A lepton of mass m is a pair of vectors with M w = m u and
M^+ u = m w. Without their components of D and X,

    S w = m K_u u,   S^+ u = m K_w w,   S = Y - R (H^+ H - m^2)^-1 H^+ C,
    K_u = 1 + R (H^+ H - m^2)^-1 R^+,   K_w = 1 + C^+ (H H^+ - m^2)^-1 C.

For one lepton S = m sqrt(K_u K_w) gives Y, as in `g2fit.models.vll.representations.mass_matrix`. For several, the
masses do not determine a matrix; the basis of the leptons, in which their couplings are given, is the one in which

    Y = R H^-1 C + K_u^(1/2) diag(d) K_w^(1/2)         (both K at m = 0, positive roots).

The couplings then mix leptons only through their partners: the light vectors are K_u^(-1/2) and K_w^(-1/2) up to
m^2/M^2. The numbers d differ from the masses by this order, and follow from an iteration, which gains at least
a factor of M/m a step. All matrices in S and K are products of the vectors r and c, so that no matrix is inverted.
"""

from math import sqrt
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import ComplexArray, FloatArray
from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour.arrays import square
from g2fit.models.vll.representations.mass_matrix import larger

__all__ = ["Leptons", "Partners", "fill_leptons", "set_partners"]

#: Largest number of steps of the iteration, and the relative change at which it ends.
STEPS = 100
PRECISION = 1e-15


class Partners(NamedTuple):
    """Mass matrix [[p, q], [s, t]] of D and X in one charge, in GeV; its diagonal is real."""

    p: float
    q: complex
    s: complex
    t: float


class Leptons(NamedTuple):
    """What is not in the arrays: squared masses of the heavy states in GeV^2, and c S^-1 r at m = 0.

    If `exists` is false, no bare masses give the lepton masses, or a partner is not heavier.
    """

    exists: bool
    m1_2: float
    m2_2: float
    trace: complex


class _Resolvents(NamedTuple):
    """Columns of matrices, with P = (H H^+ - m^2)^-1 and Q = (H^+ H - m^2)^-1.

    `PH`: column X of P H, `P`: column D of P, `QH`: column D of Q H^+, `Q`: column X of Q; each with the rows D and X.
    `d` is the determinant of H H^+ - m^2, and `shift` (column D, row X) [Q H^+ - H^-1]/m^2.
    """

    d: float
    PH_D: complex
    PH_X: complex
    P_D: float
    P_X: complex
    QH_D: complex
    QH_X: complex
    Q_D: complex
    Q_X: float
    shift: complex


@scalar
def _resolvents(h: Partners, m: float) -> _Resolvents:
    p, q, s, t, m2 = h.p, h.q, h.s, h.t, m * m
    J, qc, sc = p * t - q * s, q.conjugate(), s.conjugate()
    Jc, total = J.conjugate(), p * p + square(q) + square(s) + t * t
    d = square(J) - m2 * (total - m2)
    i = 1.0 / d
    return _Resolvents(
        d,
        -(J * sc + m2 * q) * i,
        (J * p - m2 * t) * i,
        (t * t + square(s) - m2) * i,
        -(qc * t + p * s) * i,
        (Jc * t - m2 * p) * i,
        -(Jc * s + m2 * qc) * i,
        -(t * sc + p * q) * i,
        (p * p + square(s) - m2) * i,
        -(qc * J + s * (total - m2)) * Jc * (i / square(J)),
    )


@scalar
def _store(work: ComplexArray, i: int, m: float, of: _Resolvents, alpha: complex, beta: complex) -> None:
    """Add the components of D and X to lepton i, and normalise it; alpha = r^+ u and beta = c w."""
    u, w = work[arrays.U], work[arrays.W]
    n = work.shape[1] - 2
    u[n, i] = -(of.PH_D * alpha + m * of.P_D * beta)
    u[n + 1, i] = -(of.PH_X * alpha + m * of.P_X * beta)
    w[n, i] = -(of.QH_D * beta + m * of.Q_D * alpha)
    w[n + 1, i] = -(of.QH_X * beta + m * of.Q_X * alpha)
    left, right = 0.0, 0.0
    for k in range(n + 2):
        left += square(u[k, i])
        right += square(w[k, i])
    left, right = 1.0 / sqrt(left), 1.0 / sqrt(right)
    for k in range(n + 2):
        u[k, i] *= left
        w[k, i] *= right


@scalar
def _one(work: ComplexArray, m: float, a_1: float, h: Partners) -> tuple[bool, float, complex]:
    """One lepton: fill vectors and bare mass; return whether it exists, the product of heavy masses, and c S^-1 r."""
    lambda_X, lambda_D = work[arrays.LAMBDA_X, 0], work[arrays.LAMBDA_D, 0]
    charged, u, w = work[arrays.CHARGED], work[arrays.U], work[arrays.W]
    of, J = _resolvents(h, m), h.p * h.t - h.q * h.s
    if not (of.d > 0.0 and h.p * h.p + square(h.q) + square(h.s) + h.t * h.t > 2.0 * m * m):
        return False, 0.0, 0j
    r, c = a_1 * lambda_X[0], lambda_D[0]
    ru, rw = 1.0 + square(r) * of.Q_X, 1.0 + square(c) * of.P_D
    root, rho = sqrt(ru * rw), sqrt(ru / rw)
    charged[0, 0] = m * root + r * c * of.QH_X
    u[0, 0], w[0, 0] = 1.0, rho
    _store(work, 0, m, of, r.conjugate(), c * rho)
    S = root + m * of.shift * r * c  # over m
    return True, sqrt(square(J) * square(S)), r * c * S.conjugate() * (1.0 / (m * square(S)))


class _Squares(NamedTuple):
    """kappa: [(H^+ H)^-1]_XX or [(H H^+)^-1]_DD, and sigma = sqrt(1 + kappa |r|^2), the root of an eigenvalue of K."""

    kappa_u: float
    sigma_u: float
    kappa_w: float
    sigma_w: float


@scalar
def _excess(own: float, mixed: float, m2: float, d: float, J2: float) -> float:
    """[Q_XX or P_DD] minus its value at m = 0, without cancellation."""
    return m2 * (own * own + mixed - own * m2) / (d * J2)


@scalar
def _improve(
    work: ComplexArray,
    d: FloatArray,
    i: int,
    m: float,
    factors: tuple[float, float],
    links: tuple[complex, float, float],
) -> float:
    """One step for lepton i: solve for its components of the other leptons, then for `d`; return the relative change.

    With r' = K_u^(-1/2) r and c' = c K_w^(-1/2), which are `factors` times lambda_X and lambda_D, the vectors
    x = K_u^(1/2) u and y = K_w^(1/2) w obey

        d y - m x = r' (links_0 beta + links_1 alpha) = P,   d x - m y = c'^+ (links_0^* alpha + links_2 beta) = Q,

    with alpha = r'^+ x and beta = c' y, which the other leptons' components change linearly.
    """
    x, y, X, D = work[arrays.U], work[arrays.W], work[arrays.LAMBDA_X, 0], work[arrays.LAMBDA_D, 0]
    (f_u, f_w), (A, B, C) = factors, links
    cross, a, b = 0j, 0.0, 0.0
    for k in range(len(d)):
        if k != i:
            inverse = 1.0 / ((d[k] - m) * (d[k] + m))
            cross += f_u * f_w * inverse * d[k] * X[k] * D[k]
            a += f_u * f_u * inverse * m * square(X[k])
            b += f_w * f_w * inverse * m * square(D[k])
    # alpha = alpha_0 + cross^* (A^* alpha + C beta) + a (A beta + B alpha), and the same for beta
    aa, ab = 1.0 - (cross * A).conjugate() - a * B, cross.conjugate() * C + a * A
    bb, ba = 1.0 - cross * A - b * C, cross * B + b * A.conjugate()
    alpha_0, beta_0 = f_u * X[i].conjugate(), f_w * D[i] * y[i, i]
    determinant = aa * bb - ab * ba
    inverse = 1.0 / square(determinant)
    alpha = (alpha_0 * bb + ab * beta_0) * determinant.conjugate() * inverse
    beta = (aa * beta_0 + ba * alpha_0) * determinant.conjugate() * inverse
    one, two, change = f_u * (A * beta + B * alpha), f_w * (A.conjugate() * alpha + C * beta), 0.0
    for k in range(len(d)):
        P, Q = one * X[k], two * D[k].conjugate()
        if k == i:
            half = 0.5 * Q.real
            new = half + sqrt(half * half + m * (m + P.real))
            z = (m + P) * (1.0 / new)
            change = max(change, abs(new - d[i]) / m, abs(z - y[i, i]))
            d[i], y[i, i] = new, z
        else:
            inverse = 1.0 / ((d[k] - m) * (d[k] + m))
            new_y, new_x = (d[k] * P + m * Q) * inverse, (d[k] * Q + m * P) * inverse
            change = max(change, abs(new_y - y[k, i]), abs(new_x - x[k, i]))
            y[k, i], x[k, i] = new_y, new_x
    return change


@scalar
def _several(
    work: ComplexArray, masses: FloatArray, d: FloatArray, a_1: float, h: Partners
) -> tuple[bool, float, complex]:
    """Several leptons; `d` receives the numbers d, see `_one` for the rest."""
    lambda_X, lambda_D = work[arrays.LAMBDA_X, 0], work[arrays.LAMBDA_D, 0]
    n, J = len(masses), h.p * h.t - h.q * h.s
    J2, own_u, own_w = square(J), h.p * h.p + square(h.s), h.t * h.t + square(h.s)
    mixed_u, mixed_w = square(h.p * h.q + h.s.conjugate() * h.t), square(h.p * h.s.conjugate() + h.q * h.t)
    r2, c2 = 0.0, 0.0
    for k in range(n):
        r2 += a_1 * a_1 * square(lambda_X[k])
        c2 += square(lambda_D[k])
    kappa_u, kappa_w = own_u / J2, own_w / J2
    sigma_u, sigma_w = sqrt(1.0 + kappa_u * r2), sqrt(1.0 + kappa_w * c2)
    x, y = work[arrays.U], work[arrays.W]  # K_u^(1/2) u and K_w^(1/2) w, without the partners, until the end
    for k in range(n):
        for i in range(n):
            x[k, i] = y[k, i] = 1.0 if k == i else 0.0
        d[k] = masses[k]
        m2, total = masses[k] ** 2, own_u + h.t * h.t + square(h.q)
        if not (J2 - m2 * (total - m2) > 0.0 and total > 2.0 * m2):
            return False, 0.0, 0j
    f_u, f_w, change = a_1 / sigma_u, 1.0 / sigma_w, 1.0
    for _ in range(STEPS):
        if change < PRECISION:
            break
        change = 0.0
        for i in range(n):
            m = masses[i]
            of = _resolvents(h, m)
            link = m * m * of.shift
            nu_u, nu_w = _excess(own_u, mixed_u, m * m, of.d, J2), _excess(own_w, mixed_w, m * m, of.d, J2)
            change = max(change, _improve(work, d, i, m, (f_u, f_w), (link, m * nu_u, m * nu_w)))
    if not change < 10.0 * PRECISION:
        return False, 0.0, 0j
    return _finish(work, masses, d, a_1, h, _Squares(kappa_u, sigma_u, kappa_w, sigma_w))


@scalar
def _finish(
    work: ComplexArray, masses: FloatArray, d: FloatArray, a_1: float, h: Partners, of: _Squares
) -> tuple[bool, float, complex]:
    """Turn the solution of the iteration into vectors and the matrix of bare masses."""
    lambda_X, lambda_D = work[arrays.LAMBDA_X, 0], work[arrays.LAMBDA_D, 0]
    charged, u, w = work[arrays.CHARGED], work[arrays.U], work[arrays.W]
    n, J = len(masses), h.p * h.t - h.q * h.s
    ratio, product, trace = h.s * J.conjugate() * (1.0 / square(J)), sqrt(square(J)) * of.sigma_u * of.sigma_w, 0j
    half_u = a_1 * a_1 * of.kappa_u / (1.0 + of.sigma_u)  # K_u^(1/2) = 1 + half_u lambda_X lambda_X^+
    half_w = of.kappa_w / (1.0 + of.sigma_w)
    middle = 0j  # lambda_X^+ diag(d) lambda_D^*
    for k in range(n):
        middle += lambda_X[k].conjugate() * d[k] * lambda_D[k].conjugate()
        product *= d[k] / masses[k]
        trace += lambda_X[k] * lambda_D[k] * (a_1 / (of.sigma_u * of.sigma_w * d[k]))
    for i in range(n):
        X = lambda_X[i]
        for j in range(n):
            D = lambda_D[j]
            entry = -ratio * a_1 * X * D + half_u * X * lambda_X[j].conjugate() * d[j]
            entry += half_w * d[i] * lambda_D[i].conjugate() * D + half_u * half_w * X * middle * D
            charged[i, j] = entry + (d[i] if i == j else 0.0)
    for i in range(n):
        alpha, beta = 0j, 0j  # lambda_X^+ x and lambda_D y
        for k in range(n):
            alpha += lambda_X[k].conjugate() * u[k, i]
            beta += lambda_D[k] * w[k, i]
        for k in range(n):
            u[k, i] -= half_u / of.sigma_u * lambda_X[k] * alpha
            w[k, i] -= half_w / of.sigma_w * lambda_D[k].conjugate() * beta
        resolvents = _resolvents(h, masses[i])
        _store(work, i, masses[i], resolvents, a_1 / of.sigma_u * alpha, 1.0 / of.sigma_w * beta)
    return True, product, trace


@scalar
def set_partners(matrix: ComplexArray, h: Partners) -> None:
    """Set the elements of D and X in the mass matrix of a charge."""
    n = len(matrix) - 2
    matrix[n, n], matrix[n, n + 1] = h.p, h.q
    matrix[n + 1, n], matrix[n + 1, n + 1] = h.s, h.t


@scalar
def fill_leptons(work: ComplexArray, masses: FloatArray, d: FloatArray, a_1: float, h: Partners) -> Leptons:
    """Fill the mass matrix of the states with Q = -1 and the vectors of the leptons.

    The couplings of the leptons are those in `work`, `masses` their masses in GeV, and `d` an array of the same length
    for intermediate results.

    >>> import numpy as np
    >>> from g2fit.models.vll.flavour.arrays import new_work
    >>> work, masses = new_work(2), np.array([0.000510999, 0.105658])
    >>> work[arrays.LAMBDA_X, 0, :2], work[arrays.LAMBDA_D, 0, :2] = (3.48, 17.4j), (1.74, 34.8)
    >>> heavy = fill_leptons(work, masses, np.empty(2), 1.0, Partners(1000.0, 87.0j, -52.0 + 0j, 800.0))
    >>> singular = np.linalg.svd(work[arrays.CHARGED], compute_uv=False)
    >>> bool(np.allclose(singular[:2], [heavy.m2_2**0.5, heavy.m1_2**0.5])), [round(float(m), 9) for m in singular[2:]]
    (True, [0.105658, 0.000510999])
    """
    n, M, adjoint = len(masses), work[arrays.CHARGED], work[arrays.ADJOINT]
    lambda_X, lambda_D = work[arrays.LAMBDA_X, 0], work[arrays.LAMBDA_D, 0]
    exists, product, trace = _one(work, masses[0], a_1, h) if n == 1 else _several(work, masses, d, a_1, h)
    if not exists:
        return Leptons(False, 0.0, 0.0, 0j)
    for i in range(n):
        M[i, n], M[i, n + 1] = 0.0, a_1 * lambda_X[i]
        M[n, i], M[n + 1, i] = lambda_D[i], 0.0
    set_partners(M, h)
    total = 0.0
    for i in range(n + 2):
        for j in range(n + 2):
            total += square(M[i, j])
            adjoint[j, i] = M[i, j].conjugate()
    for i in range(n):
        total -= masses[i] * masses[i]
    m2_2 = larger(total, product)
    m1 = product / sqrt(m2_2)
    return Leptons(m1 > 0.0, m1 * m1, m2_2, trace)
