r"""Fermion/sfermion loops in gaugino and Higgsino lines: the leading logarithms of heavy squarks and sleptons.

Loops of fermions and sfermions make the coupling of a gaugino or Higgsino differ from the gauge or Yukawa coupling,
by logarithms of the sfermion masses over the scale m_S of the light superpartners (1309.0980; 1311.1775 eqs.
6.2-6.6). With squarks of tens of TeV that is +7 to +8 per cent of the one-loop moment.
"""

import math
from typing import NamedTuple

from g2fit.core.jit import embedded, scalar
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.gminus2 import a_bino_mia
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, higgs_vevs
from g2fit.models.mssm.two_loop.loop_functions import loop_Fa, loop_Fb
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting

__all__ = [
    "CouplingShifts",
    "LightLogs",
    "MassInsertion",
    "coupling_shifts",
    "fermion_sfermion",
    "light_logs",
    "log_susy_scale",
    "mass_insertion",
]

#: Constants of the leading-logarithmic approximation, which make up for what it neglects (1309.0980).
WINO_CONSTANT, BINO_L_CONSTANT, BINO_R_CONSTANT, BINO_LR_CONSTANT = 0.015, 0.015, 0.04, 0.03


class LightLogs(NamedTuple):
    """Sums over selectrons and smuons of logarithms of soft masses in GeV: ln mR + 1/2 ln mL, and 1/2 ln mL."""

    g1: float
    g2: float


@scalar
def light_logs(mL_e: float, mR_e: float, mL_mu: float, mR_mu: float) -> LightLogs:
    """Sums over selectrons and smuons from their soft masses in GeV.

    >>> light_logs(1.0, 1.0, 1.0, math.exp(2.0))
    LightLogs(g1=2.0, g2=0.0)
    """
    left, right = 0.5 * math.log(mL_e * mL_mu), math.log(mR_e * mR_mu)
    return LightLogs(right + left, left)


class MassInsertion(NamedTuple):
    """Pieces of a_l (1 + Delta_l) at one loop in the mass-insertion approximation, named by what is in the loop."""

    wino_sneutrino: float
    wino_left: float
    bino_left: float
    bino_right: float
    bino_left_right: float


class CouplingShifts(NamedTuple):
    """Relative shifts of couplings: gauge, Higgsino Yukawa, its parts beside binos and winos, and tan(beta)."""

    g1: float
    g2: float
    higgsino: float
    bino_higgsino: float
    wino_higgsino: float
    tan_beta: float


@scalar
def mass_insertion(
    lepton: Lepton, electroweakinos: Electroweakinos, couplings: Couplings, m2_nu: float
) -> MassInsertion:
    """Pieces of the one-loop amplitude, 1311.1775 eqs. 6.2; `m2_nu` is the sneutrino's mass squared in GeV^2.

    With c = m_l^2 mu tan(beta)/(16 pi^2) they are 2 g_2^2 c M2/m_nu^4 Fa, -g_2^2 c M2/mL^4 Fb, g_Y^2 c M1/mL^4 Fb,
    -2 g_Y^2 c M1/mR^4 Fb, arguments M_i^2/m^2 and mu^2/m^2, and 2 g_Y^2 c/M1^3 Fb(mL^2/M1^2, mR^2/M1^2), which is
    eq. 2.5 of 1906.08768.

    >>> lepton, couplings = Lepton(0.1056583715, 5e3, 5e3, 0.0), Couplings(0.35413, 0.661225, 171.926)
    >>> pieces = mass_insertion(lepton, Electroweakinos(1.5e3, 1e3, -1e5, 70.0), couplings, 4.9996**2 * 1e6)
    >>> pieces.bino_left_right < pieces.wino_sneutrino < 0.0 < pieces.bino_right
    True
    """
    M1, M2, mu, tan_beta = electroweakinos
    m2_L, m2_R = lepton.mL * lepton.mL, lepton.mR * lepton.mR
    c = LOOP_FACTOR * lepton.m * lepton.m * mu * tan_beta
    wino, bino = couplings.g_2 * couplings.g_2 * c * M2, couplings.g_Y * couplings.g_Y * c * M1
    M1_2, M2_2, mu2 = M1 * M1, M2 * M2, mu * mu
    return MassInsertion(
        2.0 * wino / (m2_nu * m2_nu) * loop_Fa(M2_2 / m2_nu, mu2 / m2_nu),
        -wino / (m2_L * m2_L) * loop_Fb(M2_2 / m2_L, mu2 / m2_L),
        bino / (m2_L * m2_L) * loop_Fb(M1_2 / m2_L, mu2 / m2_L),
        -2.0 * bino / (m2_R * m2_R) * loop_Fb(M1_2 / m2_R, mu2 / m2_R),
        a_bino_mia(lepton, electroweakinos, couplings.g_Y),
    )


@scalar
def log_susy_scale(lepton: Lepton, electroweakinos: Electroweakinos, bino_scale: bool) -> float:
    """Logarithm of m_S, the smallest of |M1|, M2, |mu|, mL and mR; or of |M1|, mL and mR with `bino_scale`.

    >>> point = Electroweakinos(1.5e3, 1e3, -1e5, 70.0)
    >>> [round(math.exp(log_susy_scale(Lepton(0.1, 5e3, 5e3, 0.0), point, bino)), 6) for bino in (False, True)]
    [1000.0, 1500.0]
    """
    smallest = min(abs(electroweakinos.M1), lepton.mL, lepton.mR)
    if not bino_scale:
        smallest = min(smallest, abs(electroweakinos.M2), abs(electroweakinos.mu))
    return math.log(smallest)


