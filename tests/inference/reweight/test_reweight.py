"""Re-weighted runs against fresh ones; what draws cannot reach is refused; walkers that move on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from g2fit.card import Card
from g2fit.core.errors import CardError, InputError, NotConvergedError, StoreError
from g2fit.inference.evidence import evidence
from g2fit.inference.reweight.broad import BroadDraws
from g2fit.inference.reweight.change import Change, changed_card
from g2fit.inference.reweight.reweight import Weighted, require_complete
from g2fit.output.summary import summarise
from g2fit.pipeline import execute, post
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.sampling.run_folder import RunFolder
from tests.support.cards import VLL, prior

SAMPLER = {"walkers": 64, "ensembles": 4, "seed": 3, "stop": {"ess": 2000}}


@pytest.fixture(scope="module")
def run(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converged run of vector-like leptons with three parameters."""
    folder = tmp_path_factory.mktemp("post") / "run"
    assert execute(card(root, VLL).replace(output=folder), workers=1).ess > 2000
    return folder


def card(root: Path, content: dict[str, Any]) -> Card:
    return Card.from_dict({**content, "sampler": SAMPLER}, root / "analysis")


def uniform_priors(folder: Path, low: float = 0.01) -> Path:
    """A prior file with uniform priors in place of the logarithmic ones."""
    path = folder / "uniform.yaml"
    entries = {"m_L": prior(100, 1e4, "uniform"), "m_S": 500, "Y_L": 0.05, "Y_Vp": "Y_V"}
    entries |= {name: prior(low, 3.5, "uniform") for name in ("Y_R", "Y_V")}
    path.write_text(json.dumps({"parameters": entries}))
    return path


def disagreement(one: Path, other: Path) -> dict[str, float]:
    """Differences of the means of two results in units of their Monte Carlo error, by quantity."""
    rows = [summarise(Result(path))["quantities"] for path in (one, other)]
    shared = [name for name in rows[0] if "mcse_mean" in rows[0][name] and "mcse_mean" in rows[1][name]]
    return {
        name: abs(rows[0][name]["mean"] - rows[1][name]["mean"])
        / np.hypot(rows[0][name]["mcse_mean"], rows[1][name]["mcse_mean"])
        for name in shared
    }


@pytest.mark.parametrize("what", ["dropped", "added", "priors", "data"])
def test_a_reweighted_run_agrees_with_a_fresh_one(run: Path, root: Path, tmp_path: Path, what: str) -> None:
    change = {
        "dropped": Change(drop=["R_tau"]),
        "added": Change(add=["mu_hmumu_atlas2020"]),
        "priors": Change(priors=uniform_priors(tmp_path)),
        "data": Change(data="paper_2021,gf_shift=true"),
    }[what]
    report = post(run, change, tmp_path / "new")
    assert isinstance(report, dict)
    assert report["verdict"]["ess"] > 1000
    assert report["pareto_k"] < 0.7
    fresh = Card.load(tmp_path / "new").replace(output=tmp_path / "fresh", seed=8)
    execute(fresh, workers=1)
    found = disagreement(tmp_path / "new", tmp_path / "fresh")
    assert len(found) > 8
    assert max(found.values()) < 4.0, found
    result = Result(tmp_path / "new")
    assert result.converged
    log_z = result.statistics["exploration"]["log_z"], result.statistics["exploration"]["error"]
    fraction = result.statistics["prior_fraction"][0]
    exact = evidence(fresh, methods=["prior"]).log_z + np.log(fraction)
    assert log_z[0] == pytest.approx(exact, abs=4.0 * log_z[1])
    ratio, error = report["log_evidence_ratio"]
    check, check_error = report["log_evidence_ratio_of_check"]
    assert abs(ratio - check) < 4.0 * np.hypot(error, check_error)


def test_nothing_happens_to_the_weights_of_an_equal_posterior(run: Path, tmp_path: Path) -> None:
    report = post(run, Change(data="paper_2021,gf_shift=false"), tmp_path / "same")
    assert isinstance(report, dict)
    assert report["effective_share"] == pytest.approx(1.0)
    assert report["log_evidence_ratio"] == [0.0, 0.0]
    assert report["changed"] == {}
    one, same = Result(run), Result(tmp_path / "same")
    for name in one.parameter_names:
        assert np.array_equal(np.sort(one.draws(name), axis=None), np.sort(same.draws(name), axis=None))


