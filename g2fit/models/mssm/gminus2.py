"""Anomalous magnetic moments: bino-slepton diagrams, full one loop, and QED corrections."""

import math

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.loop_functions import chargino_12, chargino_34, loop_fN, neutralino_12, neutralino_34
from g2fit.models.mssm.rows import fill
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, Sleptons, heavy_direction

__all__ = [
    "a_bino",
    "a_bino_mia",
    "chargino_loops",
    "chargino_table",
    "delta_qed",
    "neutralino_loops",
    "neutralino_table",
]


@scalar
def a_bino_mia(lepton: Lepton, electroweakinos: Electroweakinos, g_Y: float) -> float:
    """a_l (1 + Delta_l) of the bino diagram in the mass-insertion approximation, eq. 2.5 of 1906.08768 without QED.

    ``g_Y^2/(16 pi^2) m_l^2 mu tan(beta) M1/(mL^2 mR^2) f_N(mL^2/M1^2, mR^2/M1^2)``

    >>> electroweakinos = Electroweakinos(1.5e3, 1e3, -1e5, 70.0)
    >>> f"{a_bino_mia(Lepton(0.000510998928, 2.4e3, 2.3e3, 0.0), electroweakinos, 0.3574):.8e}"
    '-2.26101895e-14'
    """
    M1, _, mu, tan_beta = electroweakinos
    if M1 == 0.0:
        return 0.0
    m2_L, m2_R = lepton.mL * lepton.mL, lepton.mR * lepton.mR
    loop = loop_fN(m2_L / (M1 * M1), m2_R / (M1 * M1))
    return g_Y * g_Y * LOOP_FACTOR * lepton.m * lepton.m * mu * tan_beta * M1 / (m2_L * m2_R) * loop


@scalar
def a_bino(m: float, m2_LR: float, m2_1: float, m2_2: float, M1: float, g_Y: float) -> float:
    """a_l of the bino diagram with exact slepton mixing (eq. 2.5 of 1906.08768 in mass eigenstates).

    ``-g_Y^2/(16 pi^2) m_l m2_LR M1/(m_1^2 m_2^2) f_N(m_1^2/M1^2, m_2^2/M1^2)``, ``m2_LR = y (A v_d - mu v_u)`` in
    GeV^2.

    >>> f"{a_bino(0.1, -1.0e5, 4.0e6, 4.0e6, 2000.0, 0.36):.4e}"
    '1.7098e-10'
    """
    if M1 == 0.0:
        return 0.0
    loop = loop_fN(m2_1 / (M1 * M1), m2_2 / (M1 * M1))
    return -g_Y * g_Y * LOOP_FACTOR * m * m2_LR * M1 / (m2_1 * m2_2) * loop


@scalar
def delta_qed(m: float, m_susy: float, alpha: float) -> float:
    """Leading-logarithmic QED correction, ``(4 alpha/pi) ln(M_SUSY/m_l)``; a_l is multiplied by 1 - delta_QED.

    >>> round(delta_qed(0.000510998928, 2300.0, 1 / 137.036), 6)
    0.142341
    """
    return 4.0 * alpha / math.pi * math.log(m_susy / m)


#: Rows of a neutralino table: mass m with sign (GeV), m^2, ln m^2, n_L = (g_Y Z_1 + g_2 Z_2)/r2, n_R = r2 g_Y Z_1, Z_3.
MASS, MASS2, LOG_MASS2, N_L, N_R, Z_3 = range(6)
#: Columns of a chargino table: mass m with sign (GeV), ln m^2, and the elements V_k1 and U_k2 of the mixing.
CHARGINO_MASS, CHARGINO_LOG_MASS2, V_1, U_2 = range(4)


@scalar
def neutralino_table(masses: FloatArray, vectors: FloatArray, couplings: Couplings, table: FloatArray) -> None:
    """Fill `table`, (6, 4), from masses (on the diagonal) and mixing."""
    for i in range(4):
        m = masses[i, i]
        table[MASS, i] = m
        table[MASS2, i] = m * m
        table[LOG_MASS2, i] = math.log(m * m + 1e-300)
        table[N_L, i] = (couplings.g_Y * vectors[i, 0] + couplings.g_2 * vectors[i, 1]) * math.sqrt(0.5)
        table[N_R, i] = math.sqrt(2.0) * couplings.g_Y * vectors[i, 0]
        table[Z_3, i] = vectors[i, 2]


@scalar
def chargino_table(
    m_1: float, V_11: float, U_12: float, m_2: float, V_21: float, U_22: float, table: FloatArray
) -> None:
    """Fill `table`, (2, 4), with what `electroweakinos.charginos` returns."""
    fill(table[0], (m_1, math.log(m_1 * m_1 + 1e-300), V_11, U_12))
    fill(table[1], (m_2, math.log(m_2 * m_2 + 1e-300), V_21, U_22))


