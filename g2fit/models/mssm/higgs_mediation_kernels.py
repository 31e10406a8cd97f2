"""The loop over a batch of points of the Higgs mediation scenario."""

from __future__ import annotations

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.mssm.higgs_mediation_spectrum import COLUMNS, NODES, SOFT_L, SOFT_R, VACUUM_E, solve_point
from g2fit.models.mssm.kernels import write_common
from g2fit.models.mssm.lepton_solutions import OK, VACUUM, Levels, Y
from g2fit.models.mssm.self_consistent_yukawa import CAPACITY, MAX_MEDIATED

__all__ = ["evaluate_mediation", "inspect_mediation"]

UNUSED = -1


@scalar
def _write(
    row: FloatArray,
    e: FloatArray,
    mu: FloatArray,
    count_e: int,
    count_mu: int,
    k_e: int,
    k_mu: int,
    mass_ratio: float,
    tau: FloatArray,
) -> None:
    """Write the observables of one solution, in the order of `higgs_mediation.OBSERVABLES`."""
    write_common(row, e, mu, count_e, count_mu, mass_ratio)
    row[22] = abs(e[Y])
    row[23] = abs(mu[Y])
    row[24] = e[SOFT_L]
    row[25] = e[SOFT_R]
    row[26] = mu[SOFT_L]
    row[27] = mu[SOFT_R]
    difference = mu[Y] * mu[Y] - e[Y] * e[Y]
    row[28] = (mu[SOFT_L] * mu[SOFT_L] - e[SOFT_L] * e[SOFT_L]) / difference
    row[29] = (mu[SOFT_R] * mu[SOFT_R] - e[SOFT_R] * e[SOFT_R]) / difference
    for n in range(4):
        row[30 + n] = tau[n]
    row[34] = k_e
    row[35] = k_mu


@kernel
def evaluate_mediation(
    theta: FloatArray,
    sm: FloatArray,
    weak_scale: FloatArray,
    options: IntArray,
    scenario_options: FloatArray,
    work: FloatArray | None,
    out: FloatArray,
    reason: ReasonArray,
) -> None:
    """Predict a batch of points, see `g2fit.models.base.Model.evaluate`.

    Parameters
    ----------
    theta : (N, 5) array
        m_bar, tan_beta, d, M1, M2 (GeV).
    sm : (9,) array
        m_e, m_mu, g_Y, g_2, v, alpha(0), m_Z, m_W, m_tau(m_Z).
    weak_scale : (7,) array
        The fields of `WeakScaleInputs`.
    options : (7,) array
        The fields of `Levels`.
    scenario_options : (6,) array
        The fields of `Scenario`.
    work : (WORK_ROWS, 4) array or None
        Workspace of the levels ``full``; None compiles a smaller kernel without them.
    out, reason : arrays
        Receive the predictions and the reason codes, MAX_MEDIATED^2 rows a point.
    """
    levels = Levels(options[0], options[1], options[2], options[3], options[4], 1, 0, 0, 1)
    roots, slopes, tau = np.empty(MAX_MEDIATED), np.empty(NODES), np.empty(4)
    values = np.empty((2, MAX_MEDIATED, COLUMNS))
    codes = np.empty((2, MAX_MEDIATED), dtype=np.int64)
    counts = np.empty(2, dtype=np.int64)
    grid, state, scratch = np.empty((2, CAPACITY)), np.empty(14), np.empty((5, 14))
    slots = MAX_MEDIATED * MAX_MEDIATED
    for i in range(theta.shape[0]):
        rows = out[i * slots : (i + 1) * slots]
        reasons = reason[i * slots : (i + 1) * slots]
        rows[:] = np.nan
        reasons[:] = UNUSED
        problem, _ = solve_point(
            theta[i],
            sm,
            weak_scale,
            levels,
            scenario_options,
            work,
            False,
            roots,
            slopes,
            tau,
            values,
            codes,
            counts,
            grid,
            state,
            scratch,
        )
        if problem != OK:
            reasons[0] = problem
            continue
        for e in range(counts[0]):
            for mu in range(counts[1]):
                slot = MAX_MEDIATED * e + mu
                if codes[0, e] == VACUUM:
                    reasons[slot] = VACUUM_E
                elif codes[1, mu] == VACUUM:
                    reasons[slot] = VACUUM_E + 1
                else:
                    reasons[slot] = OK
                    _write(rows[slot], values[0, e], values[1, mu], counts[0], counts[1], e, mu, sm[0] / sm[1], tau)


@kernel
def inspect_mediation(
    point: FloatArray,
    sm: FloatArray,
    weak_scale: FloatArray,
    options: IntArray,
    scenario_options: FloatArray,
    work: FloatArray | None,
    tau: FloatArray,
    values: FloatArray,
    codes: IntArray,
    counts: IntArray,
) -> tuple[int, float]:
    """Fill what is known of every branch of both leptons at one point.

    Parameters
    ----------
    point, sm, weak_scale, options, scenario_options, work : arrays
        As for `evaluate_mediation`.
    tau : (4,) array
        Receives y_tau, the stau masses (GeV) and the ratio of their mixing to the vacuum bound.
    values : (2, MAX_MEDIATED, COLUMNS) array
        Receives the branches of e and mu.
    codes : (2, MAX_MEDIATED) array
        Receives their reason codes.
    counts : (2,) array
        Receives their numbers.

    Returns
    -------
    int
        Reason code of the whole point.
    float
        Scale of a Landau pole (GeV), infinity without one.
    """
    levels = Levels(options[0], options[1], options[2], options[3], options[4], 1, 0, 0, 1)
    roots, slopes = np.empty(MAX_MEDIATED), np.empty(NODES)
    grid, state, scratch = np.empty((2, CAPACITY)), np.empty(14), np.empty((5, 14))
    return solve_point(
        point,
        sm,
        weak_scale,
        levels,
        scenario_options,
        work,
        True,
        roots,
        slopes,
        tau,
        values,
        codes,
        counts,
        grid,
        state,
        scratch,
    )
