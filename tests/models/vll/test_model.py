"""Options, names, several generations, universality and the Fermi constant."""

import math

import numpy as np
import pytest

from g2fit.core.errors import ModelError
from g2fit.models.vll import VectorLikeLeptons

POINT = np.array([900.0, 700.0, 0.3, 0.2, 0.5, -0.4])
FORMULAS = ("leading_order", "improved", "exact")


def at_point(point=POINT, **options):
    model = VectorLikeLeptons(**options)
    return {name: value[0].item() for name, value in model.predict([point]).items()}


def test_parameters_and_observables_of_the_muon():
    model = VectorLikeLeptons()
    assert [p.name for p in model.parameters] == ["m_L", "m_S", "Y_L", "Y_R", "Y_V", "Y_Vp"]
    assert [p.unit for p in model.parameters] == ["GeV", "GeV", "", "", "", ""]
    derived = {q.name for q in model.observables if q.derived}
    assert derived >= {"delta_a_mu", "R_tau", "t_L", "t_R", "dm_mu_over_m_mu", "dgL_W_mu", "dgR_Z_mu"}
    sm = {q.name: q.sm for q in model.observables}
    assert (sm["delta_a_mu"], sm["R_tau"], sm["mu_h_mumu"], sm["dgL_W_mu"], sm["t_L"]) == (0.0, 0.9726, 1.0, 0.0, None)


@pytest.mark.parametrize("generations", [["e"], ["mu"], ["tau"], ["e", "mu"], ["e", "mu", "tau"]])
@pytest.mark.parametrize("gf_shift", [False, True])
@pytest.mark.parametrize("scenario", ["general", "radiative"])
def test_names_are_unique_and_every_prediction_is_finite(generations, gf_shift, scenario):
    model = VectorLikeLeptons(generations=generations, gf_shift=gf_shift, scenario=scenario, Lambda="parameter")
    names = [q.name for q in (*model.parameters, *model.observables)]
    assert len(set(names)) == len(names)
    assert len({q.latex for q in model.observables}) == len(model.observables)
    assert not set(model.aliases) & set(names)
    assert set(model.aliases.values()) <= set(names)
    point = POINT[: 6 if scenario == "general" else 5]
    prediction = model.predict([[*np.tile(point, len(generations)), 1e5]])
    assert all(np.isfinite(value).all() for value in prediction.values())
    assert prediction["reason"].tolist() == [0]


def test_a_vanishing_coupling_is_the_standard_model():
    for formula in FORMULAS:
        model = VectorLikeLeptons(formula=formula, gf_shift=True, top_loop=True)
        prediction = model.predict([[900.0, 700.0, 0.0, 0.0, 0.5, -0.4]])
        for quantity in model.observables:
            if quantity.sm is not None and not quantity.name.endswith("_oblique"):  # those of the partners alone
                assert prediction[quantity.name][0] == pytest.approx(quantity.sm, abs=1e-15), quantity.name


def test_one_generation_may_be_written_with_its_suffix():
    model = VectorLikeLeptons()
    assert model.aliases["m_L_mu"] == "m_L"
    assert model.column("t_L_mu") == model.column("t_L")


def test_seed_ratio_is_the_printed_one():
    p = at_point()
    assert p["R_tau"] == pytest.approx(0.9726 * (1 - p["t_L"]), rel=1e-15)


@pytest.mark.parametrize("formula", FORMULAS)
def test_generations_do_not_disturb_each_other(formula):
    rng = np.random.default_rng(5)
    points = POINT * rng.uniform(0.5, 2.0, (20, 3, 6))
    together = VectorLikeLeptons(formula=formula, generations=["e", "mu", "tau"]).predict(points.reshape(20, 18))
    for g, lepton in enumerate(("e", "mu", "tau")):
        alone = VectorLikeLeptons(formula=formula, generations=[lepton]).predict(points[:, g])
        for name in (f"delta_a_{lepton}", f"dm_{lepton}_over_m_{lepton}", f"dgL_W_{lepton}", f"dgR_Z_{lepton}"):
            np.testing.assert_array_equal(together[name], alone[name])
        np.testing.assert_array_equal(together[f"t_L_{lepton}"], alone["t_L"])


