"""The complete two-loop moment against GM2Calc and 110-digit arithmetic."""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest

from g2fit.core.errors import ModelError
from g2fit.models.constants import get_constants
from g2fit.models.mssm import Mssm
from g2fit.models.mssm.setting import TWO_LOOP
from g2fit.models.mssm.spectrum import Electroweakinos, Lepton, sleptons_of
from g2fit.models.mssm.threshold_corrections import delta_decoupled
from g2fit.models.mssm.two_loop import loop_functions as functions
from g2fit.models.mssm.two_loop.barr_zee import barr_zee, higgs_sector
from g2fit.models.mssm.two_loop.logarithms import LightLogs, coupling_shifts, log_susy_scale, mass_insertion
from g2fit.models.mssm.two_loop.sector import MASSES
from g2fit.models.mssm.two_loop.third_generation import bottom_mass_drbar, delta_bottom
from tests.support.mssm_points import model_at_two_loops, muon_of

TABLE_1 = {
    "I": [1.5e3, 1e3, -1e5, 70.0, 2.4e3, 2.3e3, 5e3, 5e3],
    "II": [1.5e3, 6e2, -5e5, 70.0, 6.045e3, 6.045e3, 700.0, 700.0],
}
FULL = {"delta": "full", "amu": "full", "two_loop": "full", "vacuum": "off"}


@pytest.fixture(scope="module")
def oracle():
    return json.loads((Path(__file__).parent / "two_loop.json").read_text())


def test_loop_functions(oracle):
    for item in oracle["functions"]:
        z = item["z"]
        assert functions.f_PS(z) == pytest.approx(float(item["f_ps"]), rel=1e-13, abs=0)
        assert functions.f_S(z) == pytest.approx(float(item["f_s"]), rel=1e-13, abs=0)
        assert functions.f_f(z) == pytest.approx(float(item["f_f"]), rel=1e-13, abs=0)
    for item in oracle["Fa_Fb"]:
        assert functions.loop_Fa(item["x"], item["y"]) == pytest.approx(float(item["Fa"]), rel=1e-13, abs=0)
        assert functions.loop_Fb(item["x"], item["y"]) == pytest.approx(float(item["Fb"]), rel=1e-13, abs=0)


@pytest.mark.parametrize("edge", [functions.SMALL, functions.LARGE])
def test_series_of_the_loop_functions_join(edge):
    below, above = edge * (1.0 - 1e-15), edge * (1.0 + 1e-15)
    assert below < edge < above
    assert list(functions.barr_zee_loops(below)) == pytest.approx(
        list(functions.barr_zee_loops(above)), rel=1e-14, abs=0
    )


def exact_loops(z):
    """f_PS, f_S, f_f/z and the derivative of the last, from dilogarithms (z < 1/4) or Clausen's function (above)."""
    with mpmath.workdps(60):
        z = mpmath.mpf(z)
        y, L = mpmath.sqrt(abs(1 - 4 * z)), mpmath.log(z)
        if z < mpmath.mpf(1) / 4:
            dilogarithms = [mpmath.polylog(2, 1 - (1 + sign * y) / (2 * z)) for sign in (-1, 1)]
            f_PS = 2 * z / y * (dilogarithms[0] - dilogarithms[1]).real
        else:
            f_PS = 4 * z / y * mpmath.clsin(2, 2 * mpmath.atan(1 / y))
        f_S = (2 * z - 1) * f_PS - 2 * z * (2 + L)
        slope = (1 / z - ((1 - 2 * z) * f_PS / z + 2 * L) / (1 - 4 * z)) / 2
        return [float(value) for value in (f_PS, f_S, (2 + L - f_PS) / 2, slope)]


def test_loop_functions_at_every_size_of_the_argument():
    rng = np.random.default_rng(4)
    wide, edges = np.exp(rng.uniform(-30.0, 30.0, 40)), np.exp(rng.uniform(math.log(0.02), math.log(3.0), 80))
    for z in map(float, [*wide, *edges, 0.25 - 1e-9, 0.25 + 1e-13, functions.SMALL, functions.LARGE]):
        assert list(functions.barr_zee_loops(z)) == pytest.approx(exact_loops(z), rel=5e-15, abs=0), z


