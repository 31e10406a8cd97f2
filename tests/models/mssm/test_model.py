"""The MSSM point by point: reference branches, benchmark tables, reason codes."""

import math

import numpy as np
import pytest

from g2fit.core.errors import ModelError
from g2fit.models.mssm import Mssm
from g2fit.models.mssm.higgs_mediation import MssmHiggsMediation
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, slepton_masses, sleptons_of, yukawa_edge
from g2fit.models.mssm.vacuum import ETA_LIGHT, vacuum_bound
from tests.support.mssm_points import solutions_at

BINO = {"delta": "bino", "amu": "bino", "two_loop": "leading_log"}
TABLE_1 = {
    "I": [1.5e3, 1e3, -1e5, 70.0, 2.4e3, 2.3e3, 5e3, 5e3],
    "II": [1.5e3, 6e2, -5e5, 70.0, 6.0e3, 6.0e3, 700.0, 700.0],
}


def one_loop_of(branch):
    return branch["delta_a"] / (1 - branch["delta_qed"])


@pytest.mark.parametrize("delta", ["mia", "bino", "decoupled", "full"])
def test_all_branches_of_the_reference_points(reference, delta):
    for point in reference["points"]:
        by_amu = {}
        for amu, two_loop in (("bino", "none"), ("full", "photonic")):
            by_amu[amu] = solutions_at(point, delta=delta, amu=amu, two_loop=two_loop)
        expected = point["branches"][delta]
        assert len(by_amu["bino"]) == len(by_amu["full"]) == len(expected), point["name"]
        for bino, full, theirs in zip(by_amu["bino"], by_amu["full"], expected, strict=True):
            assert full["y"] == pytest.approx(theirs["y"], rel=1e-9), point["name"]
            assert full["Delta"] == pytest.approx(theirs["Delta"], rel=1e-10)
            assert full["m_1"] == pytest.approx(theirs["m_1"], rel=1e-9)
            assert full["m_2"] == pytest.approx(theirs["m_2"], rel=1e-9)
            assert full["tachyon"] == (theirs["m_1"] < 0)
            if not full["tachyon"]:
                assert bino["delta_a"] == pytest.approx(theirs["a_bino"], rel=1e-9)
                assert full["vac_ratio"] == pytest.approx(theirs["vac_ratio"], rel=1e-9)
                assert one_loop_of(full) == pytest.approx(theirs["a_full"], rel=1e-9)
                photonic = full["delta_a"] - one_loop_of(full)
                assert photonic == pytest.approx(theirs["a_photonic"], abs=1e-9 * abs(theirs["a_full"]))


def test_tachyon_edge_and_vacuum_bound_of_the_reference_points(reference):
    for point in reference["points"]:
        theta = point["theta"]
        lepton = Lepton(0.0, theta["mL"], theta["mR"], 0.0)
        electroweakinos = Electroweakinos(theta["M1"], theta["M2"], theta["mu"], theta["tan_beta"])
        couplings = Couplings(*(point["constants"][name] for name in ("g_Y", "g_2", "v")))
        sleptons = sleptons_of(lepton, electroweakinos, couplings)
        assert yukawa_edge(sleptons) == pytest.approx(point["y_edge"], rel=1e-12)
        assert slepton_masses(yukawa_edge(sleptons) ** 2, sleptons)[0] == pytest.approx(0, abs=1e-8 * theta["mL"])
        assert vacuum_bound(theta["mL"], theta["mR"], ETA_LIGHT) == pytest.approx(point["vacuum_bound"], rel=1e-12)


def test_mass_insertion_of_the_reference_points(reference):
    for point in reference["points"]:
        (ours,) = solutions_at(point, delta="mia", amu="mia", two_loop="leading_log")
        assert ours["Delta"] == pytest.approx(point["Delta"]["mia"], rel=1e-11)
        if not ours["tachyon"]:
            one_loop = point["a_mia_times_1_plus_Delta"] / (1 + ours["Delta"])
            assert ours["delta_qed"] == pytest.approx(point["delta_qed"], rel=1e-11)
            assert ours["delta_a"] == pytest.approx(one_loop * (1 - point["delta_qed"]), rel=1e-9)


