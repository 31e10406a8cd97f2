"""Masses and mixing of the light supersymmetric particles, as limits of collider searches need them (tree level)."""

import math
from typing import Any

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.mssm.electroweakinos import charginos, diagonalised, neutralino_matrix, perturbed
from g2fit.models.mssm.kernels import couplings_of, generation_of
from g2fit.models.mssm.predictions import OBSERVABLES, Prediction, Sparticles
from g2fit.models.mssm.rows import fill, first
from g2fit.models.mssm.setting import OK, OnShell, Setting
from g2fit.models.mssm.spectrum import Electroweakinos, Lepton, Sleptons, higgs_vevs
from g2fit.models.mssm.wino import wino_lifetime, wino_splitting

__all__ = ["fill_sparticles"]

#: Number of the predictions that are computed before.
BEFORE = len(OBSERVABLES)


@scalar
def left_share(m2_L: float, m_1: float, m_2: float) -> float:
    """Share of the left-handed slepton in the lighter mass eigenstate; 1/2 if both have the same mass.

    ``(m_2^2 - m2_L)/(m_2^2 - m_1^2)``, where m2_L (GeV^2) is the diagonal element of the mass matrix.

    >>> left_share(100.0**2, 100.0, 200.0), left_share(200.0**2, 100.0, 200.0)
    (1.0, 0.0)
    """
    difference = m_2 * m_2 - m_1 * m_1
    return min(max((m_2 * m_2 - m2_L) / difference, 0.0), 1.0) if difference > 0.0 else 0.5


@scalar
def sleptons_at(
    mL: float, mR: float, electroweakinos: Electroweakinos, setting: Setting, scheme: float, on_shell: OnShell
) -> Sleptons:
    """Sleptons of a generation without trilinear coupling, on which only their mixing depends."""
    lepton = Lepton(0.0, mL, mR, 0.0)
    couplings = couplings_of(lepton, setting, scheme, on_shell)
    return generation_of(lepton, electroweakinos, couplings, setting).sleptons


@scalar
def sparticles_of(
    before: Any,
    soft: FloatArray,
    electroweakinos: Electroweakinos,
    setting: Setting,
    scheme: float,
    on_shell: OnShell,
    lightest: Any,
) -> Any:
    """Predictions for one solution, after the `Prediction` of the same solution.

    `soft` holds the soft masses mL_e, mR_e, mL_mu, mR_mu; `lightest` what `lightest_electroweakinos` returns.
    """
    m_N1, bino, wino, m_C1, wino_C1 = lightest
    e = sleptons_at(soft[0], soft[1], electroweakinos, setting, scheme, on_shell)
    mu = sleptons_at(soft[2], soft[3], electroweakinos, setting, scheme, on_shell)
    m_snu_e, m_snu_mu = math.sqrt(e.m2_nu), math.sqrt(mu.m2_nu)
    m_slepton = min(before.m_sel_1, before.m_smu_1, m_snu_e, m_snu_mu)
    splitting = 1e3 * (m_C1 - m_N1) + wino * wino_splitting(m_N1)
    return Sparticles(
        m_N1=m_N1,
        m_C1=m_C1,
        m_snu_e=m_snu_e,
        m_snu_mu=m_snu_mu,
        m_slepton=m_slepton,
        dm_slepton=m_slepton - m_N1,
        bino_N1=bino,
        wino_N1=wino,
        wino_C1=wino_C1,
        left_sel_1=left_share(e.m2_L + before.y_e * before.y_e * e.vd2, before.m_sel_1, before.m_sel_2),
        left_smu_1=left_share(mu.m2_L + before.y_mu * before.y_mu * mu.vd2, before.m_smu_1, before.m_smu_2),
        dm_C1=splitting,
        tau_C1=wino_lifetime(splitting),
    )


@scalar
def lightest_electroweakinos(
    electroweakinos: Electroweakinos, setting: Setting
) -> tuple[float, float, float, float, float]:
    """Mass of the lightest neutralino and its shares of bino and wino; mass of the lighter chargino, share of wino.

    Masses are in GeV, without signs.
    """
    g_Y, g_2, v = setting.couplings
    v_d, v_u = higgs_vevs(electroweakinos.tan_beta, v)
    without_v_d = diagonalised(neutralino_matrix(electroweakinos, g_Y, g_2, v_u))
    mixing = diagonalised(perturbed(without_v_d, g_Y, g_2, v_d))
    mass, bino, wino = abs(mixing.m_1), mixing.B_1, mixing.W_1
    if abs(mixing.m_2) < mass:
        mass, bino, wino = abs(mixing.m_2), mixing.B_2, mixing.W_2
    if abs(mixing.m_3) < mass:
        mass, bino, wino = abs(mixing.m_3), mixing.B_3, mixing.W_3
    if abs(mixing.m_4) < mass:
        mass, bino, wino = abs(mixing.m_4), mixing.B_4, mixing.W_4
    m_C1, wino_C1, _, _, _, _ = charginos(electroweakinos.M2, electroweakinos.mu, g_2 * v_d, g_2 * v_u)
    return mass, bino * bino, wino * wino, abs(m_C1), wino_C1 * wino_C1


@kernel
def fill_sparticles(
    electroweakinos: FloatArray,
    soft: FloatArray,
    setting: Setting,
    schemes: FloatArray,
    on_shell: OnShell,
    out: FloatArray,
    reason: ReasonArray,
) -> None:
    """Fill the last columns of the predictions, `Sparticles`, in every row that is valid; NaN elsewhere.

    Parameters
    ----------
    electroweakinos : (N, 4) array
        M1, M2, mu in GeV and tan(beta) of each point.
    soft : (N * S, 4) array
        Soft masses mL_e, mR_e, mL_mu, mR_mu in GeV of each solution.
    setting : Setting
        Constants and levels.
    schemes : (N,) array
        The `coupling_scheme` of each point, for its sleptons; of use with `on_shell` only.
    on_shell : Couplings or None
        Couplings on shell, if points have a scheme.
    out : (N * S, Q) array
        Predictions; the first columns are those of `OBSERVABLES`.
    reason : (N * S,) array of int8
        Reason codes.
    """
    slots = out.shape[0] // max(electroweakinos.shape[0], 1)
    for i in range(electroweakinos.shape[0]):
        gauginos = Electroweakinos(*first(electroweakinos[i], 4))
        known = False
        lightest = (math.nan, math.nan, math.nan, math.nan, math.nan)
        for row in range(i * slots, (i + 1) * slots):
            if reason[row] != OK:
                continue
            if not known:
                lightest = lightest_electroweakinos(gauginos, setting)
                known = True
            before = Prediction(*first(out[row], BEFORE))
            found = sparticles_of(before, soft[row], gauginos, setting, schemes[i], on_shell, lightest)
            fill(out[row, out.shape[1] - len(found) :], found)
