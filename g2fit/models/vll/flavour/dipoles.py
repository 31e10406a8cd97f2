r"""One-loop dipole operators of leptons that share partners, or of one lepton with complex couplings, minus the SM.

    L = (e/4) sum_ij A_ij lbar_i sigma.F P_R l_j + h.c.,      D = d + i e Q A with e > 0

gives the moments a_i = m_i Re A_ii, the electric dipole moments d_i = -(e/2) Im A_ii, and the decays l_j -> l_i gamma
(Lavoura, hep-ph/0302221). With the functions F and G of `g2fit.models.vll.representations.functions`,

    W: -1/(16 pi^2 m_W^2) sum_f [(m_j gL_if gL_jf^* + m_i gR_if gR_jf^*) F + m_f gL_if gR_jf^* G]
    Z: -1/( 8 pi^2 m_Z^2) sum_f [the same]
    h: -1/(32 pi^2 m_h^2) sum_f [(m_j lam_if lam_jf^* + m_i lam_fi^* lam_fj) F + m_f lam_if lam_fj G]

for external masses that are small compared with those of the bosons. The couplings of the leptons to all fermions of a
charge are vectors x_i and y_i in the space of left- and right-handed fields, and sums over mass eigenstates are

    sum_f m_f gL_if gR_jf^* G = x_i^+ M G(M^+ M) y_j,    sum_f gL_if gL_jf^* F = x_i^+ F(M M^+) x_j, ...

with functions of matrices that are linear where there are two heavy states, minus the leptons' contributions.
"""

from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import ComplexArray, FloatArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour.arrays import inner, multiply, multiply_adjoint
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.functions import Loop, NeutralLoop

__all__ = ["WW", "Flavours", "W", "Z", "fill_W", "fill_WW", "fill_Z", "fill_h", "h"]

# Indices of the parts of the amplitudes
W, WW, Z, h = 0, 1, 2, 3


class Flavours(NamedTuple):
    """Leptons: their masses in GeV, and the Higgs boson's functions F and G at (m/m_h)^2."""

    masses: FloatArray
    F: FloatArray
    G: FloatArray


@scalar
def _prepare(work: ComplexArray, matrix: ComplexArray) -> None:
    """Fill the products of a mass matrix with the vectors x and y."""
    x, y, Mx, MMx, My = work[arrays.X], work[arrays.Y], work[arrays.MX], work[arrays.MMX], work[arrays.MY]
    n = len(matrix) - 2
    multiply_adjoint(matrix, x, Mx, n)
    multiply(matrix, Mx, MMx, n)
    multiply(matrix, y, My, n)


@scalar
def _heavy(work: ComplexArray, of: Loop, i: int, j: int, scale: float, masses: FloatArray) -> complex:
    """Sum over the heavy states of m_j gL gL^* F + m_i gR gR^* F + m_f gL gR^* G, in GeV; see `_prepare`.

    `left` and `right` of `work` are the couplings to the leptons, which are subtracted, and `scale` is the inverse of
    the boson's squared mass.
    """
    left, right, x, y = work[arrays.LEFT], work[arrays.RIGHT], work[arrays.X], work[arrays.Y]
    Mx, MMx, My = work[arrays.MX], work[arrays.MMX], work[arrays.MY]
    LL = of.F_base * inner(x, i, x, j) + of.F_slope * scale * inner(Mx, i, Mx, j)
    RR = of.F_base * inner(y, i, y, j) + of.F_slope * scale * inner(My, i, My, j)
    LR = of.G_base * inner(Mx, i, y, j) + of.G_slope * scale * inner(MMx, i, My, j)
    for k in range(len(masses)):
        z = masses[k] * masses[k] * scale
        F, G = of.F_base + of.F_slope * z, masses[k] * (of.G_base + of.G_slope * z)
        LL -= F * left[i, k] * left[j, k].conjugate()
        RR -= F * right[k, i].conjugate() * right[k, j]
        LR -= G * left[i, k] * right[k, j]
    total: complex = masses[j] * LL + masses[i] * RR + LR
    return total


@scalar
def _set_vectors(work: ComplexArray, L_D: float, L_X: float, R_D: float, R_X: float) -> None:
    """Fill x and y with the heavy components of the leptons times charges or masses."""
    u, w, x, y = work[arrays.U], work[arrays.W], work[arrays.X], work[arrays.Y]
    n = work.shape[1] - 2
    for i in range(n):
        for k in range(n):
            x[k, i] = y[k, i] = 0.0
        x[n, i], x[n + 1, i] = L_D * u[n, i], L_X * u[n + 1, i]
        y[n, i], y[n + 1, i] = R_D * w[n, i], R_X * w[n + 1, i]


