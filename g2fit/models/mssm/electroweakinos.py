"""Masses and mixing of neutralinos and charginos.

Both are computed twice at a point: with v_d for the anomalous magnetic moment, and with v_d -> 0 for those terms of the
lepton self-energy that are enhanced by tan(beta).
"""

import math
from typing import NamedTuple

from g2fit.core.jit import embedded, scalar
from g2fit.models.mssm.spectrum import Electroweakinos, heavy_direction

__all__ = ["chargino_masses2", "charginos", "diagonalised", "neutralino_matrix", "perturbed", "sweep"]

#: Largest number of sweeps of Jacobi rotations; one to three are needed.
MAX_SWEEPS = 30
#: Largest angle of a sweep after which the next one would change nothing, since convergence is quadratic.
LAST_ANGLE = 1e-9

Vector = tuple[float, float, float, float]


class Mixing(NamedTuple):
    """A real symmetric 4 x 4 matrix and the orthonormal basis in which it is written.

    `m_1` to `m_4` are its diagonal and `a_12` to `a_34` the upper triangle: with these zero, masses with sign (GeV).
    `B_1` to `u_4` are the components B, W3, Hd and Hu of the basis vectors 1 to 4.
    """

    m_1: float
    m_2: float
    m_3: float
    m_4: float
    a_12: float
    a_13: float
    a_14: float
    a_23: float
    a_24: float
    a_34: float
    B_1: float
    W_1: float
    d_1: float
    u_1: float
    B_2: float
    W_2: float
    d_2: float
    u_2: float
    B_3: float
    W_3: float
    d_3: float
    u_3: float
    B_4: float
    W_4: float
    d_4: float
    u_4: float


class Rotation(NamedTuple):
    """Rotation of two basis vectors, and what it adds to the second of their diagonal elements."""

    tangent: float
    cosine: float
    sine: float
    shift: float


@embedded
def _rotation(m_p: float, m_q: float, a_pq: float) -> Rotation:
    """Jacobi rotation that diagonalises ``[[m_p, a_pq], [a_pq, m_q]]``."""
    half = 0.5 * (m_q - m_p)
    # An angle below 1e-17 changes nothing; with equal diagonal elements only the size of a_pq counts.
    if abs(a_pq) <= 1e-17 * max(2.0 * abs(half), 1e-3 * abs(m_p), 1e-290):
        a_pq = 0.0
    radius = abs(half) + math.sqrt(half * half + a_pq * a_pq)
    tangent = (a_pq if half >= 0.0 else -a_pq) / (radius if radius > 0.0 else 1.0)
    cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
    return Rotation(tangent, cosine, tangent * cosine, tangent * a_pq)


@embedded
def _rotated(rotation: Rotation, x: float, y: float) -> tuple[float, float]:
    """Rotate a pair of numbers."""
    _, cosine, sine, _ = rotation
    return cosine * x - sine * y, sine * x + cosine * y


@embedded
def _rotated_vectors(rotation: Rotation, v: Vector, w: Vector) -> tuple[Vector, Vector]:
    """Rotate a pair of vectors."""
    v_1, w_1 = _rotated(rotation, v[0], w[0])
    v_2, w_2 = _rotated(rotation, v[1], w[1])
    v_3, w_3 = _rotated(rotation, v[2], w[2])
    v_4, w_4 = _rotated(rotation, v[3], w[3])
    return (v_1, v_2, v_3, v_4), (w_1, w_2, w_3, w_4)


@embedded
def sweep(mixing: Mixing) -> tuple[Mixing, float]:
    """One sweep of Jacobi rotations, and the largest tangent of their angles.

    Gauginos are first rotated against Higgsinos: their mixing then appears in the same sweep.
    """
    m_1, m_2, m_3, m_4, a_12, a_13, a_14, a_23, a_24, a_34 = mixing[:10]
    v_1, v_2, v_3, v_4 = mixing[10:14], mixing[14:18], mixing[18:22], mixing[22:26]
    r = _rotation(m_1, m_3, a_13)
    m_1, m_3, largest = m_1 - r.shift, m_3 + r.shift, abs(r.tangent)
    a_12, a_23 = _rotated(r, a_12, a_23)
    a_14, a_34 = _rotated(r, a_14, a_34)
    v_1, v_3 = _rotated_vectors(r, v_1, v_3)

    r = _rotation(m_1, m_4, a_14)
    m_1, m_4, largest = m_1 - r.shift, m_4 + r.shift, max(largest, abs(r.tangent))
    a_12, a_24 = _rotated(r, a_12, a_24)
    a_13, a_34 = _rotated(r, 0.0, a_34)
    v_1, v_4 = _rotated_vectors(r, v_1, v_4)

    r = _rotation(m_2, m_3, a_23)
    m_2, m_3, largest = m_2 - r.shift, m_3 + r.shift, max(largest, abs(r.tangent))
    a_12, a_13 = _rotated(r, a_12, a_13)
    a_24, a_34 = _rotated(r, a_24, a_34)
    v_2, v_3 = _rotated_vectors(r, v_2, v_3)

    r = _rotation(m_2, m_4, a_24)
    m_2, m_4, largest = m_2 - r.shift, m_4 + r.shift, max(largest, abs(r.tangent))
    a_12, a_14 = _rotated(r, a_12, 0.0)
    a_23, a_34 = _rotated(r, 0.0, a_34)
    v_2, v_4 = _rotated_vectors(r, v_2, v_4)

    r = _rotation(m_1, m_2, a_12)
    m_1, m_2, largest = m_1 - r.shift, m_2 + r.shift, max(largest, abs(r.tangent))
    a_13, a_23 = _rotated(r, a_13, a_23)
    a_14, a_24 = _rotated(r, a_14, 0.0)
    v_1, v_2 = _rotated_vectors(r, v_1, v_2)

    r = _rotation(m_3, m_4, a_34)
    m_3, m_4, largest = m_3 - r.shift, m_4 + r.shift, max(largest, abs(r.tangent))
    a_13, a_14 = _rotated(r, a_13, a_14)
    a_23, a_24 = _rotated(r, a_23, a_24)
    v_3, v_4 = _rotated_vectors(r, v_3, v_4)
    return Mixing(m_1, m_2, m_3, m_4, 0.0, a_13, a_14, a_23, a_24, 0.0, *v_1, *v_2, *v_3, *v_4), largest


