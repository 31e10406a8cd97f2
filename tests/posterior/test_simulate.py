"""Simulated cards: they hold their data, follow prior and likelihood, run like others; and the ranks of their fits."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from g2fit import Card, Posterior
from g2fit.core.errors import CardError, DataError, ModelError, StoreError
from g2fit.output.summary import summarise
from g2fit.pipeline import execute
from g2fit.posterior.simulate import draw_truth, simulate_card, simulate_file, write_card
from g2fit.results import Result
from tests.support.calibration import Settings, calibrate, uniformity

VLL = {"m_L": 1500.0, "m_S": 1200.0, "Y_L": 0.2, "Y_R": 0.3, "Y_V": 0.7, "Y_Vp": 0.4}


@pytest.fixture
def vll(root: Path) -> Card:
    return Card.load(root / "analysis/vll-2021.yaml")


def small_card(**changes) -> Card:
    """Vector-like leptons with two free parameters: quick to fit."""
    log_uniform = {"dist": "loguniform", "min": 0.02, "max": 1.0}
    raw = {
        "model": {"name": "vll"},
        "data": {"vintage": "paper_2021"},
        "parameters": {
            "m_L": 1000, "m_S": 1000, "Y_L": {"prior": log_uniform}, "Y_R": {"prior": log_uniform}, "Y_V": 0.3,
            "Y_Vp": "Y_V",
        },
        "cuts": {"delta_a_mu": {"max": 1e-8, "role": "likelihood"}, "t_L": {"max": 0.03, "role": "prior"}},
        "sampler": {"walkers": 64, "stop": {"ess": 500, "rhat": 1.05}},
    }  # fmt: skip
    return Card.from_dict(raw | changes)


def test_the_written_card_is_the_same_card(vll, tmp_path):
    simulated = simulate_card(vll, seed=5)
    path = tmp_path / "null.yaml"
    write_card(simulated, path, "a comment")
    again = Card.load(path)
    assert path.read_text().startswith("# a comment\n")
    assert again.identity() == simulated.identity()
    assert again.dataset.fingerprint == simulated.dataset.fingerprint != vll.dataset.fingerprint
    assert again.output == tmp_path / "chains/null"
    assert again.dataset.vintage == "paper_2021 (simulated)"
    assert "the values are simulated, not measured" in again.dataset.warnings
    theta = [[VLL[name] for name in Posterior(again).names]]
    assert Posterior(again).log_likelihood(theta) == Posterior(simulated).log_likelihood(theta)


def test_only_the_values_and_the_roles_change(vll):
    simulated = simulate_card(vll, VLL, seed=5)
    for before, after in zip(vll.dataset.all_data, simulated.dataset.all_data, strict=True):
        assert (before.entry, before.plus, before.theory) == (after.entry, after.plus, after.theory)
        assert before.value != after.value
    assert [g.correlation for g in vll.dataset.groups] == [g.correlation for g in simulated.dataset.groups]
    assert set(Posterior(vll).likelihood.roles) == {"likelihood", "prior"}
    likelihood = Posterior(simulated).likelihood
    roles = dict(zip(likelihood.names, likelihood.roles, strict=True))
    assert {name for name, role in roles.items() if role == "prior"} == {"m_L", "Y_L_Y_R"}
    assert simulated.sampler == vll.sampler
    assert simulate_card(simulated, VLL, seed=5).identity() == simulated.identity()


def test_limits_and_cuts_of_a_card_with_all_constraints_belong_to_the_prior(root):
    card = Card.load(root / "analysis/vll-2026.yaml")
    likelihood = Posterior(card).likelihood
    roles = dict(zip(likelihood.names, likelihood.roles, strict=True))
    measured = {item.term for item in likelihood.compared}
    limits = set(roles) - measured
    assert limits == {"m_L", "U2_N1", "U2_N2", "mu_tunnel", "mu_landau"}
    assert {name for name, role in roles.items() if role == "prior"} == {"mu_tunnel", "mu_landau"}
    simulated = simulate_card(card, seed=8)
    posterior = Posterior(simulated)
    roles = dict(zip(posterior.likelihood.names, posterior.likelihood.roles, strict=True))
    assert {name for name, role in roles.items() if role == "prior"} == limits
    for seed in range(5):
        truth = draw_truth(posterior, np.random.default_rng(seed)).inputs
        assert np.isfinite(posterior.log_prior([truth])).all()
        assert np.isfinite(posterior.log_likelihood([truth])).all()
    # where the measured card rejects a point by a limit, the simulated one has no prior
    theta = posterior.priors.sample(np.random.default_rng(1), 500)
    terms = Posterior(card).terms(theta)
    rejected = np.any([np.isneginf(terms[name]) for name in limits], axis=0)
    assert 0 < rejected.sum() < 500
    np.testing.assert_array_equal(np.isneginf(posterior.log_prior(theta)), rejected)


def test_values_scatter_about_the_predictions_of_the_point(vll):
    posterior = Posterior(vll)
    theta = [[VLL[name] for name in posterior.names]]
    expected = float(posterior.predict(theta)["delta_a_mu"][0])
    drawn = [simulate_card(vll, VLL, seed=seed).data.simulated.values["damu_seed2021"] for seed in range(60)]
    pulls = (np.array(drawn) - expected) / 5.9e-10
    assert stats.kstest(pulls, "norm").pvalue > 1e-3


def test_a_point_by_name_and_in_order_is_the_same(vll):
    names = [p.name for p in vll.sampled]
    by_order = simulate_card(vll, [VLL[name] for name in names], seed=2)
    assert by_order.identity() == simulate_card(vll, VLL, seed=2).identity()
    assert by_order.identity() != simulate_card(vll, VLL, seed=3).identity()
    assert {name: by_order.data.simulated.point[name] for name in VLL} == VLL


def test_fixed_and_tied_parameters():
    card = small_card()
    point = simulate_card(card, {"Y_L": 0.1, "Y_R": 0.1, "Y_V": 0.5, "m_L": 800}, seed=1).data.simulated.point
    assert (point["m_L"], point["Y_V"], point["Y_Vp"]) == (800.0, 0.5, 0.5)
    for wrong, message in (
        ({"Y_L": 0.1}, "lacks Y_R"),
        ({"Y_L": 0.1, "Y_R": 0.1, "Y_Vp": 0.1}, "Y_Vp is tied to Y_V"),
        ({"Y_L": 0.1, "Y_R": 0.1, "Y_X": 0.1}, "no parameter 'Y_X'"),
        ({"Y_L": 0.1, "Y_R": np.inf}, "finite number"),
        ([0.1, 0.1, 0.1], "theta must hold Y_L, Y_R"),
        ({"Y_L": 0.1, "Y_R": 0.1, "m_S": -1.0}, "no data can be simulated"),
    ):
        with pytest.raises((CardError, DataError, ModelError), match=message):
            simulate_card(card, wrong)


def test_truth_is_drawn_from_the_prior_that_the_cuts_leave(vll):
    posterior = Posterior(simulate_card(vll, VLL))
    rng = np.random.default_rng(3)
    drawn = np.array([draw_truth(posterior, rng).inputs for _ in range(400)])
    prior = posterior.sample_prior(rng, 20_000)
    columns = [[p.name for p in posterior.model.parameters].index(name) for name in posterior.names]
    assert drawn[:, columns[posterior.names.index("m_L")]].min() > 650.0
    for j, column in enumerate(columns):
        assert stats.ks_2samp(drawn[:, column], prior[:, j]).pvalue > 1e-3


def test_truth_is_drawn_with_the_weight_of_a_smooth_limit(root):
    card = Card.load(root / "analysis/vll-2021.yaml")
    raw = card.resolved()
    raw["data"]["limits"] = {"kind": "smooth", "width": 0.3}
    posterior = Posterior(simulate_card(Card.from_dict(raw), VLL))
    assert posterior.likelihood.roles[posterior.likelihood.names.index("m_L")] == "likelihood"
    rng = np.random.default_rng(4)
    drawn = np.array([draw_truth(posterior, rng).inputs[0] for _ in range(400)])
    assert posterior.model.parameters[0].name == "m_L"
    prior = posterior.sample_prior(rng, 200_000)[:, posterior.names.index("m_L")]
    weight = stats.norm.cdf((prior - 650.0) / 195.0)
    order = np.argsort(prior)
    cdf = np.cumsum(weight[order]) / weight.sum()
    assert stats.kstest(drawn, lambda x: np.interp(x, prior[order], cdf)).pvalue > 1e-3


def test_every_solution_of_a_point_can_be_the_true_one(root):
    """Two muon branches, of which the second has a short-lived vacuum in most of this prior."""
    raw = Card.load(root / "analysis/mssm-2019.yaml").resolved()
    raw["model"] = {"name": "mssm", "branch": "all", "delta": "bino", "amu": "bino", "vacuum": "off"}
    posterior = Posterior(Card.from_dict(raw))
    rng = np.random.default_rng(1)
    truths = [draw_truth(posterior, rng) for _ in range(40)]
    valid = [posterior.model.predict(truth.inputs)["reason"][0] == 0 for truth in truths]
    assert all(ok[truth.solution] for ok, truth in zip(valid, truths, strict=True))
    assert max(ok.sum() for ok in valid) > 1
    assert len({truth.solution for truth in truths}) > 1


def test_likelihoods_of_the_card_have_no_data_that_are_known(tmp_path):
    (tmp_path / "own.py").write_text("def mine(values):\n    return -(values['Y_L'] ** 2)\n")
    raw = small_card().resolved()
    raw["likelihoods"] = {"mine": {"file": "own.py", "function": "mine"}}
    with pytest.raises(DataError, match=r"no data can be simulated for the likelihoods of the card \('mine'\)"):
        simulate_card(Card.from_dict(raw, tmp_path))


def test_null_hypothesis_has_data_too():
    card = Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "latest_2026_11", "delta_a_e": "rb"}})
    simulated = simulate_card(card, seed=1)
    assert simulated.dataset.entry_ids == card.dataset.entry_ids
    projected = Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "future_lepton_colliders"}})
    assert all(datum.value is not None for datum in simulate_card(projected, seed=1).dataset.all_data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"damu_seed2021": None}, "lacks damu_seed2021"),
        ({"Rtau_mue_sed": 1.0}, "did you mean 'Rtau_mue_seed'"),
        ({"damu_seed2021": float("nan")}, "finite"),
    ],
)
def test_incomplete_or_foreign_values_are_refused(vll, change, message):
    raw = simulate_card(vll, VLL).resolved()
    values = raw["data"]["simulated"]["values"] | change
    raw["data"]["simulated"]["values"] = {name: value for name, value in values.items() if value is not None}
    with pytest.raises((CardError, DataError), match=message):
        Card.from_dict(raw)


def test_file_of_the_command_line(root, tmp_path):
    report = simulate_file(root / "analysis/vll-2021.yaml", tmp_path / "new.yaml", VLL, seed=4)
    assert report["inside_prior"] is True
    assert report["point"]["Y_Vp"] == 0.4
    values = {row["entry"]: row["value"] for row in report["values"]}
    assert values == Card.load(tmp_path / "new.yaml").data.simulated.values
    with pytest.raises(StoreError, match="exists; choose another name"):
        simulate_file(root / "analysis/vll-2021.yaml", tmp_path / "new.yaml", VLL)
    outside = simulate_file(
        root / "analysis/vll-2021.yaml", tmp_path / "new.yaml", VLL | {"m_L": 400.0}, seed=4, force=True
    )
    assert outside["inside_prior"] is False
    with pytest.raises(CardError, match=r"must end in \.yaml"):
        simulate_file(root / "analysis/vll-2021.yaml", tmp_path / "new.nc")


def test_a_simulated_card_runs_and_continues(tmp_path):
    simulated = simulate_card(small_card(), {"Y_L": 0.1, "Y_R": 0.6}, seed=1).replace(output=tmp_path / "run")
    verdict = execute(simulated, workers=1)
    again = Card.load(tmp_path / "run")
    assert again.fingerprint() == simulated.fingerprint()
    assert execute(again, workers=1).steps == verdict.steps
    summary = summarise(Result(tmp_path / "run"))
    assert summary["vintage"] == "paper_2021 (simulated)"
    low, high = summary["quantities"]["delta_a_mu"]["95.45%"]
    assert low < simulated.dataset.data[0].value + 3 * 5.9e-10
    assert high > simulated.dataset.data[0].value - 3 * 5.9e-10


QUICK = Settings(walkers=32, prior_draws=4_000, round_draws=2_000, ess=630, rhat=1.02, draws=63)


def test_ranks_of_the_truth_are_uniform():
    result = calibrate(small_card(), 40, seed=1, settings=QUICK)
    assert not result.unconverged
    assert {"Y_L", "Y_R", "log_likelihood", "delta_a_mu"} <= set(result.ranks)
    for row in result.table():
        assert uniformity(result.ranks[row["quantity"]], 63, bins=8)["chi2"] > 1e-3, row
        assert row["ks"] > 1e-3, row


def test_ranks_show_a_wrong_likelihood():
    """Errors taken three times too small for the fit: the truth lies too often outside all draws."""

    def overconfident(card):
        def changed(datum):
            return dataclasses.replace(datum, plus=datum.plus / 3, minus=datum.minus / 3)

        groups = tuple(dataclasses.replace(g, data=tuple(map(changed, g.data))) for g in card.dataset.groups)
        data = tuple(map(changed, card.dataset.data))
        return dataclasses.replace(card, dataset=dataclasses.replace(card.dataset, data=data, groups=groups))

    result = calibrate(small_card(), 16, seed=1, settings=QUICK, altered=overconfident)
    assert min(row["ks"] for row in result.table()) < 1e-5
