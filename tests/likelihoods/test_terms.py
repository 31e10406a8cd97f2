"""Terms of the likelihood, against scipy and by hand, with a small model of our own."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from g2fit.core.errors import DataError
from g2fit.data import DataSection, load, resolve
from g2fit.likelihoods import build_terms
from g2fit.models.base import Model, Quantity


class Toy(Model):
    """Two solutions a point; predictions are simple functions of the parameters."""

    name: ClassVar[str] = "vll"
    parameters = (Quantity("m_L", "m_L", "GeV"), Quantity("scale", "s"))
    observables = (
        Quantity("delta_a_mu", "a", sm=0.0),
        Quantity("R_tau", "R", sm=0.9),
        Quantity("dgL_W_mu", "g", sm=0.0),
        Quantity("dgR_Z_mu", "g", sm=0.0),
    )
    solutions = 2
    aliases: ClassVar = {"m_L_mu": "m_L"}

    def evaluate(self, theta, out, reason):
        table = out.reshape(len(theta), 2, 4)
        for s in range(2):
            table[:, s] = theta[:, 1:2] * np.array([1e-9, 0.9, -1e-3, 2e-3]) * (s + 1)
        reason[:] = 0


THETA = np.array([[1000.0, 1.0], [600.0, -0.5], [700.0, np.nan]])


def terms(section, model, cuts=None, theta=THETA):
    likelihood = build_terms(resolve(DataSection(**section)), model, cuts)
    predictions = np.empty((len(theta) * model.solutions, len(model.observables)))
    model.evaluate(theta, predictions, np.empty(len(predictions), dtype=np.int8))
    out = np.full((len(predictions), len(likelihood.names)), 7.0)
    likelihood.evaluate(theta, predictions, out)
    return likelihood, predictions, dict(zip(likelihood.names, out.T, strict=True))


def test_paper_2021_terms_are_the_densities_of_scipy():
    likelihood, p, log_likelihood = terms({"vintage": "paper_2021"}, Toy())
    assert likelihood.names == ("delta_a_mu", "R_tau", "electroweak", "m_L")
    assert likelihood.roles == ("likelihood",) * 4
    np.testing.assert_allclose(
        log_likelihood["delta_a_mu"][:4], stats.norm(2.51e-9, 5.9e-10).logpdf(p[:4, 0]), rtol=1e-13
    )
    # the model's ratio is 0.9 in the Standard Model, the data's 0.9726
    expected = stats.norm(0.9762160037, 0.002774907).logpdf(p[:4, 1] * 0.9726 / 0.9)
    np.testing.assert_allclose(log_likelihood["R_tau"][:4], expected, rtol=1e-13)
    cov = np.array([[2.6**2, -0.16 * 2.6 * 1.4], [-0.16 * 2.6 * 1.4, 1.4**2]]) * 1e-6
    expected = stats.multivariate_normal([-2.7e-3, 0.0], cov).logpdf(p[:4, 2:])
    np.testing.assert_allclose(log_likelihood["electroweak"][:4], expected, rtol=1e-12)
    np.testing.assert_array_equal(log_likelihood["m_L"], [0, 0, -np.inf, -np.inf, 0, 0])


def test_nan_prediction_has_likelihood_zero():
    _, _, log_likelihood = terms({"vintage": "paper_2021"}, Toy())
    for name in ("delta_a_mu", "R_tau", "electroweak"):
        assert np.all(np.isneginf(log_likelihood[name][4:]))
        assert np.all(np.isfinite(log_likelihood[name][:4]))


def test_what_the_model_does_not_predict_takes_its_standard_model_value():
    likelihood, _, log_likelihood = terms({"vintage": "paper_joint"}, Toy())
    assert likelihood.sm_valued == ("delta_a_e",)
    np.testing.assert_allclose(log_likelihood["delta_a_e"], stats.norm(-8.7e-13, 3.6e-13).logpdf(0.0), rtol=1e-13)


def test_every_vintage_is_normalised_over_the_data():
    """A model with constant couplings in the block: the conditional form equals the plain multivariate Gaussian."""
    section = {"vintage": "latest_2026_11", "delta_a_e": "cs", "ew_block": "pole20"}
    dataset = resolve(DataSection(**section))
    _, p, log_likelihood = terms(section, Toy())
    (group,) = (g for g in dataset.groups if g.term == "electroweak")
    x = np.zeros((4, 20))
    observables = [d.observable for d in group.data]
    x[:, observables.index("dgL_W_mu")] = p[:4, 2]
    x[:, observables.index("dgR_Z_mu")] = p[:4, 3]
    expected = stats.multivariate_normal([d.value for d in group.data], group.covariance).logpdf(x)
    np.testing.assert_allclose(log_likelihood["electroweak"][:4], expected, rtol=1e-11)
    assert group.data[-1].entry.id == "dm_W_2026"


def test_asymmetric_errors_are_normalised_and_continuous():
    class Higgs(Toy):
        observables = (Quantity("mu_h_mumu", "mu", sm=1.0),)
        solutions = 1

        def evaluate(self, theta, out, reason):
            out[:, 0] = theta[:, 1]
            reason[:] = 0

    theta = np.column_stack([np.full(3, 2000.0), [1.3136, 1.3136 + 2 * 0.299, 1.3136 - 3 * 0.2897]])
    _, _, log_likelihood = terms({"vintage": "latest_2026_11", "delta_a_e": "rb"}, Higgs(), theta=theta)
    peak = np.log(np.sqrt(2 / np.pi) / (0.299 + 0.2897))
    np.testing.assert_allclose(log_likelihood["mu_h_mumu"], peak - np.array([0.0, 2.0, 4.5]), rtol=1e-12)


def test_cuts_of_the_priors():
    cuts = {"delta_a_mu": {"min": 0.0, "role": "prior"}, "m_L": {"min": 500.0, "max": 900.0, "role": "likelihood"}}
    likelihood, _, log_likelihood = terms({"vintage": "paper_2021"}, Toy(), cuts)
    assert likelihood.names[-2:] == ("delta_a_mu_cut", "m_L_cut")
    assert likelihood.roles[-2:] == ("prior", "likelihood")
    np.testing.assert_array_equal(log_likelihood["delta_a_mu_cut"], [0, 0, -np.inf, -np.inf, -np.inf, -np.inf])
    np.testing.assert_array_equal(log_likelihood["m_L_cut"], [-np.inf, -np.inf, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        ({"m_L": {"min": 1.0}}, "role"),
        ({"m_L": {"min": 1.0, "role": "hope"}}, "prior, likelihood"),
        ({"m_L": {"role": "prior"}}, "needs `min` or `max`"),
        ({"m_L": {"min": 2.0, "max": 1.0, "role": "prior"}}, "below max"),
        ({"m_LL": {"min": 1.0, "role": "prior"}}, "did you mean 'm_L'"),
    ],
)
def test_a_wrong_cut_is_refused(cut, message):
    with pytest.raises(DataError, match=message):
        build_terms(resolve(DataSection(vintage="paper_2021")), Toy(), cut)


def test_smooth_limit():
    section = {"vintage": "paper_2021", "limits": {"kind": "smooth", "width": 0.1}}
    likelihood, _, log_likelihood = terms(section, Toy())
    assert likelihood.roles[-1] == "likelihood"
    expected = stats.norm.logcdf((THETA[:, 0] - 650.0) / 65.0)
    np.testing.assert_allclose(log_likelihood["m_L"], np.repeat(expected, 2), rtol=1e-12)
    assert "m_L" not in terms({"vintage": "paper_2021", "limits": "off"}, Toy())[0].names
    with pytest.raises(DataError, match="mL_seed2021: a smooth step has no edge"):
        terms({"vintage": "paper_2021", "limits": {"kind": "smooth", "role": "prior"}}, Toy())


def test_pulls_chi2_and_observed_values_agree_with_the_likelihood():
    likelihood, p, log_likelihood = terms({"vintage": "paper_2021"}, Toy())
    pulls = likelihood.pulls(p, THETA)
    assert likelihood.observed()["delta_a_mu"] == (2.51e-9, 5.9e-10)
    np.testing.assert_allclose(pulls["delta_a_mu"][:4], (2.51e-9 - p[:4, 0]) / 5.9e-10)
    chi2 = likelihood.chi2(p, THETA)
    for name in ("delta_a_mu", "R_tau", "electroweak"):
        differences = -2 * (log_likelihood[name][1:4] - log_likelihood[name][0])
        np.testing.assert_allclose(chi2[name][1:4] - chi2[name][0], differences, rtol=1e-9)


def test_observable_that_nobody_predicts():
    section = DataSection(
        vintage="paper_2019",
        extra_measurements={"mine": {"observable": "delta_a_muon", "value": 1.0, "error": 1.0, "reference": "me"}},
    )
    with pytest.raises(DataError, match="did you mean 'delta_a_mu'"):
        build_terms(resolve(section), Toy())


def test_every_vintage_builds():
    for name, vintage in load().vintages.items():
        choice = "rb" if vintage.choose_one or vintage.inherits else None
        likelihood = build_terms(resolve(DataSection(vintage=name, delta_a_e=choice)), Toy())
        assert len(set(likelihood.names)) == len(likelihood.names)
