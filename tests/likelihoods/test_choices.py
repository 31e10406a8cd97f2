"""What cards can choose: own measurements, theory errors, limits with conditions, projections, simulated data."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from g2fit.core.errors import CardError, DataError
from g2fit.data import DataSection, inline, resolve
from g2fit.likelihoods import build_terms, simulate, sm_value
from g2fit.likelihoods.gaussian import log_gaussian
from g2fit.likelihoods.limit import log_normal_cdf, smooth_step
from g2fit.models import get_model
from g2fit.models.base import Model, Quantity


class Line(Model):
    """Predictions proportional to one parameter each."""

    name: ClassVar[str] = "mssm"
    parameters = (Quantity("x", "x"), Quantity("M1", "M_1"), Quantity("M2", "M_2"), Quantity("mu", "mu"))
    observables = (
        Quantity("delta_a_e", "a_e", sm=0.0),
        Quantity("delta_a_mu", "a_mu", sm=0.0),
        Quantity("missing_order", "m"),
        Quantity("m_smu_1", "m"),
    )
    reasons: ClassVar = ("valid", "x is negative")

    def evaluate(self, theta, out, reason):
        out[:] = theta[:, :1] * np.array([1e-13, 1e-9, 2e-10, 300.0])
        reason[:] = theta[:, 0] < 0


THETA = np.array([[1.0, 500.0, -100.0, 2000.0], [2.0, 90.0, 200.0, 300.0], [3.0, 900.0, -670.0, 800.0]])


def log_likelihood(section, theta=THETA, model=None):
    model = model or Line()
    likelihood = build_terms(resolve(DataSection(**section)), model)
    p = np.empty((len(theta), len(model.observables)))
    model.evaluate(theta, p, np.empty(len(theta), dtype=np.int8))
    out = np.empty((len(theta), len(likelihood.names)))
    likelihood.evaluate(theta, p, out)
    return likelihood, p, dict(zip(likelihood.names, out.T, strict=True))


def test_own_measurement_on_the_card():
    mine = {"observable": "R_W_mu_e", "value": 0.99, "error": {"stat": 0.003, "syst": 0.004}, "reference": "thesis"}
    likelihood, _, terms = log_likelihood({"vintage": "paper_2019", "extra_measurements": {"mine": mine}})
    assert likelihood.dataset.entry_ids[-1] == "mine"
    assert likelihood.sm_valued == ("R_W_mu_e",)
    np.testing.assert_allclose(terms["R_W_mu_e"], stats.norm(0.99, 0.005).logpdf(1.0), rtol=1e-12)
    assert likelihood.dataset.fingerprint != resolve(DataSection(vintage="paper_2019")).fingerprint


def test_own_measurements_in_a_file_with_correlations(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "measurements:\n"
        "  one: {observable: g_mu_over_g_e, value: 1.001, error: 0.002, reference: 'arXiv:2405.14625'}\n"
        "  two: {observable: R_W_mu_e, value: 0.999, error: 0.004, reference: 10.1000/abc}\n"
        "correlations:\n"
        "  ours: {members: [one, two], matrix: [[1.0, 0.5], [0.5, 1.0]]}\n"
    )
    section = DataSection(vintage="paper_2019", extra_file="own.yaml")
    dataset = resolve(section, tmp_path)
    (group,) = dataset.groups
    assert group.term == "ours"
    assert group.covariance[0, 1] == pytest.approx(0.5 * 0.002 * 0.004)
    held = inline(section, tmp_path)
    assert held.extra_file is None
    assert resolve(held).fingerprint == dataset.fingerprint
    assert DataSection.model_validate(held.model_dump(mode="json")) == held
    likelihood = build_terms(dataset, get_model("sm"))
    out = np.empty((1, len(likelihood.names)))
    likelihood.evaluate(np.empty((1, 0)), np.empty((1, 0)), out)
    expected = stats.multivariate_normal([1.001, 0.999], group.covariance).logpdf([1.0, 1.0])
    assert out[0, likelihood.names.index("ours")] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("measurements: {a: {observable: R_tau, value: 1.0, error: 0.1}}", "reference"),
        ("measurments: {}", "did you mean 'measurements'"),
        ("measurements: {a: {observable: R_tau, value: 1.0, error: -1, reference: me}}", "positive"),
        ("measurements: {a: 1, a: 2}", "duplicate"),
        ("- 1", "mapping"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, message):
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises((DataError, CardError), match=message):
        resolve(DataSection(vintage="paper_2019", extra_file="own.yaml"), tmp_path)
    with pytest.raises((DataError, CardError), match="nowhere"):
        resolve(DataSection(vintage="paper_2019", extra_file="nowhere.yaml"), tmp_path)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"mine": {"observable": "delta_a_mu", "value": 0.0, "error": 1e-9, "reference": "me"}}, "damu_seed2021"),
        ({"Rtau_mue_seed": {"observable": "R_tau", "value": 1.0, "error": 0.1, "reference": "me"}}, "belongs to"),
        ({"mine": {"observable": "m_L", "value": 650.0, "error": 10.0, "reference": "me"}}, "limit"),
    ],
)
def test_own_measurements_that_cannot_stand(extra, message):
    with pytest.raises(DataError, match=message):
        resolve(DataSection(vintage="paper_2021", extra_measurements=extra))


def test_own_measurement_may_take_the_place_of_another():
    mine = {"mine": {"observable": "delta_a_mu", "value": 1e-9, "error": 1e-10, "reference": "me"}}
    dataset = resolve(DataSection(vintage="paper_2021", extra_measurements=mine, exclude=["damu_seed2021"]))
    assert [d.entry.id for d in dataset.data] == ["mine", "Rtau_mue_seed"]


def test_theory_uncertainty_widens_and_stays_normalised():
    theory = {
        "delta_a_mu": {"absolute": 3e-10, "relative": 0.1, "from_prediction": "missing_order"},
        "delta_a_e": 1e-13,
    }
    _, p, terms = log_likelihood({"vintage": "paper_2019", "theory_uncertainty": theory})
    sigma = np.sqrt(7.3e-10**2 + 3e-10**2 + (0.1 * p[:, 1]) ** 2 + p[:, 2] ** 2)
    np.testing.assert_allclose(terms["delta_a_mu"], stats.norm.logpdf(2.74e-9, p[:, 1], sigma), rtol=1e-12)
    sigma = np.hypot(3.6e-13, 1e-13)
    np.testing.assert_allclose(terms["delta_a_e"], stats.norm.logpdf(-8.7e-13, p[:, 0], sigma), rtol=1e-12)


def test_pulls_and_observed_values_include_the_theory_uncertainty():
    likelihood, p, _ = log_likelihood(
        {"vintage": "paper_2019", "theory_uncertainty": {"delta_a_mu": {"relative": 0.5}}}
    )
    pulls = likelihood.pulls(p, THETA)["delta_a_mu"]
    np.testing.assert_allclose(pulls, (2.74e-9 - p[:, 1]) / np.hypot(7.3e-10, 0.5 * p[:, 1]))


def test_named_theory_uncertainties():
    dataset = resolve(DataSection(vintage="paper_2019", theory_uncertainty={"delta_a_e": "gm2calc"}))
    electron = dataset.data[0].theory
    assert electron.absolute == pytest.approx(2.3e-10 * (0.51099895 / 105.6583755) ** 2, rel=1e-6)
    with pytest.raises(DataError, match="did you mean 'gm2calc'"):
        resolve(DataSection(vintage="paper_2019", theory_uncertainty={"delta_a_e": "gm2clac"}))
    with pytest.raises(DataError, match="only `absolute`"):
        build_terms(
            resolve(DataSection(vintage="paper_2021", theory_uncertainty={"dgL_W_mu": {"relative": 0.1}})), Line()
        )


def test_named_theory_uncertainties_of_two_loops():
    """GM2Calc's and the relative one are columns of the complete prediction, and enter the pulls in quadrature."""
    theta = [[1.5e3, 1e3, -1e5, 70.0, 2.4e3, 2.3e3, 5e3, 5e3]]
    model = get_model("mssm", delta="full", amu="full", two_loop="full")
    prediction = model.predict(theta)
    out = np.array([[prediction[q.name][0] for q in model.observables]])
    for name, column in (("gm2calc_two_loop", "error_gm2calc"), ("relative_two_loop", "error_relative")):
        names = {"delta_a_mu": name, "delta_a_e": name}
        likelihood = build_terms(resolve(DataSection(vintage="paper_2019", theory_uncertainty=names)), model)
        sizes = likelihood.theory_errors(out)
        for entry, lepton in zip(sizes, ("e", "mu"), strict=False):
            assert sizes[entry][0] == prediction[f"{column}_{lepton}"][0] > 0.0
        terms = np.empty((1, len(likelihood.names)))
        likelihood.evaluate(np.array(theta), out, terms)
        sigma = np.hypot(7.3e-10, prediction[f"{column}_mu"][0])
        expected = stats.norm.logpdf(2.74e-9, prediction["delta_a_mu"][0], sigma)
        assert terms[0, likelihood.names.index("delta_a_mu")] == pytest.approx(expected, rel=1e-12)
    one_loop = resolve(DataSection(vintage="paper_2019", theory_uncertainty={"delta_a_mu": "relative"})).data[1].theory
    assert one_loop.relative == 0.1
    photonic = get_model("mssm", delta="full", amu="full", two_loop="photonic")
    with pytest.raises(DataError, match="no parameter or observable 'error_relative_e'"):
        build_terms(resolve(DataSection(vintage="paper_2019", theory_uncertainty=names)), photonic)
    for name in ("gm2calc_two_loop", "relative", "relative_two_loop"):
        with pytest.raises(DataError, match="is for delta_a_e and delta_a_mu"):
            resolve(DataSection(vintage="paper_2021", theory_uncertainty={"dgL_W_mu": name}))