def test_loop_functions_at_the_ends():
    assert functions.f_PS(0.0) == functions.f_S(0.0) == functions.f_f(0.0) == 0.0
    for z in (-1e-3, -5.0, math.nan):
        assert all(math.isnan(value) for value in functions.barr_zee_loops(z))


@pytest.mark.parametrize("z", [1e-6, 0.1, 0.2, 0.2501, 0.9, 1.2, 30.0, 1e6])
def test_divided_difference_of_close_and_of_distant_arguments(z):
    """On both sides of the change of form, and the limit against a symmetric difference."""
    near, far = (functions.f_f_over_z_difference(z, z * (1.0 + d)) for d in (0.999e-3, 1.001e-3))
    assert near == pytest.approx(far, rel=3e-6, abs=0)
    h = 1e-4 * z
    quotient = (functions.f_f_over_z(z + h) - functions.f_f_over_z(z - h)) / (2.0 * h)
    assert functions.f_f_over_z_difference(z, z) == pytest.approx(quotient, rel=1e-7, abs=0)


def test_every_oracle_point(oracle):
    assert len(oracle["points"]) == 100
    for point in oracle["points"]:
        theirs, exact = point["gm2calc"], point["exact"]
        model, theta = model_at_two_loops(oracle["sm"], point)
        muon = muon_of(model, theta)
        assert muon["status"] == "valid", point["name"]
        assert muon["y"] == pytest.approx(exact["y_l"], rel=1e-12, abs=0)
        assert muon["parts"]["fermion_sfermion"] == pytest.approx(exact["a2L_FSf"], rel=1e-11, abs=0)
        assert muon["parts"]["fermion_sfermion"] == pytest.approx(theirs["a2L_FSf"], rel=1e-9, abs=0)
        assert muon["parts"]["barr_zee"] == pytest.approx(exact["a2L_aCha"] + exact["a2L_aSferm"], rel=1e-10, abs=0)
        loops = theirs["a2L_aCha"], theirs["a2L_aSferm"]
        assert muon["parts"]["barr_zee"] == pytest.approx(sum(loops), rel=0, abs=1e-6 * sum(map(abs, loops)))
        assert muon["parts"]["photonic"] == pytest.approx(
            theirs["a2L_phot_chi0"] + theirs["a2L_phot_chipm"], rel=1e-6, abs=0
        )
        assert muon["delta_a"] == pytest.approx(theirs["total"], rel=1e-6, abs=0), point["name"]
        assert muon["parts"]["error_gm2calc"] == pytest.approx(theirs["unc_2L"], rel=1e-8, abs=0)
        parts = sum(muon["parts"][name] for name in ("one_loop", "photonic", "fermion_sfermion", "barr_zee"))
        assert muon["delta_a"] == pytest.approx(parts, rel=1e-12, abs=0)


def test_each_piece_of_the_oracle_points(oracle):
    for point in oracle["points"]:
        inputs, theirs, exact = point["inputs"], point["gm2calc"], point["exact"]
        model, _ = model_at_two_loops(oracle["sm"], point)
        setting = model.two_loop
        couplings = setting.on_shell
        lepton = Lepton(inputs["m_l"], inputs["mL2"], inputs["mE2"], inputs["A_l"])
        electroweakinos = Electroweakinos(*(inputs[k] for k in ("M1", "M2", "mu", "tan_beta")))
        light_L = 0.5 * math.log(inputs["mL1"] * inputs["mL2"])
        light = LightLogs(math.log(inputs["mE1"] * inputs["mE2"]) + light_L, light_L)
        shifts = coupling_shifts(
            log_susy_scale(lepton, electroweakinos, False), light, inputs["tan_beta"], couplings, setting
        )
        expected = [exact[k] for k in ("D_g1", "D_g2", "D_H", "D_BH", "D_WH", "D_tb")]
        assert list(shifts) == pytest.approx(expected, rel=1e-10, abs=0)
        m2_nu = sleptons_of(lepton, electroweakinos, couplings).m2_nu
        pieces = list(mass_insertion(lepton, electroweakinos, couplings, m2_nu))
        expected = [exact[f"a1L_{k}"] for k in ("WHnu", "WHL", "BHL", "BHR", "BLR")]
        assert pieces == pytest.approx(expected, rel=1e-11, abs=0)
        loops = barr_zee(electroweakinos, couplings, setting)
        unit = inputs["m_l"] * exact["y_l"]
        assert unit * loops.charginos == pytest.approx(exact["a2L_aCha"], rel=1e-12, abs=0)
        assert unit * loops.sfermions == pytest.approx(exact["a2L_aSferm"], rel=1e-11, abs=0)
        higgs = higgs_sector(inputs["tan_beta"], inputs["m_A"], setting.m_Z)
        assert [math.sqrt(higgs.m2_h), math.sqrt(higgs.m2_H)] == pytest.approx(theirs["m_h"], rel=1e-7, abs=0)
        assert higgs.sin_a / higgs.cos_a == pytest.approx(theirs["tan_alpha"], rel=1e-9, abs=0)


