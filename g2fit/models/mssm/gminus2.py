"""Anomalous magnetic moments: bino-slepton diagrams, full one loop, and QED corrections."""

import math
from typing import NamedTuple

from g2fit.core.jit import embedded, scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.logarithm import log
from g2fit.models.mssm.loop_functions import chargino_functions, loop_fN, neutralino_functions
from g2fit.models.mssm.rows import take
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, Sleptons, heavy_direction

__all__ = [
    "Chargino",
    "Neutralino",
    "Slepton",
    "a_bino",
    "a_bino_mia",
    "chargino_diagram",
    "chargino_loops",
    "chargino_of",
    "delta_qed",
    "neutralino_diagram",
    "neutralino_loops",
    "neutralino_of",
    "selectrons_of",
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


@embedded
def delta_qed(m: float, m_susy: float, alpha: float) -> float:
    """Leading-logarithmic QED correction, ``(4 alpha/pi) ln(M_SUSY/m_l)``; a_l is multiplied by 1 - delta_QED.

    >>> round(delta_qed(0.000510998928, 2300.0, 1 / 137.036), 6)
    0.142341
    """
    return 4.0 * alpha / math.pi * log(m_susy / m)


class Neutralino(NamedTuple):
    """A neutralino: mass m with sign (GeV), m^2, ln m^2, n_L = (g_Y Z_1 + g_2 Z_2)/r2, n_R = r2 g_Y Z_1, and Z_3."""

    m: float
    m2: float
    log_m2: float
    n_L: float
    n_R: float
    Z_3: float


class Chargino(NamedTuple):
    """A chargino: mass m with sign (GeV), m^2, ln m^2, and the elements V_k1 and U_k2 of the mixing."""

    m: float
    m2: float
    log_m2: float
    V_1: float
    U_2: float


@embedded
def neutralino_of(m: float, B: float, W: float, Z_3: float, couplings: Couplings) -> Neutralino:
    """Neutralino of mass m with components B, W3 and Hd."""
    n_L = (couplings.g_Y * B + couplings.g_2 * W) * math.sqrt(0.5)
    return Neutralino(m, m * m, log(m * m + 1e-300), n_L, math.sqrt(2.0) * couplings.g_Y * B, Z_3)


@embedded
def chargino_of(m: float, V_1: float, U_2: float) -> Chargino:
    """Chargino of mass m."""
    return Chargino(m, m * m, log(m * m + 1e-300), V_1, U_2)


class Slepton(NamedTuple):
    """Mixing U_L, U_R and squared mass (GeV^2) of a slepton or sneutrino, and the logarithm of the latter."""

    U_L: float
    U_R: float
    m2: float
    log_m2: float


@embedded
def neutralino_diagram(
    y: float, m: float, log_m: float, log_Q: float, slepton: Slepton, neutralino: Neutralino
) -> tuple[float, float]:
    """Contribution of a neutralino and a slepton to a_l at one loop and to its photonic two-loop correction.

    One loop (hep-ph/0609168, 1311.1775), for neutralino i and slepton k, with x = m_i^2/m_k^2, slepton mixing U and
    ``nL = n_L U_kL - y Z_3 U_kR, nR = -(n_R U_kR + y Z_3 U_kL)``:
    ``a = -m_l^2/(16 pi^2) { (nL^2 + nR^2) F1N/12 + m_i nL nR F2N/(3 m_l) } / m_k^2``.

    Two loops (1003.5820 eq. 35), with AA = nL^2 + nR^2 and BB = 2 nL nR m_i/m_l:
    ``a = 4 pi alpha m_l^2/(16 pi^2)^2 { [4 AA F1N/3 + 8 BB F2N/3] ln(m_k/m_l) + 35 AA F3N/72 + 8 BB F4N/9
    + AA F1N ln(m_k/Q)/2 } / m_k^2``.

    Both are returned without the prefactors ``m_l^2/(16 pi^2)`` and ``4 pi alpha m_l^2/(16 pi^2)^2``, in 1/GeV^2.
    """
    nL = neutralino.n_L * slepton.U_L - y * neutralino.Z_3 * slepton.U_R
    nR = -(neutralino.n_R * slepton.U_R + y * neutralino.Z_3 * slepton.U_L)
    AA = nL * nL + nR * nR
    BB = 2.0 * nL * nR * neutralino.m / m
    inverse = 1.0 / slepton.m2
    F1, F2, F3, F4 = neutralino_functions(neutralino.m2 * inverse, neutralino.log_m2 - slepton.log_m2)
    one_loop = AA * F1 / 12.0 + BB * F2 / 6.0
    over_m, over_Q = 0.5 * slepton.log_m2 - log_m, 0.5 * slepton.log_m2 - log_Q
    two_loop = (4.0 / 3.0 * AA * F1 + 8.0 / 3.0 * BB * F2) * over_m
    two_loop += 35.0 / 72.0 * AA * F3 + 8.0 / 9.0 * BB * F4 + 0.5 * AA * F1 * over_Q
    return -one_loop * inverse, two_loop * inverse


@embedded
def chargino_diagram(
    y: float, m: float, log_m: float, log_Q: float, g_2: float, sneutrino: Slepton, chargino: Chargino
) -> tuple[float, float]:
    """Contribution of a chargino and the sneutrino, as `neutralino_diagram`.

    One loop, for chargino k, with x = m_k^2/m_nu^2, ``cL = -g_2 V_k1, cR = y U_k2``:
    ``a = m_l^2/(16 pi^2 m_nu^2) { (cL^2 + cR^2) F1C/12 + 2 m_k cL cR F2C/(3 m_l) }``.

    Two loops (1003.5820 eq. 36), with AA = cL^2 + cR^2 and BB = 2 cL cR m_k/m_l:
    ``a = 4 pi alpha m_l^2/((16 pi^2)^2 m_nu^2) { [4 AA F1C/3 + 16 BB F2C/3] ln(m_l/m_nu) - 47 AA F3C/72
    - 61 BB F4C/9 - [AA F1C + 2 BB F2C] ln(m_nu/Q) }``.
    """
    cL, cR = -g_2 * chargino.V_1, y * chargino.U_2
    AA = cL * cL + cR * cR
    BB = 2.0 * cL * cR * chargino.m / m
    inverse = 1.0 / sneutrino.m2
    F1, F2, F3, F4 = chargino_functions(chargino.m2 * inverse, chargino.log_m2 - sneutrino.log_m2)
    one_loop = AA * F1 / 12.0 + BB * F2 / 3.0
    over_m, over_Q = 0.5 * sneutrino.log_m2 - log_m, 0.5 * sneutrino.log_m2 - log_Q
    two_loop = (4.0 / 3.0 * AA * F1 + 16.0 / 3.0 * BB * F2) * over_m
    two_loop += 47.0 / 72.0 * AA * F3 + 61.0 / 9.0 * BB * F4 + (AA * F1 + 2.0 * BB * F2) * over_Q
    return one_loop * inverse, -two_loop * inverse


@embedded
def selectrons_of(y: float, m2_1: float, m2_2: float, sleptons: Sleptons) -> tuple[Slepton, Slepton]:
    """The charged sleptons of a generation, lighter first."""
    cosine, sine = heavy_direction(0.5 * (sleptons.m2_L - sleptons.m2_R), y * sleptons.mixing)
    return Slepton(-sine, cosine, m2_1, log(m2_1)), Slepton(cosine, sine, m2_2, log(m2_2))


@scalar
def neutralino_loops(
    y: float, m: float, m2_1: float, m2_2: float, sleptons: Sleptons, table: FloatArray, Q: float
) -> tuple[float, float]:
    """Sums of `neutralino_diagram` over the four neutralinos in the only column of a table."""
    log_m, log_Q = log(m), log(Q)
    light, heavy = selectrons_of(y, m2_1, m2_2, sleptons)
    one_loop, two_loop = 0.0, 0.0
    for i in range(8):
        neutralino = Neutralino(*take(table, 6 * (i // 2), 0, 6))
        one, two = neutralino_diagram(y, m, log_m, log_Q, heavy if i % 2 else light, neutralino)
        one_loop += one
        two_loop += two
    return one_loop, two_loop


@scalar
def chargino_loops(y: float, m: float, m2_nu: float, g_2: float, table: FloatArray, Q: float) -> tuple[float, float]:
    """Sums of `chargino_diagram` over the two charginos in the only column of a table."""
    log_m, log_Q = log(m), log(Q)
    sneutrino = Slepton(1.0, 0.0, m2_nu, log(m2_nu))
    one_loop, two_loop = 0.0, 0.0
    for k in range(2):
        one, two = chargino_diagram(y, m, log_m, log_Q, g_2, sneutrino, Chargino(*take(table, 5 * k, 0, 5)))
        one_loop += one
        two_loop += two
    return one_loop, two_loop
