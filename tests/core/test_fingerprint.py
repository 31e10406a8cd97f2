"""The code behind a number: what its hashes notice, and who refuses what other code has made."""

from __future__ import annotations

import importlib.util
import json
import pickle
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import g2fit.card.card as card_module
from g2fit import Card
from g2fit.core import fingerprint
from g2fit.core.errors import G2fitError, StoreError
from g2fit.core.fingerprint import code_of, differing, package_stamp
from g2fit.core.parallel import worker
from g2fit.core.parallel.executors import Call, Processes
from g2fit.inference.evidence import evidence
from g2fit.inference.profile.node_grid import Axis
from g2fit.inference.profile.plane import scan
from g2fit.models import model_class
from g2fit.output.summary import summarise
from g2fit.pipeline import execute
from g2fit.posterior.cache import posterior_of
from g2fit.posterior.prior_sweep import sweep
from g2fit.results import Result
from g2fit.results.status import state_of_run
from g2fit.sampling.run_folder import RunFolder
from tests.support.runs import write_card

HELPER = "def factor():\n    return 2.0\n"
OWN = "from helper import factor\n\n\nclass Own:\n    'A model.'\n\n    def value(self):\n        return factor()\n"


def load(folder: Path, number: int) -> ModuleType:
    """Import a loose module under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"own_{number}", folder / "own.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_an_own_module_and_what_it_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    texts = {
        "first": (OWN, HELPER),
        "comment": (OWN.replace("'A model.'", "'A model, said otherwise.'  # indeed"), "# double\n" + HELPER),
        "helper": (OWN, HELPER.replace("2.0", "3.0")),
        "model": (OWN.replace("factor()", "2 * factor()"), HELPER),
    }
    found = {}
    for number, (name, (own, helper)) in enumerate(texts.items()):
        (tmp_path / "own.py").write_text(own)
        (tmp_path / "helper.py").write_text(helper)
        found[name] = code_of([load(tmp_path, number).Own])
    assert set(found["first"]) == {"own", "helper"}
    assert differing(found["first"], found["comment"]) == []
    assert differing(found["first"], found["helper"]) == ["helper"]
    assert differing(found["first"], found["model"]) == ["own"]


def test_a_class_without_a_file_is_refused() -> None:
    made = type("Typed", (), {"__module__": "nowhere"})
    with pytest.raises(G2fitError, match=r"nowhere\.Typed: has no source file"):
        code_of([made])


def test_a_fit_depends_on_its_own_model_only_and_costs_little(root: Path) -> None:
    card = Card.load(root / "analysis/vll-2021.yaml")
    code = card.code()
    assert {"g2fit.models.vll", "g2fit.likelihoods", "g2fit.data", "g2fit.posterior", "g2fit.sampling"} <= set(code)
    assert "g2fit.models.mssm" not in code
    assert not [part for part in code if "inference" in part or "output" in part]
    assert "g2fit.inference" in card.code("g2fit.inference.evidence.run")
    fingerprint._code_of.cache_clear()
    begun = time.process_time()
    assert card.code() == code
    assert time.process_time() - begun < 0.1
    begun = time.process_time()
    card.code()
    assert time.process_time() - begun < 0.001
    assert model_class("mssm").__module__.startswith("g2fit.models.mssm")


def test_a_worker_with_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card.load(write_card(tmp_path, 4, "local"))
    with Processes(1) as processes:
        assert dict(processes.run([Call("same", dimension_of, (card,))])) == {"same": 6}
        monkeypatch.setattr(Card, "code", lambda self: {**code_of([], ["g2fit.models.sm"]), "own": "1"})
        with pytest.raises(StoreError, match=r"a task of this worker was made by other code: .*own.* differ; install"):
            list(processes.run([Call("other", dimension_of, (card,))]))
    with pytest.raises(StoreError, match="own"):
        _ = pickle.loads(pickle.dumps(card)).likelihood  # noqa: S301 (our own)
    with pytest.raises(G2fitError, match=r"a worker has g2fit .* \(code .*\), this is g2fit 0: install the same"):
        worker.call_elsewhere("0", max, (1, 2))
    assert worker.call_elsewhere(package_stamp(), max, (1, 2)) == 2


def dimension_of(card: Card) -> int:
    """Task of a worker."""
    return posterior_of(card).dimension


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a card, its run in ``out``, a scan and a sweep."""
    folder = tmp_path_factory.mktemp("code")
    card = Card.load(write_card(folder, 20, "local"))
    execute(card, workers=1)
    scan(card, Axis("m_L", 3), Axis("m_S", 3), workers=1, folder=folder)
    sweep(card, 50, folder / "sweep", workers=1)
    return folder