@scalar
def fill_W(work: ComplexArray, content: Content, of: NeutralLoop, masses: FloatArray, m_W: float, v: float) -> None:
    """W loops with neutral fermions.

    The massless neutrinos and the unitarity of the left-handed mixing give the term with 5/3.
    """
    neutral, u, x, y = work[arrays.NEUTRAL], work[arrays.U], work[arrays.X], work[arrays.Y]
    Mx, MMx, My = work[arrays.MX], work[arrays.MMX], work[arrays.MY]
    n, scale = len(masses), 1.0 / (m_W * m_W)
    _set_vectors(work, content.W_D, content.W_X, content.W_D, content.W_X)
    for i in range(n):
        for k in range(n):
            x[k, i] = u[k, i]
    _prepare(work, neutral)
    lost_D, lost_X = 5.0 / 3.0 * (1.0 - content.W_D**2), 5.0 / 3.0 * (1.0 - content.W_X**2)
    for i in range(n):
        for j in range(n):
            LL = lost_D * u[n, i].conjugate() * u[n, j]
            LL += lost_X * u[n + 1, i].conjugate() * u[n + 1, j]
            LL += scale * of.q_base * inner(Mx, i, Mx, j)
            LL += scale * scale * of.q_slope * inner(MMx, i, MMx, j)
            RR = (of.F_base - 5.0 / 3.0) * inner(y, i, y, j)
            RR += of.F_slope * scale * inner(My, i, My, j)
            LR = of.G_base * inner(Mx, i, y, j) + of.G_slope * scale * inner(MMx, i, My, j)
            work[arrays.AMPLITUDES + W, i, j] = -LOOP_FACTOR / (v * v) * (masses[j] * LL + masses[i] * RR + LR)


@scalar
def fill_WW(work: ComplexArray, content: Content, of: Loop, masses: FloatArray, m_W: float, v: float) -> None:
    """W loops with fermions of charge -2, which couple to the photon twice as strongly as the leptons."""
    doubly, left, right = work[arrays.DOUBLY], work[arrays.LEFT], work[arrays.RIGHT]
    n = len(masses)
    _set_vectors(work, content.WW_D, content.WW_X, content.WW_D, content.WW_X)
    _prepare(work, doubly)
    for i in range(n):
        for j in range(n):
            left[i, j] = right[i, j] = 0.0
    for i in range(n):
        for j in range(n):
            heavy = _heavy(work, of, i, j, 1.0 / (m_W * m_W), masses)
            work[arrays.AMPLITUDES + WW, i, j] = -LOOP_FACTOR / (v * v) * heavy


@scalar
def fill_Z(work: ComplexArray, content: Content, of: Loop, masses: FloatArray, m_Z: float, s2: float, v: float) -> None:
    """Z loops; `left` and `right` then are the shifts of the leptons' couplings, in units of g_2/cos(theta_W)."""
    charged, u, w = work[arrays.CHARGED], work[arrays.U], work[arrays.W]
    left, right, x, y = work[arrays.LEFT], work[arrays.RIGHT], work[arrays.X], work[arrays.Y]
    n = len(masses)
    _set_vectors(work, content.T_D + 0.5, content.T_X + 0.5, content.T_D, content.T_X)
    for i in range(n):
        for j in range(n):
            left[i, j], right[i, j] = inner(x, i, u, j), inner(y, i, w, j)
    _prepare(work, charged)
    gL, gR = s2 - 0.5, s2
    for i in range(n):
        for j in range(n):
            L, R = left[i, j], right[i, j]
            LL, RR, LR = 2.0 * gL * L, 2.0 * gR * R, masses[i] * gL * R + masses[j] * gR * L
            for k in range(n):
                LL += left[i, k] * left[k, j]
                RR += right[i, k] * right[k, j]
                LR += masses[k] * left[i, k] * right[k, j]
            light = 2.0 / 3.0 * (masses[j] * LL + masses[i] * RR) - 2.0 * LR
            heavy = _heavy(work, of, i, j, 1.0 / (m_Z * m_Z), masses)
            work[arrays.AMPLITUDES + Z, i, j] = -4.0 * LOOP_FACTOR / (v * v) * (heavy + light)


@scalar
def fill_h(work: ComplexArray, of: Loop, M_D: float, M_X: float, flavours: Flavours, m_h: float, v: float) -> None:
    """Higgs loops, and the `overlap` of the leptons; M_D and M_X are masses of the partners with Q = -1."""
    adjoint, w, x = work[arrays.ADJOINT], work[arrays.W], work[arrays.X]
    left, right, overlap = work[arrays.LEFT], work[arrays.RIGHT], work[arrays.OVERLAP]
    masses = flavours.masses
    n = len(masses)
    _set_vectors(work, M_D, M_X, M_D, M_X)
    for i in range(n):
        for j in range(n):
            overlap[i, j] = inner(x, i, w, j)
            left[i, j] = right[i, j] = overlap[i, j]
    _prepare(work, adjoint)
    for i in range(n):
        for j in range(n):
            X, back = overlap[i, j], overlap[j, i].conjugate()
            F_i, F_j = flavours.F[i] * masses[i], flavours.F[j] * masses[j]
            LL, RR = -F_i * back - F_j * X, -F_i * X - F_j * back
            LR = -(flavours.G[i] * masses[i] ** 2 + flavours.G[j] * masses[j] ** 2) * X
            for k in range(n):
                LL += flavours.F[k] * overlap[i, k] * overlap[j, k].conjugate()
                RR += flavours.F[k] * overlap[k, i].conjugate() * overlap[k, j]
                LR += flavours.G[k] * masses[k] * overlap[i, k] * overlap[k, j]
            light = masses[j] * LL + masses[i] * RR + LR
            heavy = _heavy(work, of, i, j, 1.0 / (m_h * m_h), masses)
            work[arrays.AMPLITUDES + h, i, j] = -0.5 * LOOP_FACTOR / (v * v) * (1.0 / (m_h * m_h)) * (heavy + light)