def test_size_of_the_two_loop_ambiguity():
    """The named uncertainty is the top loop over the one-loop flip at m_S = m_L = 1 TeV."""
    theta = [[1000.0, 1000.0, 0.3, 0.3, 1.0, 0.0]]
    one, two = (float(get_model("vll", top_loop=top).predict(theta)["delta_a_mu"][0]) for top in (False, True))
    named = resolve(DataSection(vintage="paper_2021", theory_uncertainty={"delta_a_mu": "vll_two_loop"})).data[0].theory
    assert named.relative == pytest.approx(abs(two / one - 1), abs=0.005)


def test_error_scale_is_applied_and_recorded():
    dataset = resolve(DataSection(vintage="paper_2019", error_scale={"delta_a_e": 0.1}))
    assert dataset.data[0].plus == pytest.approx(3.6e-14)
    assert "delta_a_e" in dataset.warnings[0]
    assert dataset.choices["error_scale"] == {"delta_a_e": 0.1}
    assert dataset.fingerprint != resolve(DataSection(vintage="paper_2019")).fingerprint


@pytest.mark.parametrize(
    "section", [{"error_scale": {"R_tau": 2.0}}, {"theory_uncertainty": {"R_tau": 0.1}}, {"exclude": ["R_tau"]},
                {"replace": {"Rtau_mue_seed": "Rtau_mue_pdg2025fit"}}, {"readings": {"fut_W_lfu_ilc250": "ratio"}},
                {"centre": {"observables": {"R_tau": 1.0}}}]
)  # fmt: skip
def test_settings_for_what_is_not_there_are_refused(section):
    with pytest.raises(DataError, match="not among the data"):
        resolve(DataSection(vintage="paper_2019", **section))