@pytest.fixture
def other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the model had been edited."""
    behind = card_module.code_behind
    monkeypatch.setattr(card_module, "code_behind", lambda *a: {**behind(*a), "g2fit.models.vll": "edited"})
    monkeypatch.setattr("g2fit.results.result.package_stamp", lambda: "edited")


def test_what_other_code_has_made_is_refused(folder: Path, other_code: None) -> None:
    card = Card.load(folder / "card.yaml")
    said = r"was made by other code: g2fit\.models\.vll differ"
    with pytest.raises(StoreError, match=said):
        execute(card, workers=1)
    with pytest.raises(StoreError, match=said):
        evidence(folder / "out", methods=["bridge"], workers=1)
    with pytest.raises(StoreError, match=said):
        _ = Result(folder / "out").posterior
    with pytest.raises(
        StoreError, match=r"another card, seed, choice of columns or code \(code: g2fit\.models\.vll diff"
    ):
        sweep(card, 60, folder / "sweep", workers=1)
    with pytest.raises(StoreError, match=said):
        scan(card, Axis("m_L", 3), Axis("m_S", 3), workers=1, folder=folder)
    assert summarise(Result(folder / "out"))["other_code"] == ["g2fit.models.vll"]


def test_draws_whose_density_has_changed_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a data file of the model had changed, which is in no hash of code."""
    from g2fit.posterior import Posterior

    true = Posterior.log_likelihood
    monkeypatch.setattr(Posterior, "log_likelihood", lambda self, theta: true(self, theta) + 1.0)
    with pytest.raises(StoreError, match="its draws have other densities now"):
        _ = Result(folder / "out").posterior
    again, stored = Result(folder / "out").densities(Posterior(Card.load(folder / "card.yaml")), 5)
    np.testing.assert_allclose(again - stored, np.ones(5), atol=1e-6)
    density = Posterior.log_density
    monkeypatch.setattr(Posterior, "log_density", lambda self, z: density(self, z) + 1.0)
    with pytest.raises(StoreError, match="these draws were made by another version"):
        execute(Card.load(folder / "card.yaml"), workers=1)


def test_a_changed_card_is_refused(folder: Path) -> None:
    path = folder / "out/card.yaml"
    before = path.read_text()
    path.write_text(before.replace("paper_2021", "paper_joint"))
    for read in (Result, Card.load):
        with pytest.raises(StoreError, match=r"out/card\.yaml: its content is not what was written.* undo the change"):
            read(path.parent)
    path.write_text(before)
    assert Result(path.parent).vintage == "paper_2021"


def test_a_forged_status_is_not_believed(folder: Path) -> None:
    out, path = folder / "out", folder / "out/status.json"
    execute(Card.load(folder / "card.yaml"), workers=1)
    status = json.loads(path.read_text())
    assert status["state"] == "not converged"
    verdict = Result(out).verdict
    for check in status["checks"]:
        check |= {"ess": 1e12, "rhat": 1.0}
    path.write_text(json.dumps(status | {"state": "converged", "ess": 1e12, "rhat": 1.0}))
    found = state_of_run(out)
    assert (found["state"], found["ess"], found["rhat"]) == ("not converged", verdict.ess, verdict.rhat)
    again = execute(Card.load(folder / "card.yaml"), workers=1)
    assert again == verdict
    path.write_text("{")
    assert RunFolder(out).elapsed() == 0.0
    assert execute(Card.load(folder / "card.yaml"), workers=1) == verdict
    path.write_text(json.dumps({"state": 1}))
    with pytest.raises(StoreError, match=r"status\.json: is not a status of this program \(state, steps"):
        state_of_run(out)


def test_two_cards_of_one_folder(folder: Path, tmp_path: Path) -> None:
    """Whoever holds the folder decides: the other one neither writes a manifest nor draws under it."""
    card = Card.load(write_card(tmp_path, 4, "local"))
    with RunFolder(card.output).lock():
        with pytest.raises(StoreError, match="another run is using this folder"):
            execute(card.replace(seed=2), workers=1)
        assert not (card.output / "manifest.json").exists()
    card = card.replace(seed=2)
    execute(card, workers=1)
    other = folder / "out/ensemble-0.h5"
    chain = card.output / "ensemble-0.h5"
    chain.write_bytes(other.read_bytes())
    with pytest.raises(StoreError, match=r"ensemble-0\.h5: belongs to another run"):
        execute(card, workers=1)
