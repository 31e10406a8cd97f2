"""Threshold corrections Delta_l to the lepton Yukawa couplings, at four levels.

``mia`` and ``decoupled`` are formulas of the soft masses. ``bino`` and ``full`` contain the exact slepton masses and
mixing and so depend on the Yukawa coupling y itself, through y^2; `one_plus_delta` evaluates either.
"""

import math
from typing import NamedTuple

from g2fit.core.jit import embedded, scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.electroweakinos import chargino_masses2
from g2fit.models.mssm.logarithm import log
from g2fit.models.mssm.loop_functions import CLOSE, loop_I
from g2fit.models.mssm.rows import take
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, Sleptons, slepton_masses

__all__ = [
    "Threshold",
    "delta_decoupled",
    "delta_mia",
    "full_threshold",
    "one_plus_delta",
    "one_plus_delta_full",
    "tree_yukawa",
]


class Term(NamedTuple):
    """What the self-energy needs of a neutralino.

    These are m^2 and ln m^2 and, with the couplings n_L = (g_Y Z_1 + g_2 Z_2)/r2, n_R = r2 g_Y Z_1 and Z_3, the
    products m n_L n_R, m Z_3^2, m Z_3 (n_L - n_R)/2 and m Z_3 (n_L + n_R)/2.
    """

    m2: float
    log_m2: float
    gauge: float
    yukawa: float
    difference: float
    sum: float


FourTerms = tuple[Term, Term, Term, Term]


class TermTable(NamedTuple):
    """Column `lane` of a table, whose first 24 rows are the terms of the four neutralinos."""

    table: FloatArray
    lane: int


#: For the complete self-energy a table of terms, or None for the bino diagram.
Terms = TermTable | None


@embedded
def read_terms(table: FloatArray, lane: int) -> FourTerms:
    """Terms of the four neutralinos, see `TermTable`."""
    return (
        Term(*take(table, 0, lane, 6)),
        Term(*take(table, 6, lane, 6)),
        Term(*take(table, 12, lane, 6)),
        Term(*take(table, 18, lane, 6)),
    )


@embedded
def tree_yukawa(m: float, tan_beta: float, v: float) -> float:
    """Yukawa coupling without threshold correction, ``(m_l/v) sqrt(1 + tan(beta)^2)``, eq. 2.1 of 1906.08768.

    >>> round(tree_yukawa(0.1056583715, 70.0, 174.1), 7)
    0.0424862
    """
    return m / v * math.sqrt(1.0 + tan_beta * tan_beta)


@scalar
def delta_mia(lepton: Lepton, electroweakinos: Electroweakinos, couplings: Couplings) -> float:
    """Delta_l in the mass-insertion approximation, eq. 2.2 of 1906.08768.

    ``mu tan(beta) g_Y^2 M1/(16 pi^2) I(M1^2, mL^2, mR^2)``

    >>> point_1 = Electroweakinos(1.5e3, 1e3, -1e5, 70.0)
    >>> round(delta_mia(Lepton(0.000511, 2.4e3, 2.3e3, 0.0), point_1, Couplings(0.3574, 0.652, 174.1)), 6)
    -0.993149
    """
    M1, _, mu, tan_beta = electroweakinos
    strength = mu * tan_beta * couplings.g_Y * couplings.g_Y * M1 * LOOP_FACTOR
    return strength * loop_I(M1 * M1, lepton.mL * lepton.mL, lepton.mR * lepton.mR)


