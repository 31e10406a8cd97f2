"""Masses and mixing of neutralinos and charginos.

Both are computed twice at a point: with v_d for the anomalous magnetic moment, and with v_d -> 0 for those terms of the
lepton self-energy that are enhanced by tan(beta).
"""

import math

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.spectrum import Electroweakinos, heavy_direction

__all__ = ["chargino_masses2", "charginos", "diagonalise", "neutralinos"]

#: Basis of the mass matrix of the neutralinos: rows B, W3, (Hd - Hu)/r2 and (Hd + Hu)/r2 with r2 = sqrt(2).
BASIS = np.eye(4)
BASIS[2:, 2:] = math.sqrt(0.5) * np.array([[1.0, -1.0], [1.0, 1.0]])
#: Largest number of sweeps of Jacobi rotations; two to four are needed.
MAX_SWEEPS = 30


@scalar
def diagonalise(matrix: FloatArray, vectors: FloatArray) -> None:
    """Diagonalise a real symmetric 4 x 4 matrix, of which the upper triangle is used, in place by Jacobi rotations.

    The rows of `vectors` are the orthonormal basis of the matrix, and are replaced by the eigenvectors; the diagonal of
    `matrix` receives the eigenvalues, unsorted.
    """
    for _ in range(MAX_SWEEPS):
        rotated = False
        for p in range(3):
            for q in range(p + 1, 4):
                a_pq = matrix[p, q]
                gap = matrix[q, q] - matrix[p, p]
                # An angle below 1e-17 changes nothing; with equal diagonal elements only the size of a_pq counts.
                if abs(a_pq) <= 1e-17 * max(abs(gap), 1e-3 * abs(matrix[p, p]), 1e-290):
                    continue
                rotated = True
                cotangent = 0.5 * gap / a_pq
                tangent = 1.0 / (abs(cotangent) + math.sqrt(1.0 + cotangent * cotangent))
                if cotangent < 0.0:
                    tangent = -tangent
                cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
                sine = tangent * cosine
                matrix[p, p] -= tangent * a_pq
                matrix[q, q] += tangent * a_pq
                matrix[p, q] = 0.0
                for r in range(4):
                    if r not in (p, q):
                        x = matrix[min(r, p), max(r, p)]
                        y = matrix[min(r, q), max(r, q)]
                        matrix[min(r, p), max(r, p)] = cosine * x - sine * y
                        matrix[min(r, q), max(r, q)] = sine * x + cosine * y
                    x, y = vectors[p, r], vectors[q, r]
                    vectors[p, r] = cosine * x - sine * y
                    vectors[q, r] = sine * x + cosine * y
        if not rotated:
            return


@scalar
def neutralinos(
    electroweakinos: Electroweakinos,
    g_Y: float,
    g_2: float,
    v_d: float,
    v_u: float,
    matrix: FloatArray,
    vectors: FloatArray,
) -> None:
    """Neutralino masses (with sign, on the diagonal of `matrix`) and mixing (rows of `vectors`: B, W3, Hd, Hu).

    The mass matrix (hep-ph/0609168) ``[[M1, 0, -g_Y v_d/r2, g_Y v_u/r2], [0, M2, g_2 v_d/r2, -g_2 v_u/r2],
    [.., .., 0, -mu], [.., .., -mu, 0]]``, r2 = sqrt(2), is set up in the basis (B, W3, (Hd - Hu)/r2, (Hd + Hu)/r2),
    where its off-diagonal elements are at most of the order of m_Z.
    """
    vectors[:] = BASIS
    matrix[0, 0] = electroweakinos.M1
    matrix[1, 1] = electroweakinos.M2
    matrix[2, 2] = electroweakinos.mu
    matrix[3, 3] = -electroweakinos.mu
    matrix[0, 1] = 0.0
    matrix[2, 3] = 0.0
    matrix[0, 2] = -0.5 * g_Y * (v_d + v_u)
    matrix[0, 3] = 0.5 * g_Y * (v_u - v_d)
    matrix[1, 2] = 0.5 * g_2 * (v_d + v_u)
    matrix[1, 3] = 0.5 * g_2 * (v_d - v_u)
    diagonalise(matrix, vectors)


@scalar
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


@scalar
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
