r"""Oblique parameters S, T, U of partners that mix with several leptons, or with complex couplings.

Definitions and loops are those of `g2fit.models.vll.representations.oblique`; with complex couplings the self-energies
contain |gL|^2 + |gR|^2 and 2 Re(gL gR^*). The mass eigenstates follow from the light leptons, which are known exactly,
and the two heavy states of each charge, which span the rest.
"""

from math import log, sqrt

import numpy as np

from g2fit.core.jit import interpreted, scalar
from g2fit.core.types import ComplexArray, FloatArray
from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour.arrays import complete, square
from g2fit.models.vll.flavour.spectrum import Spectrum
from g2fit.models.vll.oblique import rotation
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.oblique import from_self_energies
from g2fit.models.vll.representations.self_energies import MASSLESS, Loop, heavy_loop, lepton_loop, neutrino_loop
from g2fit.models.vll.representations.states import NEAR_EQUAL, isospins, raising

__all__ = ["charges_of", "fill_states", "new_levels", "oblique_parameters"]

PLUS, ZERO, MINUS, DOUBLE = 0, 1, 2, 3

# Rows of `levels`, an array of the shape (2, 4, N): masses of the states by charge (+1, 0, -1, -2)
SQUARED, LOGS = 0, 1  # squared in units of m_Z^2, and their logarithms
# Rows of `charges`, an array of the shape (3, 4, N): the components (n leptons, D and X) by charge
T3, Q, UP = 0, 1, 2  # the last one: couplings of the W boson to a component and the one of higher charge


def charges_of(content: Content, n: int) -> FloatArray:
    """Return T3, Q and W couplings of the components of all charges, an array of shape (3, 4, N).

    >>> from g2fit.models.vll.representations.fields import PAIRS
    >>> charges_of(PAIRS["L", "E"], 2)[0, 2].tolist()
    [-0.5, -0.5, -0.5, 0.0]
    """
    c = content
    exists = [(0, 0, c.X_plus), (0, 0, 0), (1, c.D_charged, c.X_charged), (0, c.D_double, c.X_double)]
    charge = np.array([1.0, 0.0, -1.0, -2.0])[:, None] * np.array(exists)
    numbers = np.array([interpreted(isospins)(c), charge, interpreted(raising)(c)])
    return numbers[:, :, [0] * n + [1, 2]]


def new_levels(n: int) -> FloatArray:
    """Return the array of the masses of the states for n leptons, see `SQUARED` and `LOGS`."""
    levels = np.zeros((2, 4, n + 2))
    levels[SQUARED] = 1.0
    return levels


@scalar
def _mix(basis: ComplexArray, n: int, first: complex, second: complex, phase: complex) -> None:
    """Replace the last two columns a, b of a basis: b by first a + second b, a by what is orthogonal, with a phase."""
    for k in range(n + 2):
        a, b = basis[k, n], basis[k, n + 1]
        basis[k, n] = phase * (a * -second.conjugate() + b * first.conjugate())
        basis[k, n + 1] = first * a + second * b


@scalar
def _diagonalise(
    work: ComplexArray, levels: FloatArray, c: int, matrix: ComplexArray, m1_2: float, m2_2: float, m_Z: float
) -> None:
    """Rotate the heavy states of charge number `c` to masses m1 <= m2, given their mass matrix with the leptons in GeV.

    Before, their columns in `work` are any basis of the heavy states. The squared masses are given, but
    their difference loses digits where they are nearly equal.
    """
    left, right, N = work[arrays.STATES_L + c], work[arrays.STATES_R + c], len(matrix)
    n = N - 2
    b11, b12, b21, b22 = 0j, 0j, 0j, 0j
    for k in range(N):
        one, two = 0j, 0j
        for l in range(N):
            one += matrix[k, l] * right[l, n]
            two += matrix[k, l] * right[l, n + 1]
        first, second = left[k, n].conjugate(), left[k, n + 1].conjugate()
        b11, b12, b21, b22 = b11 + first * one, b12 + first * two, b21 + second * one, b22 + second * two
    mixed = b11.conjugate() * b12 + b21.conjugate() * b22
    size = sqrt(square(mixed))
    cos, sin = rotation(0.5 * (square(b11) + square(b21) - square(b12) - square(b22)), size)
    turn = sin / size * mixed.conjugate() if size > 0.0 else sin + 0j
    x, y = b11 * cos + b12 * turn, b21 * cos + b22 * turn  # B v of the heavier state
    length = square(x) + square(y)
    inverse = 1.0 / sqrt(length)
    x, y = x * inverse, y * inverse
    # The lighter state: left+ B right, made real and positive by the phase of the left-handed one.
    p, q = -b11 * turn.conjugate() + b12 * cos, -b21 * turn.conjugate() + b22 * cos
    z = -y * p + x * q
    light = square(z)
    phase = z * (1.0 / sqrt(light)) if light > 0.0 else 1.0 + 0j
    if m2_2 - m1_2 < NEAR_EQUAL * m2_2:
        m1_2, m2_2 = light, length
    _mix(right, n, cos + 0j, turn, 1.0 + 0j)
    _mix(left, n, x, y, phase)
    scale = 1.0 / (m_Z * m_Z)
    for k, m_2 in ((n, m1_2 * scale), (n + 1, m2_2 * scale)):
        levels[SQUARED, c, k], levels[LOGS, c, k] = m_2, log(m_2)