@embedded
def third_generation_yukawas(
    tan_beta: float, couplings: Couplings, setting: TwoLoopSetting
) -> tuple[float, float, float]:
    """Yukawa couplings of top, bottom and tau: m_t/v_u, and m/v_d/(1 + Delta) of the other two."""
    v_d, v_u = higgs_vevs(tan_beta, couplings.v)
    y_b = setting.m_b / (v_d * (1.0 + setting.heavy.delta_b))
    return setting.m_t / v_u, y_b, setting.m_tau / (v_d * (1.0 + setting.heavy.delta_tau))


@scalar
def coupling_shifts(
    log_S: float, light: LightLogs, tan_beta: float, couplings: Couplings, setting: TwoLoopSetting
) -> CouplingShifts:
    """Shifts of the couplings in the leading logarithms of masses over m_S, 1311.1775 eqs. 6.4-6.6.

    With l(m) = ln(m/m_S), and the sum over three generations of sfermions,
    ``g1 = 4/3 g_Y^2/(16 pi^2) sum [4/3 l(U) + 1/3 l(D) + 1/6 l(Q) + l(E) + 1/2 l(L)]``,
    ``g2 = 4/3 g_2^2/(16 pi^2) sum [3/2 l(Q) + 1/2 l(L)]``; of the third generation
    ``higgsino = {3 y_t^2 l(U) + 3 y_b^2 l(D) + 3 (y_t^2 + y_b^2) l(Q) + y_tau^2 [l(E) + l(L)]}/(32 pi^2)``,
    ``bino_higgsino = y_t^2 [2 l(Q) - 8 l(U)]/(16 pi^2)``, ``wino_higgsino = -6 y_t^2 l(Q)/(16 pi^2)`` and, if the scale
    Q of tan(beta) is not m_S, ``tan_beta = (y_tau^2 - 3 y_t^2 + 3 y_b^2) ln(Q/m_S)/(16 pi^2)``.
    """
    heavy = setting.heavy
    y_t, y_b, y_tau = third_generation_yukawas(tan_beta, couplings, setting)
    y2_t, y2_b, y2_tau = y_t * y_t, y_b * y_b, y_tau * y_tau
    l_Q, l_U, l_D = heavy.log_Q - log_S, heavy.log_U - log_S, heavy.log_D - log_S
    l_L, l_E = heavy.log_L - log_S, heavy.log_E - log_S
    higgsino = 3.0 * y2_t * l_U + 3.0 * y2_b * l_D + 3.0 * (y2_t + y2_b) * l_Q + y2_tau * (l_E + l_L)
    running = math.log(setting.scale) - log_S if setting.scale == setting.scale else 0.0
    return CouplingShifts(
        4.0 / 3.0 * LOOP_FACTOR * couplings.g_Y**2 * (heavy.log_g1 + light.g1 - 10.0 * log_S),
        4.0 / 3.0 * LOOP_FACTOR * couplings.g_2**2 * (heavy.log_g2 + light.g2 - 6.0 * log_S),
        0.5 * LOOP_FACTOR * higgsino,
        LOOP_FACTOR * y2_t * (2.0 * l_Q - 8.0 * l_U),
        -6.0 * LOOP_FACTOR * y2_t * l_Q,
        LOOP_FACTOR * (y2_tau - 3.0 * y2_t + 3.0 * y2_b) * running,
    )


@scalar
def bino_shift(shifts: CouplingShifts, couplings: Couplings, on_shell: Couplings) -> float:
    """Relative change of the bino-slepton diagram and of the bino part of Delta_l, without that of tan(beta)."""
    return BINO_LR_CONSTANT - ((couplings.g_Y / on_shell.g_Y) ** 2 - 1.0) + shifts.g1


@scalar
def fermion_sfermion(pieces: MassInsertion, shifts: CouplingShifts, couplings: Couplings, on_shell: Couplings) -> float:
    """a_l (1 + Delta_l) of the fermion/sfermion loops, 1311.1775 eq. 6.3.

    The constants hold for couplings from alpha(m_Z), `on_shell`; with other `couplings` they are lowered by
    g^2/g_on_shell^2 - 1, which those couplings already contain.
    """
    excess_Y = (couplings.g_Y / on_shell.g_Y) ** 2 - 1.0
    excess_2 = (couplings.g_2 / on_shell.g_2) ** 2 - 1.0
    wino = WINO_CONSTANT - excess_2 + shifts.g2 + shifts.higgsino + shifts.wino_higgsino + shifts.tan_beta
    bino = shifts.g1 - excess_Y + shifts.higgsino + shifts.bino_higgsino + shifts.tan_beta
    return (
        (pieces.wino_sneutrino + pieces.wino_left) * wino
        + pieces.bino_left * (BINO_L_CONSTANT + bino)
        + pieces.bino_right * (BINO_R_CONSTANT + bino)
        + pieces.bino_left_right * (bino_shift(shifts, couplings, on_shell) + shifts.tan_beta)
    )
