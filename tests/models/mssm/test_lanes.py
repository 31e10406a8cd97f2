"""Points side by side: the same results in every lane, and the functions that were made for SIMD."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from g2fit.models import get_model
from g2fit.models.mssm.electroweakinos import Mixing, diagonalised, neutralino_matrix, perturbed
from g2fit.models.mssm.lanes import LANES
from g2fit.models.mssm.logarithm import log
from g2fit.models.mssm.spectrum import Electroweakinos, higgs_vevs
from tests.support.mssm_box import FULL, draw


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"branch": "all", "vacuum": "off"},
        {"couplings": "running"},
        {"two_loop": "full"},
        {"two_loop": "full", "branch": "all", "couplings": "running", "vacuum": "off"},
    ],
)
def test_a_result_depends_neither_on_the_lane_nor_on_the_neighbours(options):
    model = get_model("mssm", **FULL | options)
    theta = draw(model, 2 * LANES + 5, np.random.default_rng(3))
    slots = model.solutions

    def evaluate(rows):
        out, reason = np.empty((len(rows) * slots, len(model.observables))), np.empty(len(rows) * slots, dtype=np.int8)
        model.evaluate(np.ascontiguousarray(rows), out, reason)
        return out.reshape(len(rows), slots, -1), reason.reshape(len(rows), slots)

    together, reasons = evaluate(theta)
    assert (reasons == 0).any()
    assert (reasons > 0).any()
    reversed_, reasons_reversed = evaluate(theta[::-1])
    np.testing.assert_array_equal(reversed_[::-1], together)
    np.testing.assert_array_equal(reasons_reversed[::-1], reasons)
    for i in range(0, len(theta), 7):
        alone, reason = evaluate(theta[i : i + 1])
        np.testing.assert_array_equal(alone[0], together[i])
        np.testing.assert_array_equal(reason[0], reasons[i])


def test_logarithm():
    rng = np.random.default_rng(0)
    values = [
        *np.exp(rng.uniform(-700, 700, 500)),
        *(1 + rng.uniform(-0.5, 1, 500)),
        *(1 + 10 ** rng.uniform(-16, -3, 200)),
    ]
    for x in map(float, values):
        exact = mpmath.log(x)
        assert abs(log(x) - exact) <= 2 * np.spacing(abs(float(exact))), x
    assert log(0.0) == -math.inf
    assert log(5e-324) == -math.inf
    assert log(math.inf) == math.inf
    assert math.isnan(log(-1.0))
    assert math.isnan(log(math.nan))
    assert math.isnan(log(-math.inf))


def neutralino_mass_matrix(electroweakinos, g_Y, g_2, v_d, v_u):
    """Mass matrix in the basis B, W3, Hd, Hu (hep-ph/0609168)."""
    M1, M2, mu, _ = electroweakinos
    bino, wino = g_Y / math.sqrt(2), g_2 / math.sqrt(2)
    return np.array(
        [
            [M1, 0, -bino * v_d, bino * v_u],
            [0, M2, wino * v_d, -wino * v_u],
            [-bino * v_d, wino * v_d, 0, -mu],
            [bino * v_u, -wino * v_u, -mu, 0],
        ]
    )


def test_neutralinos_are_eigenvectors():
    """Also of equal masses, and of masses that are zero."""
    g_Y, g_2, v = 0.3574, 0.652, 174.1
    rng = np.random.default_rng(1)
    points = [(*(10 ** rng.uniform(1, 7, 3) * rng.choice([-1, 1], 3)), 10 ** rng.uniform(0, 2)) for _ in range(300)]
    points += [(500.0, 500.0, 500.0, 10.0), (500.0, 500.0, -500.0, 1.0), (0.0, 300.0, 1e3, 50.0), (0.0, 0.0, 0.0, 2.0)]
    for point in points:
        electroweakinos = Electroweakinos(*map(float, point))
        v_d, v_u = higgs_vevs(electroweakinos.tan_beta, v)
        mixing = diagonalised(neutralino_matrix(electroweakinos, g_Y, g_2, v_u))
        for vev, found in ((0.0, mixing), (v_d, diagonalised(perturbed(mixing, g_Y, g_2, v_d)))):
            matrix = neutralino_mass_matrix(electroweakinos, g_Y, g_2, vev, v_u)
            masses, vectors = np.array(found[:4]), np.array(found[10:]).reshape(4, 4)
            size = np.abs(matrix).max()
            np.testing.assert_allclose(vectors @ vectors.T, np.eye(4), atol=1e-14)
            np.testing.assert_allclose(vectors @ matrix @ vectors.T, np.diag(masses), atol=1e-14 * size)
            np.testing.assert_allclose(np.sort(masses), np.linalg.eigvalsh(matrix), atol=1e-14 * size)


def test_a_matrix_with_nan_ends_the_sweeps():
    assert math.isnan(diagonalised(Mixing(*[math.nan] * 26)).m_1)