@pytest.mark.parametrize("couplings", ["weak_scale", "running"])
@pytest.mark.parametrize("m_A", [60.0, 300.0, 2e3, 5e4])
def test_barr_zee_diagrams_side_by_side_are_those_of_single_points(m_A, couplings):
    """With Higgs bosons from below the particles in the loops to above them, so that each series is used."""
    squarks = {"m_Q3": 2e3, "m_U3": 2.5e3, "m_D3": 3e3, "m_L3": 900.0, "m_E3": 1.3e3, "A_t": 1e3}
    model = Mssm(**FULL, couplings=couplings, heavy=squarks | {"m_A": m_A})
    rng = np.random.default_rng(5)
    n = 70
    columns = [rng.uniform(*limits, n) for limits in ((300, 3e3), (100, 3e3), (-3e3, -100), (2, 50))]
    theta = np.column_stack([*columns, rng.uniform(900.0, 5e3, (n, 4))])
    p = model.predict(theta)
    assert (p["reason"] == 0).sum() > n / 2
    for i in range(0, n, 3):
        for branch in model.branches(theta[i]):
            if branch["natural"] and p["reason"][i] == 0:
                lepton = branch["lepton"]
                expected = branch["parts"]["barr_zee"]
                assert expected != 0.0
                assert p[f"barr_zee_{lepton}"][i] == pytest.approx(expected, rel=1e-11, abs=0)


def test_one_heavy_scale_is_the_same_as_every_mass():
    by_scale = Mssm(**FULL, heavy_scale=3e4).predict(TABLE_1["I"])
    by_name = Mssm(**FULL, heavy=dict.fromkeys(MASSES, 3e4)).predict(TABLE_1["I"])
    for name, value in by_scale.items():
        assert value[0] == by_name[name][0]


def test_logarithms_grow_with_the_heavy_scale():
    """A factor of 3 in the heavy scale moves D_g1 by 4/3 g_Y^2/(16 pi^2) 7 ln 3 = .0083."""
    low, high = (Mssm(**FULL, heavy_scale=scale, barr_zee=False).predict(TABLE_1["II"]) for scale in (5e4 / 3.0, 5e4))
    moved = (high["fermion_sfermion_mu"] - low["fermion_sfermion_mu"]) / high["one_loop_mu"]
    assert moved[0] == pytest.approx(4 / 3 * 0.3574**2 / (16 * math.pi**2) * 7 * math.log(3), rel=0.03, abs=0)
    assert high["barr_zee_mu"][0] == 0.0


def test_constants_follow_the_scheme_of_the_couplings():
    """The constants hold on shell; elsewhere one and two loops together differ by less than one loop alone."""
    by_scheme = {
        scheme: Mssm(**FULL | {"delta": "mia"}, couplings=scheme, constants="paper_2019").predict(TABLE_1["II"])
        for scheme in ("on_shell", "weak_scale")
    }
    spread = {}
    for name in ("one_loop_mu", "sum"):
        a, b = (
            (p["one_loop_mu"] + p["fermion_sfermion_mu"] if name == "sum" else p[name])[0] * (1.0 + p["Delta_mu"][0])
            for p in by_scheme.values()
        )
        spread[name] = abs(a / b - 1.0)
    assert 0.01 < spread["one_loop_mu"] < 0.03
    assert spread["sum"] < 0.15 * spread["one_loop_mu"]