@scalar
def _fill_neutrinos(work: ComplexArray, spectrum: Spectrum, left: ComplexArray) -> None:
    """Fill the massless neutrinos: one combination mixes with the partners."""
    neutral = work[arrays.NEUTRAL]
    n, h = work.shape[1] - 2, spectrum.neutral
    for i in range(n):
        for k in range(n + 2):
            left[k, i] = 1.0 if k == i else 0.0
    root, mixing = sqrt(spectrum.r2), 0
    if root > 0.0:
        mixing = 1
        for i in range(n):
            left[i, 0] = neutral[i, n + 1] * (1.0 / root)
    complete(left, mixing, n)
    if mixing == 0:
        return
    J = h.p * h.t - h.q * h.s
    scale = 1.0 / sqrt(square(J) + spectrum.r2 * (h.p * h.p + square(h.s)))
    for i in range(n):
        left[i, 0] *= J.conjugate() * scale
    left[n, 0], left[n + 1, 0] = root * h.s.conjugate() * scale, -root * h.p * scale


@scalar
def fill_states(
    work: ComplexArray, levels: FloatArray, spectrum: Spectrum, masses: FloatArray, M_X: float, m_Z: float
) -> None:
    """Fill in the mass eigenstates of a point: their masses in `levels`, their components in `work`."""
    n = len(masses)
    N = n + 2
    for k in range(N):
        for i in range(n):
            work[arrays.STATES_L + MINUS, k, i] = work[arrays.U, k, i]
            work[arrays.STATES_R + MINUS, k, i] = work[arrays.W, k, i]
    for i in range(n):
        levels[SQUARED, MINUS, i], levels[LOGS, MINUS, i] = (masses[i] / m_Z) ** 2, 2.0 * log(masses[i] / m_Z)
        levels[SQUARED, ZERO, i] = 0.0
    _fill_neutrinos(work, spectrum, work[arrays.STATES_L + ZERO])
    for matrix in (arrays.STATES_L + MINUS, arrays.STATES_R + MINUS, arrays.STATES_L + ZERO):
        complete(work[matrix], n, N)
    for i in range(n, N):
        for k in range(N):
            one = 1.0 if k == i else 0.0
            for matrix in (arrays.STATES_R + ZERO, arrays.STATES_R + DOUBLE, arrays.STATES_L + DOUBLE):
                work[matrix, k, i] = one
    for c, matrix, m1_2, m2_2 in (
        (MINUS, arrays.CHARGED, spectrum.leptons.m1_2, spectrum.leptons.m2_2),
        (ZERO, arrays.NEUTRAL, spectrum.n1_2, spectrum.n2_2),
        (DOUBLE, arrays.DOUBLY, spectrum.e1_2, spectrum.e2_2),
    ):
        _diagonalise(work, levels, c, work[matrix], m1_2, m2_2, m_Z)
    for matrix in (arrays.STATES_L + PLUS, arrays.STATES_R + PLUS):
        work[matrix, n + 1, n + 1] = 1.0
    levels[SQUARED, PLUS, n + 1], levels[LOGS, PLUS, n + 1] = (M_X / m_Z) ** 2, 2.0 * log(M_X / m_Z)


@scalar
def _loop(a: float, b: float, log_a: float, log_b: float, lepton: bool, q2: float) -> Loop:
    """Loop of two states, of which a is massless, a lepton, or heavy as b is."""
    if a == 0.0:
        return neutrino_loop(b, log_b, q2)
    if lepton:
        return lepton_loop(a, b, log_a, log_b, q2)
    return heavy_loop(a, b, log_a, log_b, q2)


