"""Comparison of models: every number against what it must be, and refusals."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.special
import scipy.stats

from g2fit import Card, Posterior
from g2fit.core.errors import DataError, InputError, StoreError
from g2fit.core.files import atomic_write, finite
from g2fit.inference.comparison import Comparison, compare
from g2fit.inference.comparison.compare import _bayes_factors, named
from g2fit.inference.comparison.data_subsets import Subset, data_sets_of, held_out_p, split, tension
from g2fit.inference.comparison.fit_quality import fit_quality
from g2fit.inference.comparison.null_model import likelihoods_beyond, standard_model
from g2fit.inference.comparison.prior_sensitivity import (
    find_prior_files,
    require_use,
    reweighted,
    varied,
    with_priors,
)
from g2fit.inference.evidence import evidence
from g2fit.likelihoods.gaussian import log_gaussian
from g2fit.models.base import VALID
from g2fit.output.export.comparison import comparison_table
from g2fit.output.plots.comparison import save_comparison
from tests.support.shared import shared_folder

NOTHING = np.empty((1, 0))


@pytest.fixture(scope="module")
def cards(root: Path) -> dict[str, Card]:
    """Cards of the joint data; three parameters of the MSSM are fixed, so that few draws give a precise evidence."""
    fixed = {"parameters.M1": 1400, "parameters.tan_beta": 76, "parameters.mR_e": 1500}
    mssm = Card.load(root / "analysis/joint-mssm.yaml", keys=fixed)
    return {"mssm": mssm, "vll": Card.load(root / "analysis/joint-vll.yaml")}


@pytest.fixture(scope="module")
def report(cards: dict[str, Card], tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "comparison.pickle").write_bytes(pickle.dumps(compare(cards)))

    made = shared_folder(tmp_path_factory, "comparison", make) / "comparison.pickle"
    found: Comparison = pickle.loads(made.read_bytes())  # noqa: S301, written by `make`
    return found


def test_bayes_factors_are_differences_of_evidences(report: Comparison) -> None:
    assert list(report.models) == ["sm", "mssm", "vll"]
    assert len(report.bayes_factors) == 6
    for row in report.bayes_factors:
        one, other = report.models[row["model"]], report.models[row["against"]]
        assert row["log_b"] == one["log_z"] - other["log_z"]
        assert row["error"] == pytest.approx(math.hypot(one["error"], other["error"]))
        assert row["range"][0] <= row["log_b"] <= row["range"][1]
        assert row["verbal"].endswith("for" if row["log_b"] > 0 else "against")
    for label in ("mssm", "vll"):
        assert report.models[label]["agreement"]["consistent"]
        assert report.models[label]["error"] < 0.005


def test_standard_model_row_is_its_likelihood(report: Comparison, cards: dict[str, Card]) -> None:
    row = report.models["sm"]
    sizes = {"delta_a_e": 1, "delta_a_mu": 1, "R_tau": 1, "electroweak": 2}
    assert row["error"] == row["information_gain"] == row["effective_dimension"] == 0.0
    assert row["data"] == sum(sizes.values())
    for term, size in sizes.items():
        assert row["predictive_p"][term] == pytest.approx(scipy.stats.chi2.sf(row["chi2"][term], size))
    assert row["p_value"] == pytest.approx(scipy.stats.chi2.sf(row["chi2"]["total"], 5))
    assert row["aic"] == row["bic"] == -2 * row["log_z"]
    # the data do not talk to each other: Z is the product of theirs
    assert sum(fitted["log_z_alone"] for fitted in report.data_sets["sm"]) == pytest.approx(row["log_z"])
    for fitted in report.data_sets["sm"]:
        assert fitted["log_predictive"] == pytest.approx(fitted["log_z_alone"])
        assert fitted["held_out_p"] == pytest.approx(row["predictive_p"][fitted["piece"]])


def test_fit_quality(report: Comparison, cards: dict[str, Card]) -> None:
    for label, card in cards.items():
        row = report.models[label]
        posterior = Posterior(card)
        best = np.array([[row["best_fit"]["parameters"][name] for name in posterior.names]])
        top = float(posterior.log_likelihood(best)[0])
        assert top == row["best_fit"]["log_likelihood"]
        theta = posterior.sample_prior(np.random.default_rng(0), 300_000)
        assert top > posterior.log_likelihood(theta).max()
        k, n = posterior.dimension, row["data"]
        assert (row["aic"], row["bic"]) == pytest.approx((2 * k - 2 * top, k * math.log(n) - 2 * top))
        assert row["chi2"]["total"] < report.models["sm"]["chi2"]["total"]
        # ln Z = mean ln L - information gain, and the best fit is above the mean
        assert row["log_z"] + row["information_gain"] < top
        assert 0.0 < row["predictive_p"]["total"] < 1.0


def test_predictive_p_is_that_of_replicated_data(cards: dict[str, Card]) -> None:
    """Against data drawn for each draw of the parameters."""
    posterior = Posterior(cards["vll"])
    rng = np.random.default_rng(3)
    theta = posterior.sample_prior(rng, 20_000)
    theta = theta[posterior.log_likelihood(theta) > -np.inf][:2_000]
    found = fit_quality(posterior, theta, rng)["predictive_p"]
    inputs, rows = posterior.solutions(theta)
    chi2 = posterior.likelihood.chi2(rows, inputs)
    replicated = {"delta_a_mu": 1, "electroweak": 2}
    for term, size in replicated.items():
        share = float((rng.chisquare(size, (200, len(theta))) >= chi2[term]).mean())
        assert found[term] == pytest.approx(share, abs=0.004)


def test_data_sets(report: Comparison) -> None:
    for label in ("mssm", "vll"):
        data_sets = {fitted["piece"]: fitted for fitted in report.data_sets[label]}
        assert list(data_sets) == ["delta_a_e", "delta_a_mu", "R_tau", "electroweak"]
        for fitted in data_sets.values():
            total = fitted["log_z_others"] + fitted["log_predictive"]
            assert total == pytest.approx(report.models[label]["log_z"])
            assert fitted["log_s"] == pytest.approx(fitted["log_r"] - fitted["information"], abs=1e-9)
            assert 0.0 <= fitted["held_out_p"] <= 1.0
        muon, standard = data_sets["delta_a_mu"], next(p for p in report.data_sets["sm"] if p["piece"] == "delta_a_mu")
        # both models predict the muon's anomaly better than the Standard Model does
        assert muon["log_predictive"] > standard["log_predictive"] + 2
    # what a model leaves at its Standard Model value is neither in tension with anything nor informative
    constant = next(fitted for fitted in report.data_sets["vll"] if fitted["piece"] == "delta_a_e")
    assert (constant["log_r"], constant["log_s"], constant["dimension"]) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    assert constant["held_out_p"] == pytest.approx(2 * scipy.stats.norm.sf(2.4166667))


def test_data_sets_multiply_to_the_whole(cards: dict[str, Card]) -> None:
    card = cards["vll"]
    posterior = Posterior(card)
    theta = posterior.sample_prior(np.random.default_rng(1), 20_000)
    theta = theta[posterior.log_likelihood(theta) > -np.inf][:500]
    for name in data_sets_of(card.dataset):
        alone, others = (Posterior(part) for part in split(card, name))
        total = alone.log_likelihood(theta) + others.log_likelihood(theta)
        np.testing.assert_allclose(total, posterior.log_likelihood(theta), rtol=1e-12)
        assert "m_L" not in alone.likelihood.names, "limits of role likelihood belong to the others"
        assert alone.likelihood.roles.count("prior") == others.likelihood.roles.count("prior") == 1


@pytest.mark.parametrize("shift", [0.0, 1.5, 4.0])
def test_tension_of_two_gaussians_is_their_difference(shift: float) -> None:
    """Two measurements 0 ± 1 and `shift` ± 1 of one parameter with a flat prior: shift/sqrt(2) standard deviations."""
    norm = -0.5 * math.log(2 * math.pi)
    volume = math.log(1000.0)
    one = Subset((-volume, 0.0), (norm - 0.5, 0.0), 1.0)
    overlap = scipy.stats.norm(0.0, math.sqrt(2.0)).logpdf(shift)
    both = Subset((overlap - volume, 0.0), (2 * norm - 0.5 - 0.25 * shift**2, 0.0), 1.0)
    found = tension("x", one, one, both, None)
    assert found["dimension"] == 1.0
    assert found["sigma"] == pytest.approx(shift / math.sqrt(2.0))
    assert found["log_r"] == pytest.approx(overlap + volume)
    assert found["log_s"] == pytest.approx(0.5 - 0.25 * shift**2)


def test_held_out_p_of_a_prediction_with_spread(cards: dict[str, Card]) -> None:
    """The measured value against data simulated from the predictions."""
    posterior = Posterior(cards["vll"])
    rng = np.random.default_rng(5)
    theta = posterior.sample_prior(rng, 4_000)
    theta = theta[posterior.predict(theta)["reason"] == VALID]
    predicted = posterior.predict(theta)["delta_a_mu"]
    value, error = posterior.likelihood.observed()["delta_a_mu"]
    simulated = predicted[:, None] + error * rng.standard_normal((len(theta), 200))
    below = float((simulated < value).mean())
    assert held_out_p(posterior, "delta_a_mu", theta, rng) == pytest.approx(2 * min(below, 1 - below), abs=0.003)


def test_held_out_p_of_unequal_errors() -> None:
    """The tail of the two half Gaussians of the likelihood, on both sides of the prediction; equal errors as ever."""
    card = Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "paper_2021"}})
    datum = next(d for d in card.dataset.data if d.observable == "delta_a_mu")

    def p(deviation: float, plus: float, minus: float) -> float:
        changed = dataclasses.replace(datum, value=1e-9 * deviation, plus=1e-9 * plus, minus=1e-9 * minus)
        data = tuple(changed if d is datum else d for d in card.dataset.data)
        made = dataclasses.replace(card, dataset=dataclasses.replace(card.dataset, data=data))
        return held_out_p(Posterior(made), "delta_a_mu", NOTHING, np.random.default_rng(0))

    for deviation in (-2.5, -0.2, 0.2, 2.5):
        density = scipy.integrate.quad(
            lambda value: math.exp(log_gaussian(0.0, value, 1.0, 3.0, 0.0)), -20.0, deviation, points=[0.0]
        )[0]
        assert p(deviation, 1.0, 3.0) == pytest.approx(2 * min(density, 1 - density), abs=1e-6)
        below = scipy.special.ndtr(deviation / 2.0)
        assert p(deviation, 2.0, 2.0) == pytest.approx(2 * min(below, 1 - below), rel=1e-12)
    assert p(0.2, 1.0, 3.0) == pytest.approx(0.58, abs=0.005)


def test_solutions_are_drawn_without_the_data_set_that_is_left_out(root: Path) -> None:
    """Several muon Yukawas at each point, which predict other moments of the muon."""
    raw = Card.load(root / "analysis/mssm-2019.yaml").resolved()
    raw["model"] = {"name": "mssm", "branch": "all", "delta": "bino", "amu": "bino", "vacuum": "off"}
    posterior = Posterior(Card.from_dict(raw))
    theta = posterior.sample_prior(np.random.default_rng(1), 5_000)
    theta = theta[np.isfinite(posterior.log_likelihood_by_solution(theta)).sum(axis=1) > 1]
    others = Posterior(split(posterior.card, "delta_a_mu")[1])
    chosen = others.draw_solutions(theta, np.random.default_rng(2))
    assert (chosen != posterior.draw_solutions(theta, np.random.default_rng(2))).any()
    inputs, rows = posterior.solutions(theta, chosen)
    below = scipy.stats.norm.cdf(posterior.likelihood.pulls(rows, inputs)["delta_a_mu"]).mean()
    found = held_out_p(posterior, "delta_a_mu", theta, np.random.default_rng(2))
    assert found == pytest.approx(2 * min(below, 1 - below), rel=1e-9)


def test_prior_sensitivity(report: Comparison, cards: dict[str, Card], root: Path) -> None:
    assert [row["priors"] for row in report.prior_sensitivity["mssm"]][:2] == ["mssm-log", "mssm-uniform"]
    assert [row["priors"] for row in report.prior_sensitivity["vll"]][:2] == ["vll-log", "vll-uniform"]
    for rows in report.prior_sensitivity.values():
        assert rows[0]["method"] == "as on the card"
        assert all(row["method"] in ("re-weighted", "re-run") and row["error"] < 0.01 for row in rows[1:])
    # uniform Yukawas reach zero, where the logarithmic prior has nothing: re-weighting is not valid
    uniform = next(row for row in report.prior_sensitivity["vll"] if row["priors"] == "vll-uniform")
    assert uniform["method"] == "re-run"
    again = evidence(with_priors(cards["vll"], root / "priors/vll-uniform.yaml"), methods=["prior"])
    assert again.log_z == pytest.approx(uniform["log_z"], abs=4 * math.hypot(again.error, uniform["error"]))


def test_what_was_varied_is_said(report: Comparison) -> None:
    assert report.varied_priors["vll"].startswith("priors of vll: vll-log (its own), vll-uniform")
    assert set(report.varied_priors) == {"vll", "mssm"}  # the Standard Model has no parameters
    rows = [{"priors": "card", "log_z": 1.0}]
    assert "beside it, one or two folders above it, or here (--priors FILE" in varied("a", rows, given=False)
    assert "none of the given files" in varied("a", rows, given=True)
    assert varied("a", [*rows, {"priors": "b", "log_z": math.nan}], given=True) == varied("a", rows, given=True)


def test_no_range_without_other_priors() -> None:
    models = {name: {"log_z": z, "error": 0.0} for name, z in (("sm", 1.0), ("new", 3.5))}
    alone = {"sm": [{"log_z": 1.0}], "new": [{"log_z": 3.5}]}
    assert [row["range"] for row in _bayes_factors(models, alone)] == [None, None]
    varied_too = {**alone, "new": [{"log_z": 3.5}, {"log_z": 2.0}, {"log_z": math.nan}]}
    assert _bayes_factors(models, varied_too)[1]["range"] == [1.0, 2.5]


def test_prior_file_of_no_model_is_refused(cards: dict[str, Card], root: Path) -> None:
    require_use([root / "priors/vll-log.yaml"], cards.values())
    with pytest.raises(
        InputError, match=r"mssm-log.yaml: parameters = .*must set all parameters of a model"
    ) as refused:
        require_use([root / "priors/mssm-log.yaml"], [cards["vll"]])
    assert "(vll: Y_L, Y_R, Y_V, Y_Vp, m_L, m_S)" in str(refused.value)


def test_table_for_a_paper(report: Comparison) -> None:
    text = comparison_table(report.to_dict())
    lines = [line.removesuffix(r" \\") for line in text.splitlines() if " & " in line]
    rows = [[cell.strip() for cell in line.split(" & ")] for line in lines]
    assert {len(row) for row in rows} == {7}  # as many cells in each row as there are columns
    assert text.count("{") == text.count("}")
    (row,) = [cells for cells in rows if cells[0] == "vll"]
    factor = next(r for r in report.bayes_factors if (r["model"], r["against"]) == ("vll", "sm"))
    assert float(row[2].strip("$").split()[0]) == pytest.approx(factor["log_b"], abs=0.01)
    assert [float(end) for end in row[3].strip("$").split(r" \ldots ")] == pytest.approx(factor["range"], abs=0.006)
    assert r"vll-log (its own), vll-uniform" in text
    plain = {**report.to_dict(), "bayes_factors": [{**row, "range": None} for row in report.bayes_factors]}
    assert "over priors" not in comparison_table(plain)


def test_reweighting_agrees_with_a_new_computation(cards: dict[str, Card], root: Path) -> None:
    card = cards["mssm"]
    found = evidence(card, methods=["bridge"])
    other = with_priors(card, root / "priors/mssm-uniform.yaml")
    assert found.sample is not None
    weighted = reweighted(found.sample, card, other, 0)
    assert weighted is not None
    new = evidence(other, methods=["bridge"])
    assert weighted[0] == pytest.approx(new.log_z, abs=4 * math.hypot(weighted[1], new.error))
    assert weighted[2] > 2_000
    narrow = dataclasses.replace(found.sample, log_weight=found.sample.log_weight + 10 * found.sample.z[:, 0])
    assert reweighted(narrow, card, other, 0) is None, "too few effective draws"


def test_prior_files_are_those_of_the_model(cards: dict[str, Card], root: Path, tmp_path: Path) -> None:
    names = [file.stem for file in find_prior_files(cards["vll"])]
    assert {"vll-log", "vll-uniform"} <= set(names)
    assert not any(name.startswith("mssm") for name in names)
    assert [file.stem for file in find_prior_files(cards["vll"], [root / "priors/mssm-log.yaml"])] == []
    assert not any(name.endswith("stable") for name in names)
    stable = Card.load(root / "analysis/latest-cs-vll.yaml")
    assert [file.stem for file in find_prior_files(stable)] == ["vll-log-stable", "vll-uniform-stable"]
    named = [root / "priors/vll-log.yaml"]
    assert find_prior_files(stable, named) == named
    # a resolved card, as in a run folder, gives the same as the card that names a prior file
    (tmp_path / "card.yaml").write_text(cards["vll"].to_yaml())
    resolved = with_priors(Card.load(tmp_path / "card.yaml"), root / "priors/vll-uniform.yaml")
    named = Card.load(root / "analysis/joint-vll.yaml", priors=root / "priors/vll-uniform.yaml")
    assert resolved.identity() == named.identity()


def test_different_data_are_refused(cards: dict[str, Card], root: Path) -> None:
    with pytest.raises(InputError, match="not fitted to the same data") as caught:
        compare([cards["vll"], root / "analysis/vll-2021.yaml"])
    assert "dae_seed2019_cs" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    data = cards["vll"].dataset
    scaled = dataclasses.replace(data.data[0], plus=2 * data.data[0].plus)
    other = dataclasses.replace(cards["mssm"], dataset=dataclasses.replace(data, data=(scaled, *data.data[1:])))
    with pytest.raises(InputError, match="other errors"):
        compare([cards["vll"], other])
    with pytest.raises(InputError, match="nothing to compare"):
        compare([])


def test_own_likelihoods_and_the_standard_model(root: Path, tmp_path: Path) -> None:
    """Those of known observables are evaluated for it, too; those of the model's own quantities are named."""
    (tmp_path / "own.py").write_text(
        "def known(values):\n    return -0.5 * (1e9 * values['delta_a_mu'] - 2.0) ** 2 + 0 * values['mu_h_mumu']\n"
        "def prejudice(values):\n    return -values['Y_L'] ** 2\n"
        "def faulty(values):\n    return {}['nothing']\n"
    )
    card = tmp_path / "card.yaml"
    text = (
        "model: {name: vll, formula: leading_order}\ndata: {vintage: paper_2021}\nlikelihoods: {LIST}\n"
        f"priors: {root / 'priors/vll-log.yaml'}\n"
    )
    one, other, faulty = (f"{name}: {{file: own.py, function: {name}}}" for name in ("known", "prejudice", "faulty"))
    card.write_text(text.replace("LIST", f"{one}, {other}"))
    loaded = Card.load(card)
    assert likelihoods_beyond(loaded) == {"prejudice": "Y_L"}
    null = Posterior(standard_model(loaded))
    assert null.likelihood.names[-1] == "known"
    without = Posterior(standard_model(dataclasses.replace(loaded, own_likelihoods={})))
    assert null.log_likelihood(NOTHING)[0] - without.log_likelihood(NOTHING)[0] == pytest.approx(-2.0)
    assert split(loaded, "delta_a_mu")[0].own_likelihoods == {}
    card.write_text(text.replace("LIST", faulty))
    with pytest.raises(DataError, match=r"likelihood 'faulty' of own.py: KeyError in own.py, line 6: 'nothing'"):
        likelihoods_beyond(Card.load(card))
    card.write_text(text.replace("LIST", one))
    with pytest.raises(InputError, match=r"do not have the same likelihoods of your own \(known, prejudice and known"):
        compare([loaded, Card.load(card)])