@scalar
def delta_decoupled(
    lepton: Lepton, electroweakinos: Electroweakinos, couplings: Couplings, m_W: float, m_Z: float
) -> float:
    """Delta_l for v much below all masses, eq. 8 of 0808.1530 as GM2Calc evaluates it (A is ignored).

    ``-mu tan(beta)/(16 pi^2) { g_2^2 M2 [I(C1, C2, S_nu) + I(C1, C2, S_L)/2]
    + g_Y^2 M1 [I(mu^2, M1^2, S_R) - I(mu^2, M1^2, S_L)/2 - I(M1^2, S_L, S_R)] }`` with chargino masses squared C and
    ``S_nu = |mL^2 - m_Z^2/2|, S_L = |mL^2 - m_Z^2 (s_W^2 - 1/2)|, S_R = |mR^2 + m_Z^2 s_W^2|``.

    >>> point_1 = Electroweakinos(1.5e3, 1e3, -1e5, 70.0)
    >>> lepton, couplings = Lepton(0.000511, 2.4e3, 2.3e3, 0.0), Couplings(0.3574, 0.652, 174.1)
    >>> round(delta_decoupled(lepton, point_1, couplings, 80.385, 91.1876), 6)
    -0.969845
    """
    M1, M2, mu, tan_beta = electroweakinos
    s2_W = 1.0 - (m_W / m_Z) ** 2
    trace = M2 * M2 + mu * mu + 2.0 * m_W * m_W
    C2 = 0.5 * (trace + math.sqrt((trace - 2.0 * M2 * mu) * (trace + 2.0 * M2 * mu)))
    C1 = M2 * M2 * mu * mu / C2
    S_nu = abs(lepton.mL**2 - 0.5 * m_Z**2)
    S_L = abs(lepton.mL**2 - m_Z**2 * (s2_W - 0.5))
    S_R = abs(lepton.mR**2 + m_Z**2 * s2_W)
    wino = M2 * (loop_I(C1, C2, S_nu) + 0.5 * loop_I(C1, C2, S_L))
    bino = M1 * (loop_I(mu * mu, M1 * M1, S_R) - 0.5 * loop_I(mu * mu, M1 * M1, S_L) - loop_I(M1 * M1, S_L, S_R))
    return -mu * tan_beta * LOOP_FACTOR * (couplings.g_2**2 * wino + couplings.g_Y**2 * bino)


class Threshold(NamedTuple):
    """Coefficients of 1 + Delta_l that depend neither on y nor on the mass eigenvalues of the sleptons.

    Of the bino diagram: `M1_2` = M1^2 and `strength` = Delta/I, in GeV^2. Of the complete self-energy: `offset`, the
    part of 1 + Delta that does not depend on y, and `scale` = -1/(16 pi^2 v_d) in 1/GeV.
    """

    M1_2: float
    strength: float
    offset: float
    scale: float


@scalar
def bino_threshold(electroweakinos: Electroweakinos, sleptons: Sleptons, g_Y: float) -> Threshold:
    """Prefactor of the bino diagram, ``-(A v_d - mu v_u)/v_d g_Y^2 M1/(16 pi^2)``.

    >>> sleptons = Sleptons(1.0, 1.0, 1.0, 1.0, -16.0 * math.pi**2)
    >>> bino_threshold(Electroweakinos(100.0, 0.0, 0.0, 0.0), sleptons, 1.0).strength
    100.0
    """
    M1 = electroweakinos.M1
    strength = -sleptons.mixing / math.sqrt(sleptons.vd2) * g_Y * g_Y * M1 * LOOP_FACTOR
    return Threshold(M1 * M1, strength, 1.0, 0.0)


@embedded
def neutralino_term(m: float, B: float, W: float, Z_3: float, couplings: Couplings) -> tuple[Term, float]:
    """Term of a neutralino of mass m with components B, W3 and Hd, and its part of the offset of Delta."""
    n_L = (couplings.g_Y * B + couplings.g_2 * W) * math.sqrt(0.5)
    n_R = math.sqrt(2.0) * couplings.g_Y * B
    m2 = m * m
    log_m2 = log(m2 + 1e-300)
    difference = 0.5 * m * Z_3 * (n_L - n_R)
    term = Term(m2, log_m2, m * n_L * n_R, m * Z_3 * Z_3, difference, 0.5 * m * Z_3 * (n_L + n_R))
    return term, -2.0 * difference * (1.0 - log_m2)