@pytest.mark.parametrize(
    ("point", "quantity", "value", "tolerance"),
    [
        ("I", "Delta_e", -0.975, 0.0006),
        ("I", "Delta_mu", -0.279, 0.0006),
        ("II", "Delta_e", -1.007, 0.0006),
        ("II", "Delta_mu", -22.5, 0.06),
        ("II", "delta_a_mu", 3.12e-9, 0.03e-9),
    ],
)
def test_table_1_in_the_mass_insertion_approximation(point, quantity, value, tolerance):
    model = Mssm(delta="mia", amu="mia", constants={"preset": "paper_2019", "g_Y": 0.3541}, vacuum="off")
    assert float(model.predict(TABLE_1[point])[quantity][0]) == pytest.approx(value, abs=tolerance)


def test_table_1_well_conditioned_quantities():
    """a_l (1 + Delta_l) with and without QED: the printed a_e divides it by a difference of rounded inputs."""
    at = {"preset": "paper_2019", "g_Y": 0.3541}
    for two_loop, value in (("none", -8.9e-13), ("leading_log", -7.6e-13)):
        point = Mssm(delta="mia", amu="mia", two_loop=two_loop, constants=at).predict(TABLE_1["I"])
        a_e = float(point["delta_a_e"][0]) * float(point["one_plus_Delta_e"][0])
        assert a_e / (1 - 0.975) == pytest.approx(value, rel=0.01)
    point = Mssm(delta="bino", amu="bino", constants=at, vacuum="off").predict(TABLE_1["II"])
    assert float(point["delta_a_mu"][0]) == pytest.approx(3.12e-9, rel=0.01)
    assert float(point["Delta_mu"][0]) == pytest.approx(-22.8, abs=0.4)


def test_selectron_violates_the_vacuum_bound_near_the_pole():
    """At point II the electron's y ~ 0.02 to 0.03 is enough, against the remark in 1906.08768."""
    theta = np.array(TABLE_1["II"])
    theta[4:6] = 6060.0
    model = Mssm(**BINO, constants={"preset": "paper_2019", "g_Y": 0.3541})
    electron = model.branches(theta)[0]
    assert electron["status"] == "vacuum_e"
    assert electron["vac_ratio"] > 1
    assert model.reasons[model.predict(theta)["reason"][0]] == "vacuum_e"
    assert np.isfinite(Mssm(**BINO, vacuum="off").predict(theta)["vac_ratio_e"]).all()


def test_reason_codes_and_nan():
    model = Mssm(**BINO, vacuum="off")
    good = np.array(TABLE_1["II"])
    cases = {
        "valid": {},
        "bad_parameters": {"tan_beta": np.nan},
        "tachyon_mu": {"tan_beta": 0.1, "mR_mu": 20.0},
        "sneutrino_e": {"mL_e": 30.0},
        "no_natural_branch_e": {"mu": -1e5, "mL_e": 2400.0, "mR_e": 2300.0},
    }
    names = [p.name for p in model.parameters]
    for expected, changes in cases.items():
        theta = good.copy()
        for name, value in changes.items():
            theta[names.index(name)] = value
        prediction = model.predict(theta)
        assert model.reasons[prediction["reason"][0]] == expected
        values = np.array([prediction[q.name][0] for q in model.observables])
        assert np.isfinite(values).all() if expected == "valid" else np.isnan(values).all()


def test_no_yukawa_coupling_gives_the_muon_its_mass():
    theta = [1549.354, 285.099, -56963.4071, 61.0667, 9e3, 9e3, 2906.917, 261.893]
    model = Mssm(**BINO)
    assert model.reasons[model.predict(theta)["reason"][0]] == "no_yukawa_mu"
    assert model.branches(theta)[-1] == {"lepton": "mu", "status": "no_yukawa_mu"}