def test_the_result_of_a_run_that_has_not_converged_has_not_either(root: Path, tmp_path: Path) -> None:
    """Where walkers are slow, a series of several of them would hide it."""
    source = tmp_path / "short"
    slow = {**SAMPLER, "max_steps": 40, "proposal": "local", "coordinates": "raw", "stop": {"ess": 1e5, "rhat": 1.05}}
    own = execute(Card.from_dict({**VLL, "sampler": slow}, root / "analysis").replace(output=source), workers=1)
    same = Change(data="paper_2021,gf_shift=false")
    with pytest.raises(NotConvergedError, match=rf"; {source} has not converged, nor have its weighted draws\. What"):
        post(source, same, tmp_path / "new", ess=1e6)
    report = post(source, same, tmp_path / "new", ess=20)
    assert isinstance(report, dict)
    assert report["verdict"]["ess"] <= own.ess * report["effective_share"] * (1.0 + 1e-9)
    assert not report["source_converged"]
    assert not Result(tmp_path / "new").converged
    assert RunFolder(tmp_path / "new").status()["warnings"] == report["warnings"] != []
    again = post(tmp_path / "new", Change(drop=["R_tau"]), tmp_path / "newer", ess=5)
    assert isinstance(again, dict)
    assert not again["source_converged"]


def test_what_draws_cannot_reach_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"parameters.Y_R.prior: the new prior reaches from 0 to 3.5, that of the run"):
        post(run, Change(priors=uniform_priors(tmp_path, 0.0)), tmp_path / "a")
    assert not (tmp_path / "a").exists()
    with pytest.raises(NotConvergedError, match=r"lies where the run could not be \(forbidden by m_L\)") as refusal:
        post(run, Change(drop=["m_L"]), tmp_path / "b")
    assert f"g2fit run {tmp_path / 'b/fit.yaml'}" in str(refusal.value)
    assert "m_L" not in Card.load(tmp_path / "b/fit.yaml").likelihood.names  # the run that is needed


def test_too_few_effective_draws_are_refused_and_the_run_is_offered(run: Path, tmp_path: Path) -> None:
    with pytest.raises(NotConvergedError, match=r"an effective sample size of \d+ \(\w+\) of 1000000") as refusal:
        post(run, Change(drop=["R_tau"]), tmp_path / "new", ess=1e6)
    assert "--move" in str(refusal.value)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"fit.yaml"}
    assert "R_tau" not in Card.load(tmp_path / "new/fit.yaml").likelihood.names
    post(run, Change(drop=["R_tau"]), tmp_path / "new")  # the folder is still free
    with pytest.raises(StoreError, match="belongs to another card"):
        post(run, Change(drop=["dgL_W_mu"]), tmp_path / "new")


def test_a_refusal_replaces_no_file_of_the_user(run: Path, tmp_path: Path) -> None:
    (tmp_path / "fit.yaml").write_text("mine: 1\n")
    for _ in range(2):
        with pytest.raises(NotConvergedError, match=rf"g2fit run {tmp_path / 'fit-2.yaml'}"):
            post(run, Change(drop=["R_tau"]), tmp_path, ess=1e6)
    assert (tmp_path / "fit.yaml").read_text() == "mine: 1\n"
    assert {path.name for path in tmp_path.iterdir()} == {"fit.yaml", "fit-2.yaml"}