@embedded
def chargino_strength(
    electroweakinos: Electroweakinos, sleptons: Sleptons, g_2: float
) -> tuple[float, float, float, float]:
    """Coefficient c and arguments of the charginos' part ``c I(m_chi1^2, m_chi2^2, m_nu^2)`` of the self-energy.

    ``c = g_2^2 mu M2 v_u`` (GeV^3); the chargino masses are those at v_d = 0.
    """
    M2, mu = electroweakinos.M2, electroweakinos.mu
    v_u = math.sqrt(sleptons.vd2) * electroweakinos.tan_beta
    light, heavy = chargino_masses2(M2, mu, 0.0, g_2 * v_u)
    return g_2 * g_2 * mu * M2 * v_u, light, heavy, sleptons.m2_nu


@embedded
def threshold_of(sleptons: Sleptons, neutralino_constant: float, chargino: float) -> Threshold:
    """Prefactor and y-independent part of the complete self-energy, given those of neutralinos and charginos."""
    scale = -LOOP_FACTOR / math.sqrt(sleptons.vd2)
    return Threshold(0.0, 0.0, 1.0 + scale * (neutralino_constant + chargino), scale)


@scalar
def full_threshold(
    electroweakinos: Electroweakinos, sleptons: Sleptons, couplings: Couplings, neutralino_constant: float
) -> Threshold:
    """Prefactor and y-independent part of the complete tan(beta)-enhanced self-energy.

    The charginos contribute ``-mu tan(beta) g_2^2 M2/(16 pi^2) I(m_chi1^2, m_chi2^2, m_nu^2)``, masses at v_d = 0.
    """
    strength, light, heavy, m2_nu = chargino_strength(electroweakinos, sleptons, couplings.g_2)
    return threshold_of(sleptons, neutralino_constant, strength * loop_I(light, heavy, m2_nu))


@embedded
def _b(m2: float, log_m2: float, s2: float, log_s2: float) -> float:
    """B0(m^2, s^2) + ln m^2 - 1 = s^2 ln(s^2/m^2)/(m^2 - s^2), which is -1 at s = m and 0 at s = 0.

    Close to s = m the logarithm is ``-2 artanh(z)`` with z = (m^2 - s^2)/(m^2 + s^2), |z| < 0.053.
    """
    gap = m2 - s2
    far = abs(gap) > 0.1 * m2
    inverse = 1.0 / (gap if far else m2 + s2)
    z = gap * inverse
    z2 = z * z
    close = 1 / 5 + z2 * (1 / 7 + z2 * (1 / 9 + z2 * (1 / 11 + z2 * (1 / 13))))
    return s2 * inverse * (log_s2 - log_m2 if far else -2.0 - 2.0 * z2 * (1 / 3 + z2 * close))


class SleptonMasses(NamedTuple):
    """Slepton masses squared (GeV^2), their logarithms, and the inverse of their difference."""

    m2_1: float
    log_1: float
    m2_2: float
    log_2: float
    inverse_splitting: float


@embedded
def _self_energy(mixing: float, gap: float, y2: float, term: Term, masses: SleptonMasses) -> float:
    """Contribution of a neutralino to the sum of `one_plus_delta_full`, for different slepton masses."""
    b_1 = _b(term.m2, term.log_m2, masses.m2_1, masses.log_1)
    b_2 = _b(term.m2, term.log_m2, masses.m2_2, masses.log_2)
    loop = (b_1 - b_2) * masses.inverse_splitting
    return (mixing * (term.gauge - y2 * term.yukawa) + gap * term.sum) * loop - term.difference * (b_1 + b_2)


@embedded
def one_plus_delta_full(
    y2: float, m2_1: float, m2_2: float, sleptons: Sleptons, threshold: Threshold, terms: FourTerms
) -> float:
    """1 + Delta_l of the complete self-energy, for slepton masses squared m2_1 < m2_2 that are not `close`.

    ``Delta = dm/(y v_d)``, ``dm = -1/(16 pi^2) [sum_ik nL_ik nR_ik m_i B0(m_i^2, m_k^2) + charginos]``, couplings of
    `gminus2` with v_d -> 0 in neutralinos and charginos. The sum over sleptons is done analytically, which keeps the
    digits of small mixing: ``sum_k U_kL U_kR B0_k = -m2_LR I`` and ``sum_k U_kL^2 B0_k = <B0> - (M2_LL - M2_RR) I/2``
    (R: +) with ``I = I(m_i^2, m_1^2, m_2^2)``.
    """
    log_1 = log(m2_1)
    masses = SleptonMasses(m2_1, log_1 if m2_1 != 0.0 else 0.0, m2_2, log(m2_2), 1.0 / (m2_2 - m2_1))
    mixing, gap = sleptons.mixing, sleptons.m2_L - sleptons.m2_R
    total = _self_energy(mixing, gap, y2, terms[0], masses) + _self_energy(mixing, gap, y2, terms[1], masses)
    total += _self_energy(mixing, gap, y2, terms[2], masses) + _self_energy(mixing, gap, y2, terms[3], masses)
    return threshold.offset + threshold.scale * total