def test_all_branches_in_rows():
    rng = np.random.default_rng(5)
    low = [500.0, 600.0, 2e4, 20.0, 300.0, 300.0, 300.0, 300.0]
    high = [3000.0, 600.1, 1e6, 80.0, 1e4, 1e4, 1e4, 1e4]
    theta = np.exp(rng.uniform(np.log(low), np.log(high), (400, 8)))
    theta[:, 2] *= -1
    every, natural = Mssm(**BINO, branch="all", vacuum="off"), Mssm(**BINO, vacuum="off")
    rows, one = every.predict(theta), natural.predict(theta)
    assert rows["reason"].shape == (400, 9)
    for i, point in enumerate(theta):
        listed = natural.branches(point)
        count = [sum("y" in b for b in listed if b["lepton"] == lepton) for lepton in ("e", "mu")]
        used = rows["reason"][i] != -1
        assert used.sum() == max(count[0] * count[1], 1)
        for slot in np.flatnonzero(rows["reason"][i] == 0):
            assert rows["branch_e"][i, slot] == slot // 3
            pair = [b for b in listed if b["branch"] == rows["branch_" + b["lepton"]][i, slot]]
            assert [b["y"] for b in pair] == pytest.approx([rows["y_e"][i, slot], rows["y_mu"][i, slot]], rel=1e-12)
            both = bool(rows["natural_e"][i, slot] and rows["natural_mu"][i, slot])
            assert both == all(b["natural"] for b in pair)
            if both:
                assert one["delta_a_e"][i] == pytest.approx(rows["delta_a_e"][i, slot], rel=1e-12)
        if one["reason"][i] == 0:
            assert [one["n_branches_e"][i], one["n_branches_mu"][i]] == count
    assert (rows["reason"] == 0).sum() > 400


def test_full_level_evaluates_a_batch_as_it_lists_branches():
    rng = np.random.default_rng(6)
    low = [50.0, 60.0, 1e2, 2.0, 100.0, 100.0, 100.0, 100.0]
    high = [5000.0, 4000.0, 1e6, 80.0, 1e4, 1e4, 1e4, 1e4]
    theta = np.exp(rng.uniform(np.log(low), np.log(high), (300, 8)))
    theta[:, 2] *= rng.choice([-1, 1], 300)
    theta[::2, 0] *= -1
    for couplings in ("weak_scale", "running"):
        model = Mssm(delta="full", amu="full", two_loop="photonic", couplings=couplings, vacuum="off")
        batch = model.predict(theta)
        assert (batch["reason"] == 0).mean() > 0.7
        for i in np.flatnonzero(batch["reason"] == 0):
            natural = {b["lepton"]: b for b in model.branches(theta[i]) if b["natural"]}
            for lepton in ("e", "mu"):
                assert batch["delta_a_" + lepton][i] == pytest.approx(natural[lepton]["delta_a"], rel=1e-12)
                assert batch["y_" + lepton][i] == pytest.approx(natural[lepton]["y"], rel=1e-12)


def test_yukawa_couplings_solve_their_equation():
    """y (1 + Delta(y^2)) = y_tree, Delta(y^2) of the complete self-energy from its sum over mass eigenstates."""
    theta = [112.5649, 1100.1228, -14941.7077, 74.88855, 294.80297, 238.78319, 5e3, 5e3]
    model = Mssm(delta="full", amu="full", constants={"preset": "paper_2019"})
    found = [b for b in model.branches(theta) if b["lepton"] == "e"]
    assert [b["y"] for b in found] == pytest.approx([0.0063, 0.0073, -0.0132], rel=0.02)
    assert [b["vac_ratio"] < 1 for b in found] == [True, True, True]
    for b in found:
        self_energy = mass_eigenstate_sum(theta, b["y"], 0.3574, 0.652, 174.1)
        assert b["Delta"] == pytest.approx(self_energy, rel=1e-9)