@pytest.mark.parametrize(("point", "lepton"), [("I", "e"), ("I", "mu"), ("II", "mu")])
def test_logarithms_in_delta_relabel_the_mass(point, lepton):
    """a (1 + x) (1 + Delta)/[1 + Delta (1 + x)]: +10 % for Delta = -.27, -.3 % for -22, near -1 a large factor."""
    alone, too = (Mssm(**FULL, delta_logarithms=choice).predict(TABLE_1[point]) for choice in (False, True))
    Delta = alone[f"Delta_{lepton}"][0]
    one = alone[f"one_loop_{lepton}"][0]
    # x from the bino diagram alone, which is all but some per cent of the moment
    x = alone[f"fermion_sfermion_{lepton}"][0] / one
    factor = too[f"delta_a_{lepton}"][0] / alone[f"delta_a_{lepton}"][0]
    assert factor == pytest.approx((1 + Delta) / (1 + Delta * (1 + x)), rel=0.4 if lepton == "e" else 0.02, abs=0)
    assert too[f"Delta_{lepton}"][0] == Delta
    corrected = Delta * (1 + x)
    wider = math.hypot(1.0, corrected / (1.0 + corrected))
    relative = too[f"error_relative_{lepton}"][0] / abs(too[f"delta_a_{lepton}"][0])
    assert relative == pytest.approx(0.03 * wider, rel=0.4 if lepton == "e" else 0.02, abs=0)
    assert alone[f"error_relative_{lepton}"][0] == pytest.approx(
        0.03 * abs(alone[f"delta_a_{lepton}"][0]), rel=1e-12, abs=0
    )


def test_smaller_parts_at_the_points_of_the_paper():
    """+7 % of one loop, opposite to the photonic part; with a heavy Higgsino Barr-Zee diagrams are negligible."""
    for theta in TABLE_1.values():
        p = Mssm(**FULL, couplings="on_shell").predict(theta)
        for lepton in ("e", "mu"):
            assert 0.055 < p[f"fermion_sfermion_{lepton}"][0] / p[f"one_loop_{lepton}"][0] < 0.08
            assert -0.16 < p[f"photonic_{lepton}"][0] / p[f"one_loop_{lepton}"][0] < -0.07
        assert abs(p["barr_zee_mu"][0]) < 1e-13
        assert abs(p["barr_zee_e"][0]) < 1e-16


def test_scale_of_the_logarithms():
    """m_S without the wino's mass lowers g1 by .002 to .010 at the points of the paper."""
    shares = []
    for choice in ("lightest", "bino"):
        p = Mssm(**FULL, log_scale=choice).predict(TABLE_1["I"])
        shares.append(p["fermion_sfermion_mu"][0] / p["one_loop_mu"][0])
    assert 0.001 < shares[0] - shares[1] < 0.010


@pytest.mark.parametrize(
    ("theta", "options", "reason"),
    [
        ([0.0, *TABLE_1["I"][1:]], {}, "two_loop_e"),
        ([*TABLE_1["I"][:1], 0.0, *TABLE_1["I"][2:]], {}, "two_loop_e"),
        (TABLE_1["I"], {"heavy": {"m_L3": 1.0}}, "two_loop_e"),
        (TABLE_1["I"], {"heavy": {"m_L3": 1.0}, "barr_zee": False}, "valid"),
        ([0.0, *TABLE_1["I"][1:]], {"two_loop": "photonic"}, "valid"),
    ],
)
def test_what_does_not_exist_is_invalid(theta, options, reason):
    for branch in ("natural", "all"):
        model = Mssm(**FULL | options, branch=branch)
        p = model.predict(theta)
        assert model.reasons[p["reason"].flat[0]] == reason
        assert np.isnan(p["delta_a_e"].flat[0]) == (reason != "valid")
        listed = model.branches(theta)
        assert next(b["status"] for b in listed if b["lepton"] == "e") == reason
    assert model.reasons[TWO_LOOP] == "two_loop_e"
    assert model.reasons[TWO_LOOP + 1] == "two_loop_mu"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"amu": "bino"}, "'two_loop' = 'full' needs 'amu' = 'full'"),
        ({"heavy": {"m_Q4": 1e3}}, "unknown name 'm_Q4'"),
        ({"heavy": {"m_A": -1.0}}, "m_A = -1.0 is not a positive mass"),
        ({"heavy": {"A_t": math.nan}}, "A_t = nan is not a finite number"),
        ({"heavy_scale": 0.0}, "heavy_scale"),
    ],
)
def test_options_that_are_refused(options, message):
    with pytest.raises(ModelError, match=message):
        Mssm(**FULL | options)


