"""Electroweak likelihood: reference chi2 values, and the limits that follow."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.reproduction.vll.limits import (
    electroweak_limit,
    paper_coupling_limits,
    paper_tau_limit,
    universality_limit,
    upper_limit,
)
from g2fit.core.errors import DataError
from g2fit.data import DataSection, resolve
from g2fit.likelihoods import build_terms
from g2fit.models import get_model

REFERENCE = json.loads(Path(__file__).with_name("ew_chi2.json").read_text())
POINTS = np.array(REFERENCE["points"])
COLUMN = {name: i for i, name in enumerate(REFERENCE["columns"])}
V, S2 = 174.0, 0.2312


def shifts(t_L, t_R, gf_shift):
    """The couplings, written out once more: eq (16) of 2106.01373, and k (T3 + Q r) for the Fermi constant."""
    k, r = (t_L / 4, S2 / (1 - 2 * S2)) if gf_shift else (0.0, 0.0)
    dg = {"dm_W": k * r}
    for lepton in ("e", "mu", "tau"):
        dg[f"dgL_W_{lepton}"] = k * (1 + r)
        dg[f"dgL_Z_{lepton}"] = k * (-0.5 - r)
        dg[f"dgR_Z_{lepton}"] = -k * r
    for quark in "usdcb":
        up = quark in "uc"
        dg[f"dgL_Z_{quark}"] = k * (0.5 + 2 / 3 * r) if up else k * (-0.5 - r / 3)
        dg[f"dgR_Z_{quark}"] = k * 2 / 3 * r if up else -k * r / 3
    dg["dgL_W_mu"] -= t_L / 2
    dg["dgR_Z_mu"] -= t_R / 2
    return dg


@pytest.fixture(scope="module", params=[("chi2_eq16", False), ("chi2_gf_shift", True)])
def case(request):
    column, gf_shift = request.param
    dataset = resolve(DataSection(vintage="paper_2021", ew_block="pole20", gf_shift=gf_shift))
    return POINTS[:, COLUMN[column]], gf_shift, dataset


def test_reference_chi2_from_the_couplings(case):
    reference, gf_shift, dataset = case
    (group,) = dataset.groups
    t_L = (POINTS[:, COLUMN["Y_L"]] * V / POINTS[:, COLUMN["m_S"]]) ** 2
    t_R = (POINTS[:, COLUMN["Y_R"]] * V / POINTS[:, COLUMN["m_L"]]) ** 2
    dg = shifts(t_L, t_R, gf_shift)
    residual = np.array([dg[d.observable] + 0 * t_L - d.value for d in group.data])
    chi2 = np.sum(residual * np.linalg.solve(group.covariance, residual), axis=0)
    assert len(chi2) == 121
    np.testing.assert_allclose(chi2, reference, rtol=1e-9)


def test_reference_chi2_through_model_and_compiled_term(case):
    reference, gf_shift, dataset = case
    model = get_model("vll", gf_shift=gf_shift)
    likelihood = build_terms(dataset, model)
    theta = np.ascontiguousarray(POINTS[:, [COLUMN[p.name] for p in model.parameters]])
    predictions = np.empty((len(theta), len(model.observables)))
    model.evaluate(theta, predictions, np.empty(len(theta), dtype=np.int8))
    out = np.empty((len(theta), len(likelihood.names)))
    likelihood.evaluate(theta, predictions, out)
    log_likelihood = out[:, likelihood.names.index("electroweak")]
    (group,) = dataset.groups
    norm = -10 * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(group.covariance)[1]
    np.testing.assert_allclose(-2 * (log_likelihood - norm), reference, rtol=1e-9)
    np.testing.assert_allclose(likelihood.chi2(predictions, theta)["electroweak"], reference, rtol=1e-9)


@pytest.mark.parametrize("block", ["leptonic10", "pole20"])
def test_chi2_with_the_oblique_parameters(block):
    """Mixing, the shift of G_F and S, T, U in NumPy, in the scheme of alpha, G_mu and m_Z."""
    dataset = resolve(DataSection(vintage="wp2025", delta_a_e="cs", ew_block=block))
    rng = np.random.default_rng(11)
    theta = np.hstack([10.0 ** rng.uniform(2.5, 4.0, (500, 2)), rng.uniform(-2.0, 2.0, (500, 4))])
    mixing = get_model("vll", formula="exact").predict(theta)
    S, T, U = (mixing[f"{name}_oblique"] for name in "STU")
    alpha, c2, r = 1 / 127.95, 1 - S2, S2 / (1 - 2 * S2)
    k = -0.5 * mixing["dgL_W_mu"] + alpha * T / 2
    charge = alpha * S / (4 * (c2 - S2))
    m_W = -0.5 * mixing["dgL_W_mu"] * r + alpha * (T * c2 / (c2 - S2) / 2 - S / (4 * (c2 - S2)) + U / (8 * S2))
    isospin = {"e": -0.5, "mu": -0.5, "tau": -0.5, "u": 0.5, "c": 0.5, "d": -0.5, "s": -0.5, "b": -0.5}
    charges = {name: -1.0 if name in ("e", "mu", "tau") else 2 / 3 if name in "uc" else -1 / 3 for name in isospin}
    dg = {"dm_W": m_W}
    for name, T3 in isospin.items():
        Q = charges[name]
        dg[f"dgL_W_{name}"] = m_W - 0.5 * mixing["dgL_W_mu"]
        dg[f"dgL_Z_{name}"] = k * (T3 + Q * r) - Q * charge
        dg[f"dgR_Z_{name}"] = k * Q * r - Q * charge
    dg["dgL_W_mu"] = dg["dgL_W_mu"] + mixing["dgL_W_mu"]
    dg["dgR_Z_mu"] = dg["dgR_Z_mu"] + mixing["dgR_Z_mu"]
    (group,) = (group for group in dataset.groups if group.term == "electroweak")
    residual = np.array([dg[d.observable] - d.value for d in group.data])
    expected = np.sum(residual * np.linalg.solve(group.covariance, residual), axis=0)
    model = get_model("vll", formula="exact", gf_shift=True, oblique=True)
    predictions = np.empty((len(theta), len(model.observables)))
    model.evaluate(theta, predictions, np.empty(len(theta), dtype=np.int8))
    likelihood = build_terms(dataset, model)
    out = np.empty((len(theta), len(likelihood.names)))
    likelihood.evaluate(theta, predictions, out)
    norm = -0.5 * (len(residual) * np.log(2 * np.pi) + np.linalg.slogdet(group.covariance)[1])
    np.testing.assert_allclose(-2 * (out[:, likelihood.names.index("electroweak")] - norm), expected, rtol=1e-12)


def test_fit_of_S_and_T_is_an_alternative_to_the_couplings():
    section = {"vintage": "latest_2026_11", "delta_a_e": "cs"}
    dataset = resolve(DataSection(**section, electroweak="oblique_fit"))
    (group,) = (group for group in dataset.groups if group.term == "oblique")
    assert [d.entry.id for d in group.data] == ["S_ST_pdg2024", "T_ST_pdg2024"]
    assert not any(d.observable.startswith("dg") for d in dataset.all_data)
    model = get_model("vll")
    likelihood = build_terms(dataset, model)
    assert likelihood.names.count("oblique") == 1
    with pytest.raises(DataError, match="cannot enter one fit"):
        resolve(DataSection(**section, include=["S_ST_pdg2024", "T_ST_pdg2024"]))
    with pytest.raises(DataError, match="contradicts"):
        resolve(DataSection(**section, electroweak="oblique", ew_block="oblique2"))
    with pytest.raises(DataError, match="contradicts"):
        resolve(DataSection(**section, electroweak="oblique", oblique=False))


@pytest.mark.parametrize(
    ("section", "options"),
    [
        ({"vintage": "paper_2021"}, {"gf_shift": False}),
        ({"vintage": "latest_2026_11", "delta_a_e": "cs"}, {"gf_shift": True, "oblique": True}),
        ({"vintage": "latest_2026_11", "delta_a_e": "cs", "oblique": False}, {"gf_shift": True}),
        ({"vintage": "latest_2026_11", "delta_a_e": "cs", "electroweak": "gf_shift"}, {"gf_shift": True}),
        ({"vintage": "paper_2021", "electroweak": "oblique"}, {"gf_shift": True, "oblique": True}),
    ],
)
def test_oblique_parameters_are_on_unless_the_vintage_is_that_of_a_paper(section, options):
    found = resolve(DataSection(**section)).options
    assert {key: value for key, value in found.items() if key != "R_tau_SM"} == options


def test_limits_of_the_paper():
    """Eq (17) and (18) of 2106.01373: 1.6e-2, 5.6e-3 and 5.7e-3."""
    t_L, t_R = paper_coupling_limits()
    assert t_L == pytest.approx(1.58e-2, rel=1e-12)
    assert t_R == pytest.approx(5.6e-3, rel=1e-12)
    assert paper_tau_limit("pull") == pytest.approx(5.7e-3, abs=5e-5)
    assert paper_tau_limit("delta_chi2") == pytest.approx(3.1e-3, abs=5e-5)


@pytest.mark.parametrize(
    ("mixing", "block", "limit"),
    [
        ("t_L", "pole20", 2.23e-3),
        ("t_L", "leptonic10", 2.89e-3),
        ("t_R", "pole20", 2.83e-3),
        ("t_R", "leptonic10", 2.78e-3),
        ("t_e=t_mu", "pole20", 1.10e-3),
        ("t_e=t_mu", "leptonic10", 1.43e-3),
    ],
)
def test_limits_with_the_fermi_constant(mixing, block, limit):
    assert electroweak_limit(mixing, block) == pytest.approx(limit, abs=5.01e-6)


def test_limit_of_all_universality_data():
    assert universality_limit() == pytest.approx(2.45e-3, abs=2e-5)


def test_vanishing_left_handed_coupling_tightens_the_right_handed_one():
    best, error = 2 * 0.16 * 1.4 / 2.6 * 2.7e-3, 2 * 1.4e-3 * np.sqrt(1 - 0.16**2)
    assert electroweak_limit("t_R", "paper_pair", gf_shift=False) == pytest.approx(best + 2 * error, rel=1e-6)
    assert electroweak_limit("t_R", "conditional3", gf_shift=False) == pytest.approx(2.68e-3, abs=5e-6)


def test_conditional_limit_with_t_L_profiled():
    """Both mixings free: 2.53e-3 for t_R."""
    (group,) = resolve(DataSection(vintage="paper_2021", electroweak="conditional")).groups
    slopes = np.array([[{"dgL_W_mu": -0.5}.get(d.observable, 0.0), {"dgR_Z_mu": -0.5}.get(d.observable, 0.0)]
                       for d in group.data])  # fmt: skip
    precision = np.linalg.inv(group.covariance)
    covariance = np.linalg.inv(slopes.T @ precision @ slopes)
    best = covariance @ slopes.T @ precision @ [d.value for d in group.data]
    assert best[1] + 2 * np.sqrt(covariance[1, 1]) == pytest.approx(2.53e-3, abs=5e-6)


def test_limit_from_a_reference():
    chi2 = lambda t: (1.3 + 350.5 * t) ** 2  # noqa: E731
    assert upper_limit(chi2) == pytest.approx(upper_limit(chi2, reference=1.69), rel=1e-9)


@pytest.mark.parametrize(
    ("section", "members"),
    [
        ({"vintage": "paper_2021"}, 2),
        ({"vintage": "paper_2021", "electroweak": "conditional"}, 3),
        ({"vintage": "paper_2021", "electroweak": "gf_shift"}, 10),
        ({"vintage": "paper_2021", "ew_block": "pole20"}, 20),
        ({"vintage": "paper_2019", "ew_block": "leptonic10"}, 10),
        ({"vintage": "wp2025", "delta_a_e": "cs", "electroweak": "paper"}, 2),
        ({"vintage": "wp2025", "delta_a_e": "cs", "exclude": ["dgL_W_tau"]}, 9),
    ],
)
def test_levels_and_blocks(section, members):
    (group,) = resolve(DataSection(**section)).groups
    assert group.term == "electroweak"
    assert len(group.data) == members


def test_the_shift_of_the_fermi_constant_goes_with_the_level():
    assert resolve(DataSection(vintage="paper_2021", electroweak="gf_shift")).options["gf_shift"] is True
    assert resolve(DataSection(vintage="wp2025", delta_a_e="cs", gf_shift=False)).options["gf_shift"] is False
    with pytest.raises(DataError, match="contradicts"):
        resolve(DataSection(vintage="paper_2021", electroweak="gf_shift", gf_shift=False))
    with pytest.raises(DataError, match="gf_shift"):
        build_terms(resolve(DataSection(vintage="paper_2021")), get_model("vll", gf_shift=True))


def test_cuts_of_the_paper_instead_of_their_gaussian():
    dataset = resolve(DataSection(vintage="paper_2021", electroweak="paper_cuts", limits="off"))
    assert not dataset.groups
    model = get_model("vll")
    likelihood = build_terms(dataset, model)
    assert likelihood.names == ("delta_a_mu", "R_tau", "t_L", "t_R")
    allowed = 0.016 - 1e-9
    names = [p.name for p in model.parameters]
    theta = np.zeros((3, len(names)))
    theta[:, names.index("m_L")] = theta[:, names.index("m_S")] = 1000.0
    theta[:, names.index("Y_L")] = np.sqrt([allowed, 0.0161, np.nan]) * 1000.0 / V
    out = np.empty((3, len(model.observables)))
    model.evaluate(theta, out, np.empty(3, dtype=np.int8))
    log_likelihood = np.empty((3, 4))
    likelihood.evaluate(theta, out, log_likelihood)
    np.testing.assert_array_equal(log_likelihood[:, 2], [0.0, -np.inf, -np.inf])