def mass_eigenstate_sum(theta, y, g_Y, g_2, v):
    """Delta of the electron as a plain sum of B0 functions, with numpy's eigensolvers."""
    M1, M2, mu, tan_beta, mL, mR = theta[:6]
    v_d = v / np.hypot(1, tan_beta)
    v_u = tan_beta * v_d
    D = (v_u**2 - v_d**2) / 4
    off = -y * mu * v_u
    common = (y * v_d) ** 2
    sleptons = [[mL**2 + common + (g_2**2 - g_Y**2) * D, off], [off, mR**2 + common + 2 * g_Y**2 * D]]
    m2, U = np.linalg.eigh(sleptons)
    m2_nu = mL**2 - (g_Y**2 + g_2**2) * D
    a, b = g_Y * v_u / np.sqrt(2), g_2 * v_u / np.sqrt(2)
    neutral, Z = np.linalg.eigh([[M1, 0, 0, a], [0, M2, 0, -b], [0, 0, 0, -mu], [a, -b, -mu, 0]])
    u, charged, V = np.linalg.svd([[M2, g_2 * v_u], [0, mu]])

    def B0(x, z):
        return 1 - (x * np.log(x) - z * np.log(z)) / (x - z)

    total = 0.0
    for i in range(4):
        for k in range(2):
            nL = (g_Y * Z[0, i] + g_2 * Z[1, i]) / np.sqrt(2) * U[0, k] - y * Z[2, i] * U[1, k]
            nR = -(np.sqrt(2) * g_Y * Z[0, i] * U[1, k] + y * Z[2, i] * U[0, k])
            total += nL * nR * neutral[i] * B0(neutral[i] ** 2, m2[k])
    for k in range(2):
        total += -g_2 * V[k, 0] * y * u[1, k] * charged[k] * B0(charged[k] ** 2, m2_nu)
    return -total / (16 * np.pi**2 * y * v_d)


def test_trilinear_couplings_shift_mu():
    """Delta of the bino diagram depends on mu tan(beta) - A only."""
    base = [1000.0, 600.0, -1e5, 50.0, 2e3, 1.5e3, 4e3, 3e3]
    with_A = Mssm(**BINO, trilinear=True, vacuum="off")
    assert [p.name for p in with_A.parameters[-2:]] == ["A_e", "A_mu"]
    shifted = with_A.predict([*base, -1e6, -1e6])
    moved = Mssm(**BINO, vacuum="off").predict([1000.0, 600.0, -1e5 + 1e6 / 50.0, *base[3:]])
    assert shifted["Delta_mu"][0] == pytest.approx(moved["Delta_mu"][0], rel=1e-6)
    assert shifted["delta_a_e"][0] == pytest.approx(moved["delta_a_e"][0], rel=1e-6)