@scalar
def diagonalised(mixing: Mixing) -> Mixing:
    """Sweep until nothing changes any more; a matrix with NaN is returned as it is."""
    for _ in range(MAX_SWEEPS):
        mixing, angle = sweep(mixing)
        if not angle > LAST_ANGLE:
            break
    return mixing


@embedded
def neutralino_matrix(electroweakinos: Electroweakinos, g_Y: float, g_2: float, v_u: float) -> Mixing:
    """Mass matrix of the neutralinos (hep-ph/0609168) for v_d -> 0.

    In the basis (B, W3, Hd, Hu) it is ``[[M1, 0, -g_Y v_d/r2, g_Y v_u/r2], [0, M2, g_2 v_d/r2, -g_2 v_u/r2],
    [.., .., 0, -mu], [.., .., -mu, 0]]``, r2 = sqrt(2). It is set up in the basis (B, W3, (Hd - Hu)/r2, (Hd + Hu)/r2),
    where its off-diagonal elements are at most of the order of m_Z.
    """
    M1, M2, mu, _ = electroweakinos
    bino, wino, r = 0.5 * g_Y * v_u, 0.5 * g_2 * v_u, math.sqrt(0.5)
    return Mixing(
        *(M1, M2, mu, -mu, 0.0, -bino, bino, wino, -wino, 0.0),
        *(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, r, -r, 0.0, 0.0, r, r),
    )


@embedded
def perturbed(mixing: Mixing, g_Y: float, g_2: float, v_d: float) -> Mixing:
    """Add v_d, which couples Hd to ``g_2 W3 - g_Y B``, to a mass matrix that is diagonal without it."""
    gauge_Y, gauge_2 = -math.sqrt(0.5) * g_Y * v_d, math.sqrt(0.5) * g_2 * v_d
    c_1 = gauge_Y * mixing.B_1 + gauge_2 * mixing.W_1
    c_2 = gauge_Y * mixing.B_2 + gauge_2 * mixing.W_2
    c_3 = gauge_Y * mixing.B_3 + gauge_2 * mixing.W_3
    c_4 = gauge_Y * mixing.B_4 + gauge_2 * mixing.W_4
    d_1, d_2, d_3, d_4 = mixing.d_1, mixing.d_2, mixing.d_3, mixing.d_4
    return Mixing(
        mixing.m_1 + 2.0 * c_1 * d_1,
        mixing.m_2 + 2.0 * c_2 * d_2,
        mixing.m_3 + 2.0 * c_3 * d_3,
        mixing.m_4 + 2.0 * c_4 * d_4,
        c_1 * d_2 + c_2 * d_1,
        c_1 * d_3 + c_3 * d_1,
        c_1 * d_4 + c_4 * d_1,
        c_2 * d_3 + c_3 * d_2,
        c_2 * d_4 + c_4 * d_2,
        c_3 * d_4 + c_4 * d_3,
        *mixing[10:],
    )


@embedded
def chargino_masses2(M2: float, mu: float, g2_vd: float, g2_vu: float) -> tuple[float, float]:
    """Chargino masses squared (GeV^2), lighter first, of ``X = [[M2, g_2 v_u], [g_2 v_d, mu]]``.

    >>> chargino_masses2(300.0, 400.0, 0.0, 0.0)
    (90000.0, 160000.0)
    """
    trace = M2 * M2 + mu * mu + g2_vd * g2_vd + g2_vu * g2_vu
    determinant = M2 * mu - g2_vd * g2_vu
    # Of the eigenvalues of X X^T: half their difference from a form without cancellation.
    half = 0.5 * (M2 * M2 + g2_vu * g2_vu - mu * mu - g2_vd * g2_vd)
    off = M2 * g2_vd + mu * g2_vu
    heavy = 0.5 * trace + math.sqrt(half * half + off * off)
    return (determinant * determinant / heavy if heavy > 0.0 else 0.0), heavy


@embedded
def charginos(M2: float, mu: float, g2_vd: float, g2_vu: float) -> tuple[float, float, float, float, float, float]:
    """Chargino masses with sign and mixing, from ``X = [[M2, g_2 v_u], [g_2 v_d, mu]] = U^T diag(m_k) V``.

    Returned are m_1, V_11, U_12, m_2, V_21, U_22: masses in GeV, |m_1| <= |m_2|, and what couples to leptons.
    """
    # The heavier row of V is an eigenvector of X^T X, and X maps it to the mass times the one of U: with degenerate
    # masses only this keeps the two consistent.
    half = 0.5 * (M2 * M2 + g2_vd * g2_vd - g2_vu * g2_vu - mu * mu)
    cos_v, sin_v = heavy_direction(half, M2 * g2_vu + g2_vd * mu)
    wino = M2 * cos_v + g2_vu * sin_v
    higgsino = g2_vd * cos_v + mu * sin_v
    heavy = math.sqrt(wino * wino + higgsino * higgsino)
    if heavy == 0.0:
        return 0.0, 0.0, 1.0, 0.0, 1.0, 0.0
    light = (M2 * mu - g2_vd * g2_vu) / heavy
    return light, -sin_v, wino / heavy, heavy, cos_v, higgsino / heavy