def test_replacing_an_entry():
    dataset = resolve(DataSection(vintage="paper_2021", replace={"Rtau_mue_seed": "Rtau_mue_belle2_2024"}))
    assert "Rtau_mue_belle2_2024" in dataset.entry_ids
    with pytest.raises(DataError, match="measures"):
        resolve(DataSection(vintage="paper_2021", replace={"Rtau_mue_seed": "RW_mue_cms2022"}))


def test_members_of_a_block_join_it_however_they_were_chosen():
    dataset = resolve(DataSection(vintage="paper_2021", include=["dgL_Z_mu_bfg2021"]))
    (group,) = dataset.groups
    assert [d.observable for d in group.data] == ["dgL_W_mu", "dgL_Z_mu", "dgR_Z_mu"]
    assert group.correlation[1][2] == 0.91


def test_wino_limit_holds_only_where_the_wino_is_lightest():
    section = {"vintage": "latest_2026_11", "delta_a_e": "rb"}
    likelihood, _, terms = log_likelihood(section)
    np.testing.assert_array_equal(terms["M2"], [-np.inf, 0.0, 0.0])  # |M2|: 100 and lightest; 200, not lightest; 670
    np.testing.assert_array_equal(terms["m_smu_1"], [-np.inf, -np.inf, 0.0])
    assert "vll_mu_doublet_atlas2024 (m_L_mu)" in likelihood.not_applicable