def test_coupling_schemes():
    weak, on_shell, running = (Mssm(couplings=c, delta="mia", amu="mia") for c in ("weak_scale", "on_shell", "running"))
    theta = TABLE_1["I"]
    ratio = on_shell.predict(theta)["Delta_e"] / weak.predict(theta)["Delta_e"]
    assert ratio[0] == pytest.approx((0.35416 / 0.3574) ** 2, rel=2e-3)
    higher = running.predict(theta)["Delta_e"] / weak.predict(theta)["Delta_e"]
    assert higher[0] == pytest.approx((0.3643 / 0.3574) ** 2, rel=2e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delta": "binos"}, "delta"),
        ({"dleta": "bino"}, "did you mean 'delta'"),
        ({"two_loop": "photonic", "amu": "bino"}, "'amu' = 'full'"),
        ({"constants": "pdg"}, "pdg"),
        ({"constants": {"gY": 0.36}}, "gY"),
        ({"constants": {"m_W": 95.0}}, "'m_W' = 95 must be smaller than 'm_Z'"),
        ({"constants": {"v": 0.0}}, "'v' = 0.0 must be a positive number"),
        ({"constants": {"m_mu": math.nan}}, "'m_mu' = nan must be a positive number"),
        ({"heavy": {"m_L3x": 39e3}}, "option 'heavy' needs 'two_loop' = 'full', not 'photonic'"),
        ({"heavy_scale": 3e4}, "option 'heavy_scale' needs 'two_loop' = 'full', not 'photonic'"),
        ({"scale": 1e3, "two_loop": "leading_log"}, "option 'scale' needs 'two_loop' = 'full', not 'leading_log'"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ModelError, match=message):
        Mssm(**options)


def test_wrong_shape():
    with pytest.raises(ModelError, match="8 parameters"):
        Mssm().predict([1.0, 2.0])
    with pytest.raises(ModelError, match="one point"):
        Mssm().branches([TABLE_1["I"], TABLE_1["II"]])


@pytest.mark.parametrize("kind", [Mssm, MssmHiggsMediation])
def test_the_complete_calculation_is_the_default(kind):
    options = kind().options
    assert (options.delta, options.amu, options.two_loop) == ("full", "full", "photonic")
    assert kind(delta="bino").options.two_loop == "photonic"
    assert kind(amu="bino").options.two_loop == "leading_log"  # the photonic diagrams need all of one loop
    assert kind(amu="bino", two_loop="none").options.two_loop == "none"


def test_light_higgsinos_are_beyond_levels_without_them():
    theta = np.array([TABLE_1["I"], TABLE_1["I"], TABLE_1["I"]])
    theta[1:, 2] = -49e3, 51e3  # 10 times the smuon mass is 50 TeV
    (text,) = Mssm(delta="bino").beyond(theta)
    assert text.endswith("delta: bino leaves out winos and higgsinos")
    for model in (Mssm(**BINO), Mssm(delta="mia", amu="mia")):
        (where,) = model.beyond(theta).values()
        assert where.tolist() == [False, True, False]
    assert Mssm().beyond(theta) == Mssm(delta="decoupled").beyond(theta) == {}
    (where,) = (
        MssmHiggsMediation(**BINO).beyond(np.array([[1e5, 70, 300, 500, 9e3], [1e5, 70, 300, 500, 11e3]])).values()
    )
    assert where.tolist() == [False, True]
    # one selectron is heavier than a tenth of m_bar, though d is not
    model, point = MssmHiggsMediation(delta="bino"), np.array([[3.5e5, 250.0, 280.0, 1000.0, 1000.0]])
    heaviest = np.nanmax([np.abs(model.predict(point)[name]) for name in ("mL_e", "mR_e", "mL_mu", "mR_mu")])
    assert heaviest > 0.1 * 3.5e5
    (where,) = model.beyond(point).values()
    assert where.tolist() == [True]


def test_yukawa_couplings_above_four_pi_are_not_valid():
    theta = [
        -23.50485078354447, -5192.665273289049, -15930.076012728268, 41.75888853381263,
        168927.7702783977, 250492.23154329328, 2640704.1797525706, 6336.1880598557445,
    ]  # fmt: skip
    model = Mssm(vacuum="off", branch="all")
    listed = [b for b in model.branches(theta) if b["lepton"] == "e"]
    assert [b["status"] for b in listed] == ["valid", "not_perturbative_e", "not_perturbative_e"]
    assert [abs(b["y"]) > 4 * np.pi for b in listed] == [False, True, True]
    p = model.predict(theta)
    reasons = [model.reasons[code] for code in p["reason"][0] if code >= 0]
    assert reasons == ["valid", "not_perturbative_e", "not_perturbative_e"]
    assert np.isnan(p["y_e"][0][p["reason"][0] > 0]).all()
    assert Mssm(vacuum="off").predict(theta)["reason"][0] == 0


@pytest.mark.parametrize("branch", ["natural", "all"])
def test_massless_bino_has_no_bino_diagram(branch):
    model = Mssm(delta="bino", amu="bino", vacuum="off", branch=branch)
    p = model.predict([[0.0, 1e3, -1e5, 50.0, 1e4, 1e4, 1e4, 1e4]])
    for lepton in ("e", "mu"):
        assert np.ravel(p[f"Delta_{lepton}"])[0] == np.ravel(p[f"delta_a_{lepton}"])[0] == 0.0
    assert np.ravel(p["reason"])[0] == 0