@scalar
def neutralino_loops(
    y: float, m: float, m2_1: float, m2_2: float, sleptons: Sleptons, table: FloatArray, photonic: bool, Q: float
) -> tuple[float, float]:
    """Neutralino-slepton sums of a_l at one loop and in its photonic two-loop correction.

    One loop (hep-ph/0609168, 1311.1775), over neutralinos i and sleptons k, with x = m_i^2/m_k^2, slepton mixing U and
    ``nL = n_L U_kL - y Z_3 U_kR, nR = -(n_R U_kR + y Z_3 U_kL)``:
    ``a = -m_l^2/(16 pi^2) sum { (nL^2 + nR^2) F1N/12 + m_i nL nR F2N/(3 m_l) } / m_k^2``.

    Two loops (1003.5820 eq. 35), with AA = nL^2 + nR^2 and BB = 2 nL nR m_i/m_l:
    ``a = 4 pi alpha m_l^2/(16 pi^2)^2 sum { [4 AA F1N/3 + 8 BB F2N/3] ln(m_k/m_l) + 35 AA F3N/72 + 8 BB F4N/9
    + AA F1N ln(m_k/Q)/2 } / m_k^2``.

    Both are returned without the prefactors ``m_l^2/(16 pi^2)`` and ``4 pi alpha m_l^2/(16 pi^2)^2``, in 1/GeV^2.
    """
    cosine, sine = heavy_direction(0.5 * (sleptons.m2_L - sleptons.m2_R), y * sleptons.mixing)
    one_loop, two_loop = 0.0, 0.0
    for k in range(2):
        U_L, U_R, m2_k = (-sine, cosine, m2_1) if k == 0 else (cosine, sine, m2_2)
        log_k = math.log(m2_k)
        over_m = 0.5 * log_k - math.log(m)
        over_Q = 0.5 * log_k - math.log(Q)
        inverse = 1.0 / m2_k
        sum_1, sum_2 = 0.0, 0.0
        for i in range(4):
            nL = table[N_L, i] * U_L - y * table[Z_3, i] * U_R
            nR = -(table[N_R, i] * U_R + y * table[Z_3, i] * U_L)
            AA = nL * nL + nR * nR
            BB = 2.0 * nL * nR * table[MASS, i] / m
            x, log_x = table[MASS2, i] * inverse, table[LOG_MASS2, i] - log_k
            F1, F2 = neutralino_12(x, log_x)
            sum_1 += AA * F1 / 12.0 + BB * F2 / 6.0
            if photonic:
                F3, F4 = neutralino_34(x, log_x)
                sum_2 += (4.0 / 3.0 * AA * F1 + 8.0 / 3.0 * BB * F2) * over_m
                sum_2 += 35.0 / 72.0 * AA * F3 + 8.0 / 9.0 * BB * F4 + 0.5 * AA * F1 * over_Q
        one_loop -= sum_1 * inverse
        two_loop += sum_2 * inverse
    return one_loop, two_loop


@scalar
def chargino_loops(
    y: float, m: float, m2_nu: float, g_2: float, table: FloatArray, photonic: bool, Q: float
) -> tuple[float, float]:
    """Chargino-sneutrino sums of a_l, as `neutralino_loops`.

    One loop, over charginos k, with x = m_k^2/m_nu^2, ``cL = -g_2 V_k1, cR = y U_k2``:
    ``a = m_l^2/(16 pi^2 m_nu^2) sum { (cL^2 + cR^2) F1C/12 + 2 m_k cL cR F2C/(3 m_l) }``.

    Two loops (1003.5820 eq. 36), with AA = cL^2 + cR^2 and BB = 2 cL cR m_k/m_l:
    ``a = 4 pi alpha m_l^2/((16 pi^2)^2 m_nu^2) sum { [4 AA F1C/3 + 16 BB F2C/3] ln(m_l/m_nu) - 47 AA F3C/72
    - 61 BB F4C/9 - [AA F1C + 2 BB F2C] ln(m_nu/Q) }``.
    """
    log_nu = math.log(m2_nu)
    over_m = 0.5 * log_nu - math.log(m)
    over_Q = 0.5 * log_nu - math.log(Q)
    inverse = 1.0 / m2_nu
    one_loop, two_loop = 0.0, 0.0
    for k in range(2):
        cL, cR = -g_2 * table[k, V_1], y * table[k, U_2]
        mass = table[k, CHARGINO_MASS]
        AA = cL * cL + cR * cR
        BB = 2.0 * cL * cR * mass / m
        x, log_x = mass * mass * inverse, table[k, CHARGINO_LOG_MASS2] - log_nu
        F1, F2 = chargino_12(x, log_x)
        one_loop += AA * F1 / 12.0 + BB * F2 / 3.0
        if photonic:
            F3, F4 = chargino_34(x, log_x)
            two_loop -= (4.0 / 3.0 * AA * F1 + 16.0 / 3.0 * BB * F2) * over_m
            two_loop -= 47.0 / 72.0 * AA * F3 + 61.0 / 9.0 * BB * F4 + (AA * F1 + 2.0 * BB * F2) * over_Q
    return one_loop * inverse, two_loop * inverse