def test_higgs_bosons_on_either_side_of_the_z():
    """sum rules m_h^2 + m_H^2 = m_A^2 + m_Z^2 and tan(2 alpha)/tan(2 beta) = (m_A^2 + m_Z^2)/(m_A^2 - m_Z^2)."""
    m_Z = get_constants().m_Z
    for m_A in (40.0, 80.0, 200.0, 1e6):
        for tan_beta in (0.5, 1.5, 70.0):
            higgs = higgs_sector(tan_beta, m_A, m_Z)
            assert higgs.m2_h + higgs.m2_H == pytest.approx(m_A**2 + m_Z**2, rel=1e-12, abs=0)
            t = higgs.sin_a / higgs.cos_a
            ratio = (t / (1 - t * t)) / (tan_beta / (1 - tan_beta**2))
            assert ratio == pytest.approx((m_A**2 + m_Z**2) / (m_A**2 - m_Z**2), rel=1e-9, abs=0)
            assert higgs.sin_a < 0 < higgs.cos_a


@pytest.mark.parametrize(("number", "scheme"), [(0, "on_shell"), (1, "weak_scale"), (2, "running")])
@pytest.mark.parametrize("options", [{}, {"delta": "bino", "amu": "bino", "two_loop": "leading_log"}])
def test_coupling_scheme_as_a_parameter(number, scheme, options):
    fixed = Mssm(**FULL | options, couplings=scheme).predict(TABLE_1["I"])
    free = Mssm(**FULL | options, couplings="nuisance").predict([*TABLE_1["I"], float(number)])
    for name, value in fixed.items():
        assert free[name][0] == pytest.approx(value[0], rel=1e-9, abs=0, nan_ok=True)
    assert free["reason"][0] == fixed["reason"][0]


def test_coupling_scheme_between_and_beyond_the_schemes():
    model = Mssm(**FULL, couplings="nuisance", trilinear=True)
    assert [p.name for p in model.parameters][-3:] == ["A_e", "A_mu", "coupling_scheme"]
    theta = [[*TABLE_1["I"], 0.0, 0.0, s] for s in (-0.01, 0.0, 0.5, 1.0, 1.5, 2.0, 2.01, math.nan)]
    p = model.predict(theta)
    assert [model.reasons[r] for r in p["reason"]] == ["bad_parameters"] + ["valid"] * 5 + ["bad_parameters"] * 2
    # the scheme moves Delta_e from -.951 to -1.009 for full Delta at this point: through the pole
    assert p["Delta_e"][1] == pytest.approx(-0.951, abs=0.002)
    assert np.all(np.diff(p["Delta_e"][1:6]) < 0.0)
    assert p["Delta_e"][2] == pytest.approx(0.5 * (p["Delta_e"][1] + p["Delta_e"][3]), abs=1e-3)


def test_ridge_follows_the_coupling_scheme():
    """The selectron mass at which a_e is as measured depends on the scheme, and is found for each."""
    model = Mssm(**FULL, couplings="nuisance")
    theta = np.array([[*TABLE_1["I"], s] for s in (0.0, 0.6, 1.0, 2.0)])
    datum = (-8.7e-13, 3.6e-13)
    position, slope = model.ridge_centres(model.ridges[0], theta, (math.log(100.0), math.log(1e4)), datum)
    assert np.all(slope != 0.0)
    assert np.ptp(position) > 0.01
    theta[:, 4] = np.exp(position)
    assert model.predict(theta)["delta_a_e"] == pytest.approx(np.full(4, datum[0]), rel=0.05, abs=0)