def test_limits_need_a_role():
    with pytest.raises(DataError, match="role"):
        resolve(DataSection(vintage="paper_2019", include=["mL_seed2021"]))
    dataset = resolve(DataSection(vintage="paper_2019", include=["mL_seed2021"], limits={"role": "prior"}))
    assert dataset.limits[0].role == "prior"
    with pytest.raises(DataError, match="does not bound"):
        resolve(DataSection(vintage="paper_2021", include=["seesaw3_atlas2020"]))


def test_projections_are_centred_on_the_standard_model():
    likelihood, _, terms = log_likelihood({"vintage": "future_lepton_colliders"})
    assert set(likelihood.names) == {"delta_a_mu", "R_W_mu_e", "dgR_Z_mu", "g_mu_over_g_e_pi", "R_tau"}
    assert likelihood.observed()["R_W_mu_e"] == (1.0, 6e-4)
    error = np.hypot(5.25e-10, 8.2e-11)
    np.testing.assert_allclose(terms["delta_a_mu"], stats.norm(0.0, error).logpdf(THETA[:, 0] * 1e-9), rtol=1e-8)


def test_projections_are_centred_on_a_point_or_on_values():
    point = {"x": 2.0, "M1": 500.0, "M2": 500.0, "mu": 500.0}
    likelihood, p, _ = log_likelihood({"vintage": "future_lepton_colliders", "centre": {"point": point}})
    np.testing.assert_allclose(likelihood.pulls(p)["delta_a_mu"][1], 0.0, atol=1e-12)
    assert likelihood.pulls(p)["delta_a_mu"][0] > 1.0
    likelihood, *_ = log_likelihood(
        {"vintage": "future_lepton_colliders", "centre": {"observables": {"R_W_mu_e": 0.998}}}
    )
    assert likelihood.observed()["R_W_mu_e"] == (0.998, 6e-4)
    for wrong, message in (
        ({"x": 1.0}, "lacks M1, M2, mu"),
        ({**point, "y": 1.0}, "no parameter"),
        ({**point, "delta_a_mu": 1.0}, "predicted"),
    ):
        with pytest.raises(DataError, match=message):
            log_likelihood({"vintage": "future_lepton_colliders", "centre": {"point": wrong}})


def test_readings_of_a_projection():
    relative = resolve(DataSection(vintage="future_lepton_colliders", readings={"fut_Zmu_gigaz": "relative"}))
    assert next(d.plus for d in relative.data if d.observable == "dgR_Z_mu") == pytest.approx(2e-4 * 0.2312)
    coupling = resolve(DataSection(vintage="future_lepton_colliders", readings={"fut_W_lfu_ilc250": "coupling"}))
    assert next(d.plus for d in coupling.data if d.observable == "dgL_W_mu") == 6e-4
    with pytest.raises(DataError, match="did you mean 'relative'"):
        resolve(DataSection(vintage="future_lepton_colliders", readings={"fut_Zmu_gigaz": "relativ"}))


