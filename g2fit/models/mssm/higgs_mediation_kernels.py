"""Predictions for a batch of points of the Higgs mediation scenario."""

from __future__ import annotations

from typing import Any

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.base import UNUSED
from g2fit.models.mssm.higgs_mediation_spectrum import VACUUM_E, Scenario, Stau, new_buffers, solve_point
from g2fit.models.mssm.higgs_mediation_yukawa import MAX_MEDIATED
from g2fit.models.mssm.kernels import predict
from g2fit.models.mssm.lepton_solutions import OK, SOLUTION_SIZE, VACUUM, Setting, Solution, Work, read_solution
from g2fit.models.mssm.predictions import MediationPoint, MediationPrediction
from g2fit.models.mssm.rows import fill, first

__all__ = ["evaluate_mediation", "inspect_mediation"]


@scalar
def _predict(e: Solution, mu: Solution, k_e: int, k_mu: int, stau: Stau) -> Any:
    """Further predictions for a pair of solutions, number `k_e` and `k_mu` of their leptons."""
    difference = mu.y * mu.y - e.y * e.y
    return MediationPrediction(
        abs_y_e=abs(e.y),
        abs_y_mu=abs(mu.y),
        mL_e=e.mL,
        mR_e=e.mR,
        mL_mu=mu.mL,
        mR_mu=mu.mR,
        mass_slope_L=(mu.mL * mu.mL - e.mL * e.mL) / difference,
        mass_slope_R=(mu.mR * mu.mR - e.mR * e.mR) / difference,
        y_tau=stau.y,
        m_stau_1=stau.m_1,
        m_stau_2=stau.m_2,
        vac_ratio_tau=stau.vac_ratio,
        branch_e=float(k_e),
        branch_mu=float(k_mu),
    )


@kernel
def evaluate_mediation(
    theta: FloatArray, setting: Setting, scenario: Scenario, work: Work, out: FloatArray, reason: ReasonArray
) -> None:
    """Predict a batch of points, see `g2fit.models.base.Model.evaluate`.

    Parameters
    ----------
    theta : (N, 5) array
        Rows of `MediationPoint`.
    setting, scenario : Setting, Scenario
        Constants and options.
    work : (23, 4) array or None
        Workspace of the levels ``full``; None compiles a smaller kernel without them.
    out, reason : arrays
        Receive the predictions and the reason codes, MAX_MEDIATED^2 rows per point.
    """
    buffers = new_buffers()
    solutions = np.empty((2, MAX_MEDIATED, SOLUTION_SIZE))
    codes = np.empty((2, MAX_MEDIATED), dtype=np.int64)
    counts = np.empty(2, dtype=np.int64)
    slots = MAX_MEDIATED * MAX_MEDIATED
    for i in range(theta.shape[0]):
        rows = out[i * slots : (i + 1) * slots]
        reasons = reason[i * slots : (i + 1) * slots]
        rows[:] = np.nan
        reasons[:] = UNUSED
        point = MediationPoint(*first(theta[i], 5))
        problem, _, stau = solve_point(point, setting, scenario, work, False, buffers, solutions, codes, counts)
        if problem != OK:
            reasons[0] = problem
            continue
        for k_e in range(counts[0]):
            for k_mu in range(counts[1]):
                slot = MAX_MEDIATED * k_e + k_mu
                if codes[0, k_e] == VACUUM:
                    reasons[slot] = VACUUM_E
                elif codes[1, k_mu] == VACUUM:
                    reasons[slot] = VACUUM_E + 1
                else:
                    reasons[slot] = OK
                    e, mu = read_solution(solutions[0, k_e]), read_solution(solutions[1, k_mu])
                    common = predict(e, mu, counts[0], counts[1], setting.m_e / setting.m_mu)
                    fill(rows[slot], common)
                    fill(rows[slot, len(common) :], _predict(e, mu, k_e, k_mu, stau))


@kernel
def inspect_mediation(
    row: FloatArray,
    setting: Setting,
    scenario: Scenario,
    work: Work,
    solutions: FloatArray,
    codes: IntArray,
    counts: IntArray,
) -> tuple[int, float, Stau]:
    """Compute every solution of both leptons at one point.

    Parameters
    ----------
    row : (5,) array
        Parameters of the point.
    setting, scenario, work
        As for `evaluate_mediation`.
    solutions : (2, MAX_MEDIATED, 9) array
        Receives the solutions of e and mu.
    codes : (2, MAX_MEDIATED) array
        Receives their reason codes.
    counts : (2,) array
        Receives their numbers.

    Returns
    -------
    problem, pole, stau : int, float, Stau
        As of `solve_point`.
    """
    point = MediationPoint(*first(row, 5))
    return solve_point(point, setting, scenario, work, True, new_buffers(), solutions, codes, counts)