def test_files_and_json(report: Comparison, tmp_path: Path) -> None:
    written = save_comparison(report, tmp_path)
    assert [path.name for path in written] == [f"comparison.{end}" for end in ("json", "tex", "png", "pdf")]
    assert all(path.stat().st_size > 500 for path in written)
    stored = json.loads(written[0].read_text())
    assert stored.pop("checksum")
    assert {name: len(digests) for name, digests in stored.pop("files").items()} == {p.name: 1 for p in written[1:]}
    assert stored == json.loads(json.dumps(finite(report.to_dict())))


@pytest.mark.parametrize("name", ["comparison.tex", "comparison.png", "comparison.json"])
def test_files_of_the_user_are_not_replaced(name: str, report: Comparison, tmp_path: Path) -> None:
    """A file of the same name, and one that was changed since it was written, are kept; equal ones are replaced."""
    (tmp_path / name).write_text("{}")
    with pytest.raises(StoreError, match=rf"{name}: .* with --force"):
        save_comparison(report, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "{}"
    assert save_comparison(report, tmp_path, force=True) == save_comparison(report, tmp_path)
    (tmp_path / name).write_text("mine")
    with pytest.raises(StoreError, match=rf"{name}: .* with --force"):
        save_comparison(report, tmp_path)
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("survives", [0, 1, 2])
def test_a_comparison_that_is_killed_while_it_writes_can_be_repeated(
    survives: int, report: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_comparison(report, tmp_path)
    changed = dataclasses.replace(report, data={**report.data, "vintage": "other"})
    files = iter(range(10))

    def write(path: Path) -> Any:
        if path.parent == tmp_path and path.suffix != ".json" and next(files) == survives:
            raise KeyboardInterrupt
        return atomic_write(path)

    with monkeypatch.context() as patched:
        patched.setattr("g2fit.output.plots.comparison.atomic_write", write)
        with pytest.raises(KeyboardInterrupt):
            save_comparison(changed, tmp_path)
    save_comparison(changed, tmp_path)


def test_figure_shows_every_model_and_data_set(report: Comparison) -> None:
    from g2fit.output.plots.comparison import comparison_figure
    from g2fit.output.plots.style import in_style

    with in_style():
        figure = comparison_figure(report.to_dict())
        figure.canvas.draw()
        texts = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
        boxes = [t.get_window_extent() for axes in figure.axes for t in axes.texts]
    assert {"mssm", "vll", "no electroweak"} <= set(texts)
    assert len([text for text in texts if text.startswith("no ")]) == 4
    width, height = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)


def test_names(cards: dict[str, Card], root: Path) -> None:
    runs = [cards["vll"], cards["vll"].replace(seed=5), root / "analysis/joint-mssm.yaml", root / "chains/joint-vll"]
    assert [name for name, _ in named(runs)] == ["vll", "vll-2", "joint-mssm", "joint-vll"]
