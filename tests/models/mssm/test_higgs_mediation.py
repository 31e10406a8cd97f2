"""Higgs mediation: spectrum, renormalisation group, and all branches against references and brute force."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from g2fit.core.errors import ModelError
from g2fit.models.mssm.higgs_mediation import MssmHiggsMediation
from g2fit.models.mssm.higgs_mediation_yukawa import Mediation, mediated_lepton
from g2fit.models.mssm.lepton_solutions import prepare, terms_of
from g2fit.models.mssm.rge import YukawaThresholds, matched_yukawas, run_soft_masses
from g2fit.models.mssm.setting import BINO, FULL, MIA
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, slepton_masses, sleptons_of
from g2fit.models.mssm.threshold_corrections import bino_threshold, delta_mia, full_threshold, one_plus_delta
from g2fit.models.mssm.workspace import CONSTANT, WORK_SHAPE

BINO_LEVEL = {"delta": "bino", "amu": "bino", "two_loop": "leading_log"}
POINT_1 = [1e5, 70.0, 2000.0, 1000.0, 600.0]
POINT_2 = [3.5e5, 80.0, 280.0, 1600.0, 600.0]


def reference_model(point, **options):
    return MssmHiggsMediation(
        delta=point["delta"],
        spectrum=point["spectrum"],
        delta_b=point["delta_b"] or 0.0,
        couplings="on_shell" if point["couplings"] == "OS" else "weak_scale",
        constants="paper_2019",
        vacuum="off",
        **options,
    )


def theta_of(point):
    return [point["theta"][name] for name in ("m_bar", "tan_beta", "d", "M1", "M2")]


def test_every_reference_branch_is_found(reference):
    for point in reference["higgs_mediation"]:
        full = reference_model(point, amu="full", two_loop="photonic").branches(theta_of(point))
        mia = reference_model(point, amu="mia", two_loop="none").branches(theta_of(point))
        tolerance = 1e-8 if point["spectrum"] == "leading_log" else 1e-5
        for expected in point["branches"]:
            ours = [b for b in full if b["lepton"] == point["lepton"] and abs(b["y"] / expected["y"] - 1) < 1e-3]
            assert len(ours) == 1, (point["point"], point["delta"], expected["y"])
            found = ours[0]
            for name in ("y", "Delta", "mL", "mR", "m_1", "m_2", "vac_ratio"):
                assert found[name] == pytest.approx(expected[name], rel=tolerance), name
            one_loop = found["delta_a"] / (1 - found["delta_qed"])
            assert one_loop == pytest.approx(expected["a_full"], rel=tolerance)
            photonic = found["delta_a"] - one_loop
            assert photonic == pytest.approx(expected["a_photonic"], abs=tolerance * abs(one_loop))
            simple = next(b for b in mia if b["lepton"] == point["lepton"] and b["y"] == found["y"])
            assert simple["delta_a"] == pytest.approx(expected["a_mia"], rel=tolerance)


def test_electron_branch_of_light_selectrons():
    """Not in the paper: y_e = -6.4e-6, selectrons of 283 GeV."""
    model = MssmHiggsMediation(delta="bino", amu="full", two_loop="none", constants="paper_2019", vacuum="off")
    electrons = [b for b in model.branches(POINT_2) if b["lepton"] == "e"]
    assert [b["y"] for b in electrons] == pytest.approx([-6.4e-6, -0.02363, 0.02389], rel=5e-3)
    assert electrons[0]["m_2"] == pytest.approx(283, abs=2)
    assert electrons[0]["delta_a"] == pytest.approx(1.1e-13, rel=0.05)


@pytest.mark.parametrize("delta", ["mia", "bino", "full"])
def test_branches_against_a_dense_scan(delta):
    """Roots by sign changes of y (1 + Delta) -+ y_tree on 800 points a decade, Delta from the soft-mass model."""

    rng = np.random.default_rng(8)
    model = MssmHiggsMediation(delta=delta, vacuum="off")
    sm = model.constants
    couplings = Couplings(sm.g_Y, sm.g_2, sm.v)
    work = np.empty(WORK_SHAPE)
    low, high = [2e4, 35.0, 60.0, 200.0, 300.0], [1e6, 90.0, 3e3, 2e4, 3e3]
    level = {"mia": MIA, "bino": BINO, "full": FULL}[delta]
    for theta in np.exp(rng.uniform(np.log(low), np.log(high), (7, 5))):
        m_bar, tan_beta, d, M1, M2 = theta
        electroweakinos = Electroweakinos(M1, M2, -m_bar, tan_beta)
        prepare(electroweakinos, couplings, work, None)
        slopes = np.array([m_bar**2 / (8 * np.pi**2) * np.log(1e16 / m_bar)])
        mediation = Mediation(electroweakinos, couplings, d, 1.0, level, sm.m_W, sm.m_Z, work[CONSTANT, 0], slopes)
        grid = np.geomspace(1e-7, 3.0, 6000)
        h = np.full_like(grid, np.nan)
        for i, y in enumerate(grid):
            lepton = mediated_lepton(0.0, y * y, mediation)
            sleptons = sleptons_of(lepton, electroweakinos, couplings)
            healthy = slepton_masses(y * y, sleptons)[0] > 0 and sleptons.m2_nu > 0
            if delta == "mia":
                h[i] = y * (1 + delta_mia(lepton, electroweakinos, couplings))
            elif healthy and delta == "bino":
                h[i] = y * one_plus_delta(
                    y * y, sleptons, bino_threshold(electroweakinos, sleptons, couplings.g_Y), None
                )
            elif healthy:
                threshold = full_threshold(electroweakinos, sleptons, couplings, work[CONSTANT, 0])
                h[i] = y * one_plus_delta(y * y, sleptons, threshold, terms_of(work))
        listed = model.branches(theta)
        for lepton, m in (("e", sm.m_e), ("mu", sm.m_mu)):
            y_tree = m / sm.v * math.hypot(1, tan_beta)
            brackets = []
            for sign in (1, -1):
                above = h > sign * y_tree
                usable = np.isfinite(h[1:]) & np.isfinite(h[:-1])
                brackets += [(sign, i) for i in np.flatnonzero((above[1:] != above[:-1]) & usable)]
            found = [b["y"] for b in listed if b["lepton"] == lepton and "y" in b]
            for sign, i in brackets:
                inside = [y for y in found if grid[i] <= sign * y <= grid[i + 1]]
                healthy = delta != "mia" or len(inside) == 1  # mass insertion: roots with a tachyon are not listed
                assert len(inside) == 1 or not healthy, (theta, lepton, sign, grid[i])
            assert len(found) <= len(brackets) + 1  # one more may lie within a grid step of a tachyon edge


def test_renormalisation_group_of_the_reference_points(reference):
    for point in reference["higgs_mediation"]:
        if point["spectrum"] != "rge":
            continue
        model = reference_model(point)
        inputs = model.scenario.inputs
        theta, info = point["theta"], point["info"]
        yukawas = matched_yukawas(
            inputs, theta["m_bar"], float(theta["tan_beta"]), YukawaThresholds(0.0, point["delta_b"], 0.0)
        )
        for y2, name in zip(yukawas, ("yt", "yb", "ytau"), strict=True):
            assert math.sqrt(y2) == pytest.approx(info["at_mbar"][name], rel=1e-8)
        scratch = np.empty(14), np.empty((5, 14))
        pole, masses = run_soft_masses(inputs, yukawas, 1e-6, theta["m_bar"], theta["d"], 0.0, 1e16, *scratch)
        assert pole == math.inf
        assert masses.c_L == pytest.approx(info["cL"], rel=1e-7)
        assert masses.c_R == pytest.approx(info["cR"], rel=1e-7)
        for value, name in zip(masses[:7], ("mHu2", "mHd2", "mQ3", "mU3", "mD3", "mL3", "mE3"), strict=True):
            assert value / theta["m_bar"] ** 2 == pytest.approx(info["m2_over_mbar2"][name], rel=1e-7)


def test_light_soft_masses_against_an_adaptive_integrator():
    """c_L at a sizeable Yukawa coupling, where it is no longer its value at y = 0."""
    model = MssmHiggsMediation(**BINO_LEVEL, spectrum="rge", delta_b=0.1, delta_t=0.02, delta_tau=-0.1)
    inputs = model.scenario.inputs
    m_bar, d, y = 2e5, 3000.0, 0.3
    yukawas = matched_yukawas(inputs, m_bar, 60.0, YukawaThresholds(0.02, 0.1, -0.1))
    pole, masses = run_soft_masses(inputs, yukawas, y * y, m_bar, d, 5e3, 1e16, np.empty(14), np.empty((5, 14)))
    assert pole == math.inf

    t_bar, t_gut = math.log(m_bar / inputs.m_Z), math.log(1e16 / inputs.m_Z)
    kappa = 1 / (16 * np.pi**2)

    def gauge(t):
        start = [(inputs.g2_Y, 41 / 6, 11), (inputs.g2_2, -19 / 6, 1), (inputs.g2_3, -7, -3)]
        return [1 / (1 / g2 - 2 * kappa * (b * t_bar + b_susy * (t - t_bar))) for g2, b, b_susy in start]

    def slope(t, s):
        gY, g2, g3 = gauge(t)
        yt, yb, ytau, yl, Hu, Hd, Q, U, D, L3, E3, L, E = s
        beta = [
            yt * (6 * yt + yb - 16 / 3 * g3 - 3 * g2 - 13 / 9 * gY),
            yb * (6 * yb + yt + ytau - 16 / 3 * g3 - 3 * g2 - 7 / 9 * gY),
            ytau * (4 * ytau + 3 * yb - 3 * g2 - 3 * gY),
            yl * (4 * yl + 3 * yb + ytau - 3 * g2 - 3 * gY),
        ]
        Xt, Xb = yt * (Hu + Q + U), yb * (Hd + Q + D)
        Xtau, Xl = ytau * (Hd + L3 + E3), yl * (Hd + L + E)
        masses = [3 * Xt, 3 * Xb + Xtau + Xl, Xt + Xb, 2 * Xt, 2 * Xb, Xtau, 2 * Xtau, Xl, 2 * Xl]
        return 2 * kappa * np.array(beta + masses)

    up = solve_ivp(
        lambda t, s: slope(t, [*s, *np.zeros(9)])[:4],
        (t_bar, t_gut),
        [*yukawas, y * y],
        method="DOP853",
        rtol=1e-12,
        atol=1e-14,
    )
    start = [*up.y[:, -1], -(m_bar**2), -(m_bar**2), *[5e3**2] * 3, *[d * d] * 4]
    down = solve_ivp(slope, (t_gut, t_bar), start, method="DOP853", rtol=1e-12, atol=1e-6)
    assert masses.c_L == pytest.approx((down.y[11, -1] - d * d) / y**2, rel=1e-6)
    assert masses[:7] == pytest.approx(down.y[4:11, -1], rel=1e-6)


def test_landau_pole():
    """At tan(beta) = 80 without threshold correction the bottom coupling explodes at 10^15.7 GeV."""
    without = MssmHiggsMediation(**BINO_LEVEL, spectrum="rge", constants="paper_2019")
    assert set(without.predict(POINT_2)["reason"][0]) == {without.reasons.index("landau_pole"), -1}
    with pytest.raises(ModelError, match=r"Landau pole at 10\^15\.7 GeV"):
        without.branches(POINT_2)
    corrected = MssmHiggsMediation(**BINO_LEVEL, spectrum="rge", delta_b=0.05, constants="paper_2019", vacuum="off")
    assert (corrected.predict(POINT_2)["reason"] == 0).any()
    assert len(corrected.branches(POINT_2)) >= 4


def test_rows_are_the_combinations_of_branches():
    model = MssmHiggsMediation(delta="bino", amu="full", constants="paper_2019", vacuum="off")
    rows = model.predict([POINT_1, POINT_2])
    assert rows["reason"].shape == (2, 16)
    assert (rows["reason"][0] == 0).sum() == 1
    assert (rows["reason"][1] == 0).sum() == 9
    listed = model.branches(POINT_2)
    for slot in np.flatnonzero(rows["reason"][1] == 0):
        electron, muon = divmod(slot, 4)
        for lepton, branch in (("e", electron), ("mu", muon)):
            entry = next(b for b in listed if b["lepton"] == lepton and b["branch"] == branch)
            assert rows[f"branch_{lepton}"][1, slot] == branch
            assert rows[f"y_{lepton}"][1, slot] == pytest.approx(entry["y"], rel=1e-12)
            assert rows[f"delta_a_{lepton}"][1, slot] == pytest.approx(entry["delta_a"], rel=1e-10)
            assert rows[f"abs_y_{lepton}"][1, slot] == pytest.approx(abs(entry["y"]), rel=1e-12)
            assert rows[f"n_branches_{lepton}"][1, slot] == 3


def test_mass_relation_of_the_scenario():
    """Eq. 3.4: the soft masses squared rise with y^2, with slope c_L of eq. 3.2 and c_R = 2 c_L."""
    rows = MssmHiggsMediation(**BINO_LEVEL, vacuum="off").predict(POINT_1)
    c_L = 1e10 / (8 * np.pi**2) * np.log(1e11)
    valid = rows["reason"] == 0
    assert rows["mass_slope_L"][valid] == pytest.approx(c_L, rel=1e-9)
    assert rows["mass_slope_R"][valid] == pytest.approx(2 * c_L, rel=1e-9)
    running = MssmHiggsMediation(**BINO_LEVEL, spectrum="rge", vacuum="off").predict(POINT_1)
    assert 0.7 * c_L < running["mass_slope_L"][running["reason"] == 0][0] < c_L


def test_staus():
    """Table 2: 56 and 39 TeV, 220 and 150 TeV (printed to two digits)."""
    model = MssmHiggsMediation(**BINO_LEVEL, constants="paper_2019", vacuum="off")
    for theta, heavy, light in ((POINT_1, 56.2e3, 39.7e3), (POINT_2, 219e3, 155e3)):
        stau = model.branches(theta)[-1]
        assert stau["lepton"] == "tau"
        assert [stau["m_2"], stau["m_1"]] == pytest.approx([heavy, light], rel=0.01)
        assert stau["vac_ratio"] < 1
        rows = model.predict(theta)
        assert np.nanmax(rows["m_stau_2"]) == pytest.approx(stau["m_2"], rel=1e-12)


def test_invalid_points():
    model = MssmHiggsMediation(**BINO_LEVEL)
    bad = ([2e16, 70.0, 2e3, 1e3, 600.0], [1e5, np.nan, 2e3, 1e3, 600.0], [1e5, 70.0, -1.0, 1e3, 600.0])
    for theta in bad:
        rows = model.predict(theta)
        assert model.reasons[rows["reason"][0, 0]] == "bad_parameters"
        assert np.isnan(rows["delta_a_e"]).all()
        assert {b["status"] for b in model.branches(theta)} == {"bad_parameters"}
    for m_bar, delta_tau, reason in ((1e9, 0.0, "vacuum_tau"), (3e3, 10.0, "tachyon_tau")):
        mixed = MssmHiggsMediation(**BINO_LEVEL, delta_tau=delta_tau)
        theta = [m_bar, 80.0, 100.0, 1e3, 600.0]
        assert mixed.reasons[mixed.predict(theta)["reason"][0, 0]] == reason
        assert mixed.branches(theta)[-1]["status"] == reason
    with pytest.raises(ModelError, match="'amu' = 'full'"):
        MssmHiggsMediation(amu="bino", two_loop="photonic")
    with pytest.raises(ModelError, match="delta_b"):
        MssmHiggsMediation(delta_b=-1.0)
    with pytest.raises(ModelError, match="running"):
        MssmHiggsMediation(couplings="running")