def test_the_folder_is_looked_at_before_anything_is_computed(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, foreign = tmp_path / "new", tmp_path / "foreign"
    post(run, Change(drop=["R_tau"]), out)
    before = {path: path.read_bytes() for path in out.iterdir()}
    (foreign / "card.yaml").mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr("g2fit.inference.reweight.post.weighted", None)
        with pytest.raises(StoreError, match="belongs to another card"):
            post(run, Change(drop=["dgL_W_mu"]), out, ess=1e6)
        with pytest.raises(StoreError, match=r"holds card.yaml but no manifest.json.*`g2fit run --force`"):
            post(run, Change(drop=["R_tau"]), foreign)
        for ess in (float("nan"), 0.0, -1.0):
            with pytest.raises(InputError, match=rf"--ess {ess:g}: must be greater than 0"):
                post(run, Change(drop=["R_tau"]), tmp_path / "other", ess=ess)
        with pytest.raises(StoreError, match="holds a run already"):
            post(out, Change(add=["R_tau"]), out)
    assert before == {path: path.read_bytes() for path in out.iterdir()}
    monkeypatch.chdir(run.parent)
    post(run.name, Change(drop=["R_tau"]), out)  # the same run


@pytest.mark.parametrize("name", [".evaluations-exploration", ".evaluations-ensemble-2-0"])
def test_a_folder_with_evaluations_of_a_run_is_not_free(run: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(StoreError, match="holds a run already"):
        post(run, Change(drop=["R_tau"]), tmp_path)


def test_slow_likelihoods_are_not_evaluated_for_the_share_of_the_prior(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the result of a run; here everything counts as slow, and the prior as cut."""
    monkeypatch.setattr("g2fit.results.save.SLOW", 0.0)
    monkeypatch.setattr(Posterior, "cuts_prior", True)
    post(run, Change(drop=["R_tau"]), tmp_path / "new")
    assert Result(tmp_path / "new").statistics["prior_fraction"] is None


def test_walkers_move_on(run: Path, tmp_path: Path) -> None:
    found = post(run, Change(drop=["R_tau"]), tmp_path / "moved", move=True, workers=1)
    assert isinstance(found, tuple)
    moved, verdict = found
    assert verdict.converged(2000, 1.01)
    assert not (tmp_path / "moved/exploration.npz").exists()
    execute(moved.replace(output=tmp_path / "fresh", seed=9), workers=1)
    assert max(disagreement(tmp_path / "moved", tmp_path / "fresh").values()) < 4.0
    assert Result(tmp_path / "moved").statistics["proposal_efficiency"][0] > 0.1


def test_a_full_run_in_the_folder_of_a_reweighted_one_replaces_it(run: Path, tmp_path: Path) -> None:
    post(run, Change(drop=["R_tau"]), tmp_path / "new")
    assert Result(tmp_path / "new").steps_of_chains == 0
    verdict = execute(Card.load(tmp_path / "new"), workers=1)
    result = Result(tmp_path / "new")
    assert result.steps_of_chains == verdict.steps
    assert "reweighted" not in result.statistics


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(), "nothing to change"),
        (Change(add=["mu_hmumu_atlas"]), "did you mean .* or 'mu_hmumu_atlas2020'"),
        (Change(drop=["R_ta"]), "did you mean 'R_tau'"),
        (Change(data="latest"), "latest_2026_11"),
        (Change(data="paper_2021,vacuum=1"), "unknown key"),
    ],
)
def test_bad_changes(run: Path, change: Change, words: str) -> None:
    with pytest.raises(InputError, match=words):
        changed_card(Result(run).card, change)


def test_changes_of_a_card(run: Path, tmp_path: Path) -> None:
    card = Result(run).card
    own = tmp_path / "own.yaml"
    own.write_text("measurements: {mine: {observable: mu_h_mumu, value: 1.0, error: 0.1, reference: none}}\n")
    new = changed_card(card, Change(add=[str(own)]))
    assert "mine" in new.dataset.entry_ids
    assert "mine" not in changed_card(new, Change(drop=["mine"])).dataset.entry_ids
    without = changed_card(card, Change(drop=["R_tau"]))
    assert changed_card(without, Change(add=["R_tau"])).fingerprint() != without.fingerprint()
    cut = card.replace()
    assert cut.fingerprint() == card.fingerprint()


def test_a_mode_that_the_draws_miss_is_noticed(root: Path) -> None:
    """Draws of one of two equal modes look perfect: only draws that reach further tell."""
    rng = np.random.default_rng(2)
    posterior = Posterior(card(root, VLL))
    kept = Weighted(posterior, np.zeros((4, 100, 8, 3)), rng.normal(0.0, 0.01, (4, 100, 8)), _broad(rng, 1.0))
    require_complete(kept, posterior)
    missed = Weighted(posterior, kept.theta, kept.log_weight, _broad(rng, 2.0))
    with pytest.raises(NotConvergedError, match="miss a part of the new posterior"):
        require_complete(missed, posterior)
    few = BroadDraws(np.zeros((50, 3)), np.zeros(50), np.zeros(50))
    with pytest.raises(NotConvergedError, match="cannot be told: the check is worth 50 draws"):
        require_complete(Weighted(posterior, kept.theta, kept.log_weight, few), posterior)


def _broad(rng: np.random.Generator, ratio: float) -> BroadDraws:
    """Draws whose weights say that the new evidence is larger by a factor, due to a region without old weight."""
    old = np.where(np.arange(20_000) % 2 == 0, 0.0, -60.0)
    new = np.where(old == 0.0, 0.0, np.log(ratio - 1.0) if ratio > 1.0 else -60.0)
    return BroadDraws(rng.normal(size=(20_000, 3)), old, new + rng.normal(0.0, 0.01, 20_000))