@scalar
def _neutral_currents(work: ComplexArray, levels: FloatArray, charges: FloatArray, s2: float) -> tuple[float, float]:
    """Return Pi_33(0) and D_ZZ, times 16 pi^2, minus the Standard Model."""
    N, squared, logs = charges.shape[2], levels[SQUARED], levels[LOGS]
    zero, slope, n = 0.0, 0.0, N - 2
    for c in range(4):
        left, right = work[arrays.STATES_L + c], work[arrays.STATES_R + c]
        isospin, charge = charges[T3, c], charges[Q, c]
        for i in range(N):
            for j in range(i + 1):
                t_L, t_R, e_L, e_R = 0j, 0j, 0j, 0j
                for k in range(N):
                    L, R = left[k, i].conjugate() * left[k, j], right[k, i].conjugate() * right[k, j]
                    t_L += isospin[k] * L
                    t_R += (isospin[k] if k >= n else 0.0) * R
                    e_L += charge[k] * L
                    e_R += charge[k] * R
                g_L, g_R, multiplicity = t_L - s2 * e_L, t_R - s2 * e_R, 1.0 if i == j else 2.0
                if i < n:
                    if c == ZERO:
                        slope += (multiplicity * square(g_L) - (0.25 if i == j else 0.0)) * MASSLESS
                    elif c == MINUS and i == j:
                        a, l, r = squared[c, i], g_L.real, g_R.real
                        slope += ((l - s2 + 0.5) * (l + s2 - 0.5) + (r - s2) * (r + s2)) * MASSLESS
                        flip = t_L.real * t_L.real + t_R.real * t_R.real - 0.25 - 2.0 * t_L.real * t_R.real
                        zero -= 2.0 * a * logs[c, i] * flip
                    elif c == MINUS:
                        slope += multiplicity * (square(g_L) + square(g_R)) * MASSLESS
                elif g_L != 0.0 or g_R != 0.0 or t_L != 0.0 or t_R != 0.0:
                    a, b = squared[c, j], squared[c, i]
                    of = _loop(a, b, logs[c, j], logs[c, i], j < n, 1.0)
                    flip = 2.0 * (t_L * t_R.conjugate()).real
                    zero += multiplicity * ((square(t_L) + square(t_R)) * of.zero_same + flip * of.zero_opposite)
                    flip = 2.0 * (g_L * g_R.conjugate()).real
                    slope += multiplicity * ((square(g_L) + square(g_R)) * of.slope_same + flip * of.slope_opposite)
    return zero, slope


@scalar
def _charged_currents(work: ComplexArray, levels: FloatArray, charges: FloatArray, W2: float) -> tuple[float, float]:
    """Return Pi_11(0) and D_11, times 16 pi^2, minus the Standard Model; W2 is m_W^2/m_Z^2."""
    N, squared, logs = charges.shape[2], levels[SQUARED], levels[LOGS]
    zero, slope, n = 0.0, 0.0, N - 2
    for c in range(1, 4):
        factor = charges[UP, c]
        left, right = work[arrays.STATES_L + c], work[arrays.STATES_R + c]
        left_up, right_up = work[arrays.STATES_L + c - 1], work[arrays.STATES_R + c - 1]
        for j in range(N):
            for i in range(N):
                L, R = 0j, 0j
                for k in range(N):
                    L += factor[k] * left_up[k, i].conjugate() * left[k, j]
                    if k >= n:
                        R += factor[k] * right_up[k, i].conjugate() * right[k, j]
                if c == MINUS and i < n and j < n:
                    b, change = squared[c, j], 0.5 * (square(L) - (1.0 if i == j else 0.0))
                    zero += change * b * (0.5 - logs[c, j])
                    slope += change * (MASSLESS + 2.0 / 3.0 * log(W2))
                elif L != 0.0 or R != 0.0:
                    a, b = squared[c - 1, i], squared[c, j]
                    log_a, log_b = logs[c - 1, i], logs[c, j]
                    if j < n:
                        a, b, log_a, log_b = b, a, log_b, log_a
                    of = _loop(a, b, log_a, log_b, i < n or j < n, W2)
                    same, flip = 0.5 * (square(L) + square(R)), (L * R.conjugate()).real
                    zero += same * of.zero_same + flip * of.zero_opposite
                    slope += same * of.slope_same + flip * of.slope_opposite
    return zero, slope


@scalar
def _photon_slopes(work: ComplexArray, levels: FloatArray, charges: FloatArray) -> tuple[float, float]:
    """Return the derivatives of Pi_3Q and Pi_QQ at q^2 = 0, times 16 pi^2, minus the Standard Model."""
    N = charges.shape[2]
    mixed, photon, n = 0.0, 0.0, N - 2
    for c in range(4):
        for i in range(N):
            lepton = c == MINUS and i < n
            three, two = -0.5 if lepton else 0.0, -2.0 if lepton else 0.0
            for k in range(N):
                charge, isospin = charges[Q, c, k], charges[T3, c, k]
                L, R = square(work[arrays.STATES_L + c, k, i]), square(work[arrays.STATES_R + c, k, i])
                three += charge * isospin * (L + (R if k >= n else 0.0))
                two += charge * charge * (L + R)
            mixed += 2.0 / 3.0 * three * levels[LOGS, c, i]
            photon += 2.0 / 3.0 * two * levels[LOGS, c, i]
    return mixed, photon


@scalar
def oblique_parameters(
    work: ComplexArray, levels: FloatArray, charges: FloatArray, m_W: float, m_Z: float, s2: float
) -> tuple[float, float, float]:
    """Return S, T and U of the states of a point, see `fill_states`; s2 is the effective weak mixing angle."""
    P33, ZZ = _neutral_currents(work, levels, charges, s2)
    P11, D11 = _charged_currents(work, levels, charges, (m_W / m_Z) ** 2)
    mixed, QQ = _photon_slopes(work, levels, charges)
    return from_self_energies(P33, ZZ, P11, D11, mixed, QQ, s2)