def test_simulated_data_have_the_distribution_of_the_likelihood():
    model = get_model("vll", gf_shift=True, oblique=True)
    theta = np.array([1500.0, 1500.0, 0.3, 0.3, 1.0, 0.0])
    dataset = resolve(DataSection(vintage="latest_2026_11", delta_a_e="cs"))
    rng = np.random.default_rng(5)
    prediction = np.empty((1, len(model.observables)))
    model.evaluate(theta[None], prediction, np.empty(1, dtype=np.int8))
    chi2 = []
    for _ in range(400):
        likelihood = build_terms(simulate(dataset, model, theta, rng), model)
        chi2.append([value[0] for value in likelihood.chi2(prediction, theta[None]).values()])
    chi2 = np.array(chi2)
    dof = [
        10 if name == "electroweak" else 2 if name == "tau_lfu" else 1 for name in likelihood.chi2(prediction, theta)
    ]
    for values, n in zip(chi2.T, dof, strict=True):
        assert stats.kstest(values, stats.chi2(n).cdf).pvalue > 1e-3
    assert np.corrcoef(chi2.T)[0, 1] == pytest.approx(0.0, abs=0.2)


def test_simulated_data_need_a_valid_point():
    with pytest.raises(DataError, match="x is negative"):
        simulate(resolve(DataSection(vintage="paper_2019")), Line(), [-1.0, 1.0, 1.0, 1.0], np.random.default_rng(1))


def test_custom_likelihood(tmp_path, monkeypatch):
    (tmp_path / "toyterm.py").write_text(
        "import numpy as np\n"
        "def heavy(columns):\n"
        "    return np.where(columns['m_smu_1'] > 500.0, -0.5 * columns['x'] ** 2, np.nan)\n"
        "def wrong(columns):\n"
        "    return 1.0\n"
    )
    info = tmp_path / "toyterm-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toyterm\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[g2fit.likelihoods]\nheavy = toyterm:heavy\nwrong = toyterm:wrong\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    likelihood, _, terms = log_likelihood({"vintage": "paper_2019", "likelihoods": ["heavy"]})
    assert likelihood.names[-1] == "heavy"
    np.testing.assert_array_equal(terms["heavy"], [-np.inf, -2.0, -4.5])
    with pytest.raises(DataError, match="shape"):
        log_likelihood({"vintage": "paper_2019", "likelihoods": ["wrong"]})
    with pytest.raises(DataError, match="did you mean 'heavy'"):
        log_likelihood({"vintage": "paper_2019", "likelihoods": ["heavi"]})


def test_logarithm_of_the_normal_cdf():
    z = np.concatenate([np.linspace(-200.0, 10.0, 2001), [-30.0, -29.999, -30.001]])
    ours = np.array([log_normal_cdf(value) for value in z])
    np.testing.assert_allclose(ours, stats.norm.logcdf(z), rtol=1e-11, atol=1e-16)
    assert smooth_step(np.nan, 0.0, 1.0, 0.1) == -np.inf


def test_asymmetric_gaussian_is_normalised_in_the_measured_value():
    data = np.linspace(-40.0, 60.0, 200001)
    density = np.exp([log_gaussian(1.0, d, 2.0, 5.0, 1.5) for d in data])
    assert np.trapezoid(density, data) == pytest.approx(1.0, abs=1e-6)


def test_standard_model_values():
    assert sm_value("dgL_Z_nu_mu") == 0.0
    assert sm_value("g_tau_over_g_mu_pi") == 1.0
    assert sm_value("R_tau", {"R_tau_SM": 0.9726}) == 0.9726
    with pytest.raises(DataError, match="a_mu"):
        sm_value("a_mu")
