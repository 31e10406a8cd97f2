"""Evidence of cards and runs: results, files, interruptions and refusals."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.core.errors import InputError, StoreError
from g2fit.inference.evidence import evidence, load_evidence
from g2fit.pipeline import execute
from tests.support.cards import whole_searches
from tests.support.known_evidences import banana

CARD = """
model: {name: vll, formula: leading_order}
data: {vintage: paper_2021}
priors: PRIORS
sampler: {ensembles: 4, walkers: 64, coordinates: COORDINATES, seed: 7, stop: {ess: 1000, rhat: 1.02}, max_steps: 400}
output: OUT
"""

SCRIPT = "import sys; from g2fit.inference.evidence import evidence; evidence(sys.argv[1], workers=int(sys.argv[2]))"


def write_card(folder: Path, root: Path, coordinates: str = "auto") -> Path:
    text = CARD.replace("PRIORS", str(root / "priors/vll-log.yaml")).replace("COORDINATES", coordinates)
    path = folder / "card.yaml"
    path.write_text(text.replace("OUT", str(folder / "run")))
    return path


def numbers(report: dict[str, object]) -> dict[str, object]:
    """Everything but the time it took."""
    for estimator in report["estimators"].values():  # type: ignore[attr-defined]
        del estimator["seconds"]
    return report


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    execute(Card.load(write_card(folder, root)), workers=2)
    return folder / "run"


@pytest.fixture
def whole() -> Iterator[None]:
    """Search with all draws, as other processes do."""
    with whole_searches():
        yield


@pytest.fixture
def fresh(run_folder: Path, tmp_path: Path) -> Path:
    """A copy of the run, without any evidence."""
    return Path(shutil.copytree(run_folder, tmp_path / "fresh"))


@pytest.mark.usefixtures("whole")
def test_card(root: Path, tmp_path: Path) -> None:
    """Both estimators agree, brute force agrees, and the prior's cut is divided out."""
    path = write_card(tmp_path, root)
    found = evidence(path)
    assert not (tmp_path / "run").exists()
    a, b = found.estimates["prior"], found.estimates["bridge"]
    assert a.error <= 0.02
    assert b.error <= 0.005
    assert found.agreement()["consistent"]  # type: ignore[index]
    assert found.best is min((a, b), key=lambda estimate: estimate.error)
    posterior = Posterior(Card.load(path))
    theta = posterior.sample_prior(np.random.default_rng(0), 1_500_000)
    value = posterior.log_likelihood(theta)
    weight = np.exp(value - value.max())
    plain = value.max() + np.log(weight.mean())
    error = weight.std() / weight.mean() / np.sqrt(len(weight))
    assert abs(b.log_z - plain) < 4 * error < 0.12
    fraction, uncertainty = posterior.prior_fraction(np.random.default_rng(1), 1_000_000)
    for estimate in (a, b):
        assert estimate.prior_fraction[0] == pytest.approx(fraction, abs=5 * uncertainty)


def test_run_uses_its_draws_and_writes_a_file(fresh: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    found = evidence(fresh, report=lambda name, done, total, log_z, error: calls.append((name, done, total)))
    assert found.estimates["bridge"].method == "bridge sampling"
    assert found.estimates["bridge"].details["bridge"]["effective_draws"] > 500
    assert found.agreement()["consistent"]  # type: ignore[index]
    assert {"prior", "bridge"} <= {name for name, _, _ in calls}
    assert all(done <= total for _, done, total in calls)
    stored = load_evidence(fresh)
    assert stored["estimators"]["bridge"]["log_z"] == found.estimates["bridge"].log_z
    assert stored["manifest"]["fingerprint"] == Card.load(fresh).fingerprint()
    begun = time.monotonic()
    again = evidence(fresh)
    assert time.monotonic() - begun < 5.0
    assert again.to_dict() == found.to_dict()
    assert not list(fresh.glob(".*npz")), "no temporary file stays"


@pytest.mark.usefixtures("whole")
def test_killed_evidence_continues_to_the_same_result(fresh: Path, tmp_path: Path) -> None:
    """SIGKILL at several moments, other numbers of threads: the result is that of an undisturbed run."""
    other = Path(shutil.copytree(fresh, tmp_path / "other"))
    undisturbed = numbers(json.loads(json.dumps(evidence(other, workers=1).to_dict())))
    for pause in (2.0, 3.5):
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(fresh), "2"])
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert numbers(json.loads(json.dumps(evidence(fresh, workers=2).to_dict()))) == undisturbed


def test_standard_model(tmp_path: Path) -> None:
    card = Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "paper_2021"}}, tmp_path)
    found = evidence(card)
    value = Posterior(card).log_likelihood(np.empty((1, 0)))[0]
    assert {(e.log_z, e.error) for e in found.estimates.values()} == {(value, 0.0)}
    assert found.agreement() == {"difference": 0.0, "error": 0.0, "consistent": True}


def test_raw_coordinates_have_the_same_evidence(root: Path, tmp_path: Path) -> None:
    raw = evidence(write_card(tmp_path, root, "raw"), methods=["prior"])
    auto = evidence(write_card(tmp_path, root), methods=["prior"])
    assert raw.log_z == auto.log_z


def test_chains_of_another_version_are_refused(fresh: Path) -> None:
    import h5py

    with h5py.File(fresh / "ensemble-2.h5", "r+") as file:
        file["mcmc"]["log_prob"][-1, 3] += 0.01
    with pytest.raises(StoreError, match="another version"):
        evidence(fresh)


def test_former_names_of_estimators(root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """They are accepted with one note, and replaced in old files."""
    card = Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "paper_2021"}}, tmp_path)
    with caplog.at_level("INFO", logger="g2fit"):
        found = evidence(card, methods=["A", "B"], out=tmp_path)
    assert list(found.estimates) == ["prior", "bridge"]
    assert len([text for text in caplog.messages if "A is now prior" in text and "B is now bridge" in text]) == 1
    new = load_evidence(tmp_path)
    old = {
        **new,
        "format": 3,
        "best": "A",
        "estimators": {"A": new["estimators"]["prior"], "B": new["estimators"]["bridge"]},
    }
    (tmp_path / "evidence.json").write_text(json.dumps(old))
    assert load_evidence(tmp_path) == {**new, "format": 3}


def test_bad_requests(root: Path, tmp_path: Path) -> None:
    path = write_card(tmp_path, root)
    with pytest.raises(InputError, match="did you mean"):
        evidence(path, methods=["nestd"])
    with pytest.raises(InputError, match="workers"):
        evidence(path, workers=0)


def test_missing_nested_sampler_is_named(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dynesty", None)  # as if it were not installed
    with pytest.raises(InputError, match=r"g2fit\[nested\]"):
        evidence(write_card(tmp_path, root), methods=["nested"])


def test_nested_sampler_agrees() -> None:
    pytest.importorskip("dynesty", reason="dynesty is not installed (extra 'nested')")
    from g2fit.inference.evidence import nested_sampling

    target = banana()
    found = nested_sampling(target, np.random.SeedSequence(1), live=200)
    assert abs(found.log_z - target.log_z) < 4 * found.error < 1.0
