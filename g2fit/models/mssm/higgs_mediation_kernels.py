"""Predictions for a batch of points of the Higgs mediation scenario."""

from typing import Any

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.base import UNUSED
from g2fit.models.mssm.higgs_mediation_spectrum import VACUUM_E, Scenario, Solved, Stau, new_buffers, solve_point
from g2fit.models.mssm.higgs_mediation_yukawa import MAX_MEDIATED
from g2fit.models.mssm.kernels import predict
from g2fit.models.mssm.predictions import MediationPoint, MediationPrediction
from g2fit.models.mssm.rows import Found, Solution, fill, first, read_solution, room_for
from g2fit.models.mssm.setting import OK, VACUUM, Setting, Work

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
    """Predict a batch of points, rows of `MediationPoint`, see `g2fit.models.base.Model.evaluate`.

    `out` and `reason` have MAX_MEDIATED^2 rows per point; `work` is as for `g2fit.models.mssm.kernels.evaluate`.
    """
    buffers = new_buffers()
    found_e, found_mu = room_for(MAX_MEDIATED), room_for(MAX_MEDIATED)
    slots = MAX_MEDIATED * MAX_MEDIATED
    for i in range(theta.shape[0]):
        rows = out[i * slots : (i + 1) * slots]
        reasons = reason[i * slots : (i + 1) * slots]
        rows[:] = np.nan
        reasons[:] = UNUSED
        point = MediationPoint(*first(theta[i], 5))
        solved = solve_point(point, setting, scenario, work, False, buffers, found_e, found_mu)
        if solved.problem != OK:
            reasons[0] = solved.problem
            continue
        for k_e in range(solved.count_e):
            for k_mu in range(solved.count_mu):
                slot = MAX_MEDIATED * k_e + k_mu
                if found_e.codes[k_e] == VACUUM:
                    reasons[slot] = VACUUM_E
                elif found_mu.codes[k_mu] == VACUUM:
                    reasons[slot] = VACUUM_E + 1
                else:
                    reasons[slot] = OK
                    e, mu = read_solution(found_e.solutions[k_e]), read_solution(found_mu.solutions[k_mu])
                    common = predict(e, mu, solved.count_e, solved.count_mu, setting.m_e / setting.m_mu)
                    fill(rows[slot], common)
                    fill(rows[slot, len(common) :], _predict(e, mu, k_e, k_mu, solved.stau))


@kernel
def inspect_mediation(
    row: FloatArray, setting: Setting, scenario: Scenario, work: Work, found_e: Found, found_mu: Found
) -> Solved:
    """Compute every solution of both leptons at one point; arguments as for `evaluate_mediation`."""
    point = MediationPoint(*first(row, 5))
    return solve_point(point, setting, scenario, work, True, new_buffers(), found_e, found_mu)