def test_third_generation_of_the_oracle_points(oracle):
    sm = oracle["sm"]
    for point in oracle["points"]:
        inputs, theirs = point["inputs"], point["gm2calc"]
        m_b = bottom_mass_drbar(sm["mb_mb"], sm["alpha_s"], sm["m_Z"])
        assert m_b == pytest.approx(theirs["mb_DRbar_MZ"], rel=1e-12)
        couplings = model_at_two_loops(oracle["sm"], point)[0].setting.couplings
        electroweakinos = Electroweakinos(*(inputs[k] for k in ("M1", "M2", "mu", "tan_beta")))
        squarks = inputs["mQ3"], inputs["mD3"]
        found = delta_bottom(squarks, inputs["M3"], sm["alpha_s"], electroweakinos, couplings)
        assert found == pytest.approx(point["exact"]["Delta_b"], rel=1e-12, abs=0)
        tau = Lepton(sm["m_tau"], inputs["mL3"], inputs["mE3"], 0.0)
        found = delta_decoupled(tau, electroweakinos, couplings, sm["m_W"], sm["m_Z"])
        assert found == pytest.approx(point["exact"]["Delta_tau"], rel=1e-9, abs=0)


def test_alignment_that_the_electron_edm_needs():
    """Exactly from complex numbers: d_e of K exp(i phi)/(1 + Delta exp(i phi)) is at the bound for that phase."""
    model = Mssm(**FULL, d_e_max=4.1e-30, branch="all")
    p = model.predict(TABLE_1["I"])
    valid = p["reason"][0] == 0
    assert valid.sum() == 3
    bound = 2 * model.constants.m_e * 4.1e-30 / 1.973269804593025e-14
    for a, Delta, dipole, phase in zip(
        *(p[name][0][valid] for name in ("delta_a_e", "Delta_e", "phase_e_max", "arg_mu_M1_max")), strict=True
    ):
        turned = a * (1 + Delta) * np.exp(1j * phase) / (1 + Delta * np.exp(1j * phase))
        assert abs(turned.imag) == pytest.approx(bound, rel=1e-4, abs=0)
        assert math.tan(dipole) * abs(a) == pytest.approx(bound, rel=1e-12, abs=0)
    assert np.isnan(p["arg_mu_M1_max"][0][~valid]).all()
    assert "arg_mu_M1_max" not in Mssm().predict(TABLE_1["I"])
    # the phase of the dipole at the moment of 1812.04130
    assert math.atan(bound / 8.7e-13) == pytest.approx(2.44e-7, rel=1e-3)


def test_two_loops_and_scheme_beside_the_spectrum():
    """Every group of further predictions stands in its own columns."""
    groups = {"two_loop": "full", "branch": "all", "d_e_max": 4.1e-30, "sparticles": True}
    together = Mssm(**FULL | groups).predict(TABLE_1["I"])
    for name, value in groups.items():
        alone = Mssm(**FULL | {"branch": "all", "two_loop": "photonic"} | {name: value}).predict(TABLE_1["I"])
        for quantity in set(alone) - set(Mssm(**FULL | {"two_loop": "photonic"}).predict(TABLE_1["I"])):
            if quantity not in ("phase_e_max", "arg_mu_M1_max"):  # they follow from the moment itself
                assert np.array_equal(together[quantity], alone[quantity], equal_nan=True), quantity
    between = Mssm(**FULL | {"sparticles": True}, couplings="nuisance").predict([*TABLE_1["I"], 0.0])
    on_shell = Mssm(**FULL | {"sparticles": True}, couplings="on_shell").predict(TABLE_1["I"])
    assert between["m_snu_mu"][0] == pytest.approx(on_shell["m_snu_mu"][0], rel=1e-12)