def test_universality_ratios():
    """Rates are products of W widths: a common factor of two leptons drops out of their ratio."""
    points = POINT * np.array([[1.0], [1.3], [0.8]])
    p = at_point(points.ravel(), generations=["e", "mu", "tau"])
    w = {lepton: 1.0 / (1.0 + p[f"t_L_{lepton}"]) for lepton in ("e", "mu", "tau")}
    expected = {
        "R_tau": 0.9726 * w["mu"] / w["e"],
        "g_tau_over_g_mu": math.sqrt(w["tau"] / w["mu"]),
        "g_tau_over_g_mu_pi": math.sqrt(w["tau"] / w["mu"]),
        "g_tau_over_g_mu_K": math.sqrt(w["tau"] / w["mu"]),
        "g_tau_over_g_e": math.sqrt(w["tau"] / w["e"]),
        "g_mu_over_g_e": math.sqrt(w["mu"] / w["e"]),
        "g_mu_over_g_e_pi": math.sqrt(w["mu"] / w["e"]),
        "g_mu_over_g_e_K": math.sqrt(w["mu"] / w["e"]),
        "R_W_mu_e": w["mu"] / w["e"],
        "R_W_tau_e": w["tau"] / w["e"],
        "R_W_tau_mu": w["tau"] / w["mu"],
        "V_ud_ratio": 1.0 / math.sqrt(w["mu"]),
        "G_mu_ratio": math.sqrt(w["e"] * w["mu"]),
    }
    for name, value in expected.items():
        assert p[name] == pytest.approx(value, rel=1e-14), name
    for formula in FORMULAS:
        same = at_point(np.tile(POINT, 2), generations=["e", "mu"], formula=formula)
        # The exact mixing of left-handed charged leptons, ~ m_l/m_L, tells them apart.
        tolerance = 1e-6 if formula != "leading_order" else 1e-15
        assert same["R_tau"] / 0.9726 == pytest.approx(1.0, abs=tolerance)
        assert same["R_W_mu_e"] == pytest.approx(1.0, abs=tolerance)
        assert same["g_tau_over_g_mu"] > 1.0


def test_exact_widths_are_squared_couplings():
    p = at_point(formula="exact")
    assert p["R_tau"] == pytest.approx(0.9726 * (1 + p["dgL_W_mu"]) ** 2, rel=1e-14)
    assert p["V_ud_ratio"] == pytest.approx(1 / (1 + p["dgL_W_mu"]), rel=1e-14)
    no_Y_V = at_point([900.0, 700.0, 0.3, 0.2, 0.0, 0.4], formula="exact")
    assert no_Y_V["R_W_mu_e"] == pytest.approx(1 / (1 + no_Y_V["t_L"]), rel=1e-3)


def test_fermi_shift_per_unit_of_mixing():
    """The scheme (alpha, G_mu, m_Z) with s2 = 0.2312."""
    shifted, plain = at_point(gf_shift=True), at_point()
    t_L = plain["t_L"]
    per_unit = {
        "dgL_W_e": 0.3575, "dgL_W_mu": -0.1425, "dgL_W_tau": 0.3575,
        "dgL_Z_e": -0.2325, "dgL_Z_mu": -0.2325, "dgL_Z_tau": -0.2325,
        "dgR_Z_e": -0.1075, "dgR_Z_tau": -0.1075, "dm_W": 0.1075,
        "dgL_Z_u": 0.25 * (0.5 + 2 / 3 * 0.43006), "dgR_Z_u": 0.25 * 2 / 3 * 0.43006,
        "dgL_Z_b": 0.25 * (-0.5 - 0.43006 / 3), "dgR_Z_b": -0.25 / 3 * 0.43006,
        "dgL_Z_nu_e": 0.125, "dgL_Z_nu": -0.375,
    }  # fmt: skip
    for name, value in per_unit.items():
        assert shifted[name] / t_L == pytest.approx(value, abs=6e-5), name
    assert (shifted["dgR_Z_mu"] - plain["dgR_Z_mu"]) / t_L == pytest.approx(-0.1075, abs=6e-5)
    for up, other in (("u", "c"), ("d", "s"), ("d", "b")):
        for hand in "LR":
            assert shifted[f"dg{hand}_Z_{up}"] == shifted[f"dg{hand}_Z_{other}"]
    for name in ("R_tau", "R_W_mu_e", "delta_a_mu", "g_tau_over_g_mu", "mu_h_mumu"):
        assert shifted[name] == plain[name]


def test_fermi_shifts_of_electron_and_muon_add():
    one = at_point(np.r_[POINT, 9e9, 9e9, POINT[2:]], gf_shift=True, generations=["e", "mu"])
    two = at_point(np.tile(POINT, 2), gf_shift=True, generations=["e", "mu"])
    for name in ("dgL_Z_tau", "dgR_Z_b", "dm_W", "dgL_W_tau"):
        assert two[name] == pytest.approx(2 * one[name], rel=1e-12)


def test_shifts_do_not_leak_from_point_to_point():
    model = VectorLikeLeptons(gf_shift=True)
    points = POINT * np.random.default_rng(7).uniform(0.5, 2.0, (6, 6))
    points[2, 0] = -1.0
    batch = model.predict(points)
    for i, point in enumerate(points):
        for name, value in model.predict([point]).items():
            np.testing.assert_array_equal(value[0], batch[name][i])