@embedded
def are_close(m2_1: float, m2_2: float) -> bool:
    """Whether slepton masses squared m2_1 < m2_2 are so close that differences of loop functions lose digits."""
    return m2_2 - m2_1 < CLOSE * m2_2


@scalar
def one_plus_delta_close(
    y2: float, m2_1: float, m2_2: float, sleptons: Sleptons, threshold: Threshold, terms: FourTerms
) -> float:
    """`one_plus_delta_full` for slepton masses that are close or equal."""
    log_1, log_2 = log(m2_1), log(m2_2)
    gap = sleptons.m2_L - sleptons.m2_R
    total = 0.0
    for term in terms:
        b_1 = _b(term.m2, term.log_m2, m2_1, log_1)
        b_2 = _b(term.m2, term.log_m2, m2_2, log_2)
        mixing = sleptons.mixing * (term.gauge - y2 * term.yukawa) + gap * term.sum
        total += mixing * loop_I(term.m2, m2_1, m2_2) - term.difference * (b_1 + b_2)
    return threshold.offset + threshold.scale * total


@scalar
def _one_plus_delta_of_masses(
    y2: float, m2_1: float, m2_2: float, sleptons: Sleptons, threshold: Threshold, table: TermTable
) -> float:
    """1 + Delta_l of the complete self-energy for any slepton masses."""
    terms = read_terms(table.table, table.lane)
    if are_close(m2_1, m2_2):
        return one_plus_delta_close(y2, m2_1, m2_2, sleptons, threshold, terms)
    return one_plus_delta_full(y2, m2_1, m2_2, sleptons, threshold, terms)


@scalar
def one_plus_delta(y2: float, sleptons: Sleptons, threshold: Threshold, terms: Terms) -> float:
    """Return 1 + Delta_l at Yukawa coupling squared `y2`, with exact slepton mixing; NaN for a tachyon.

    Complete self-energy if the `terms` of the neutralinos are given; else the bino diagram,
    ``Delta = (mu - A/tan(beta)) tan(beta) g_Y^2 M1/(16 pi^2) I(M1^2, m_1^2, m_2^2)``, which is eq. 2.2 of 1906.08768
    with mass eigenvalues in place of soft masses.
    """
    m2_1, m2_2 = slepton_masses(y2, sleptons)
    if terms is None:
        return 1.0 + threshold.strength * loop_I(threshold.M1_2, m2_1, m2_2)
    return _one_plus_delta_of_masses(y2, m2_1, m2_2, sleptons, threshold, terms)


@embedded
def heavy_at_edge(y2: float, sleptons: Sleptons) -> float:
    """Mass squared (GeV^2) of the heavier slepton where the lighter one is massless, y2 being that of `yukawa_edge`."""
    return sleptons.m2_L + sleptons.m2_R + 2.0 * y2 * sleptons.vd2


@scalar
def one_plus_delta_at_edge(y2: float, sleptons: Sleptons, threshold: Threshold, terms: Terms) -> float:
    """Return 1 + Delta_l where the lighter slepton is exactly massless, y2 being the square of `yukawa_edge`."""
    m2_2 = heavy_at_edge(y2, sleptons)
    if terms is None:
        if threshold.strength == 0.0:  # no bino mass, where the loop function of two massless particles is infinite
            return 1.0
        return 1.0 + threshold.strength * loop_I(threshold.M1_2, 0.0, m2_2)
    return _one_plus_delta_of_masses(y2, 0.0, m2_2, sleptons, threshold, terms)