def test_cut_off_as_parameter():
    fixed, free = at_point(Lambda=2e4), at_point([*POINT, 2e4], Lambda="parameter")
    assert fixed == free
    slope = at_point(Lambda=2e4 * math.e)["dm_mu_over_m_mu"] - fixed["dm_mu_over_m_mu"]
    Y_h = 0.5 * 700 / 900 - 0.4
    assert slope == pytest.approx(-0.3 * 0.2 * Y_h / (16 * math.pi**2) * 2 * 174.0 / 0.1056583745, rel=1e-10)


def test_radiative_scenario():
    """Without Y_V' the mass comes from the cut-off scale, enlarged by what running takes away (sec. IV)."""
    model = VectorLikeLeptons(scenario="radiative")
    assert [p.name for p in model.parameters] == ["m_L", "m_S", "Y_L", "Y_R", "Y_V"]
    p, general = at_point(POINT[:5], scenario="radiative"), at_point([*POINT[:5], 0.0])
    assert p.items() >= {name: general[name] for name in ("delta_a_mu", "dm_mu_over_m_mu", "R_tau")}.items()
    assert p["delta_a_mu"] > 0.0 > p["dm_mu_over_m_mu"]
    assert p["threshold_over_m_mu"] == 1.0 - p["dm_mu_over_m_mu"] > 1.0


def test_phase_of_the_electron_dipole():
    """4.1e-30 e cm (2212.11841) is 2 m_e d/e = 2.1235e-19."""
    p = at_point(generations=["e"])
    assert math.tan(p["phase_e_max"]) * abs(p["delta_a_e"]) == pytest.approx(2.1235e-19, rel=1e-4)
    weaker = at_point(generations=["e"], d_e_max=1.1e-29)
    assert weaker["phase_e_max"] / p["phase_e_max"] == pytest.approx(11 / 4.1, rel=1e-9)
    assert at_point([900.0, 700.0, 0.0, 0.2, 0.5, 0.4], generations=["e"])["phase_e_max"] == math.pi / 2


def test_constants_by_name_and_by_value():
    base = at_point()["delta_a_mu"]
    heavier = at_point(constants={"m_mu": 2 * 0.1056583745})["delta_a_mu"]
    assert heavier == pytest.approx(2 * base, rel=1e-14)
    assert at_point(constants="pdg_2026") == at_point(constants={"preset": "pdg_2026"})
    assert at_point(constants="pdg_2026")["delta_a_mu"] != base


def test_the_former_name_of_a_formula_stays_valid():
    model = VectorLikeLeptons(formula="seed")
    assert model.options.formula == "leading_order"
    assert model.options == VectorLikeLeptons().options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"formula": "sed"}, "formula"),
        ({"formulas": "leading_order"}, "did you mean 'formula'"),
        ({"generations": ["mu", "e"]}, "in the order"),
        ({"generations": ["mu", "mu"]}, "once"),
        ({"generations": []}, "generations"),
        ({"generations": ["muon"]}, "generations"),
        ({"Lambda": -1.0}, "Lambda"),
        ({"Lambda": "free"}, "Lambda"),
        ({"constants": "paper_2012"}, "did you mean"),
        ({"constants": {"m_Q": 1.0}}, "unknown constant 'm_Q'"),
        ({"constants": {"m_W": "heavy"}}, "m_W"),
    ],
)
def test_wrong_options_are_explained(options, words):
    with pytest.raises(ModelError, match="(?s)" + words.replace("(", r"\(")):
        VectorLikeLeptons(**options)


def test_wrong_number_of_parameters_is_explained():
    with pytest.raises(ModelError, match="takes 6 parameters"):
        VectorLikeLeptons().predict([[1.0, 2.0]])


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({0: math.nan}, "not finite"),
        ({3: math.inf}, "not finite"),
        ({0: 0.0}, "not positive"),
        ({1: -500.0}, "not positive"),
        ({0: 0.05}, "not heavier than its lepton"),
        ({0: 1e200}, "out of the range"),
    ],
)
def test_invalid_points_are_nan_with_a_reason(formula, change, reason):
    model = VectorLikeLeptons(formula=formula)
    points = np.tile(POINT, (3, 1))
    for column, value in change.items():
        points[1, column] = value
    prediction = model.predict(points)
    codes = prediction.pop("reason")
    assert reason in model.reasons[codes[1]]
    assert codes[[0, 2]].tolist() == [0, 0]
    for value in prediction.values():
        assert np.isnan(value).tolist() == [False, True, False]
