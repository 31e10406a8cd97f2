"""Runs: nothing is lost, whatever happens, and the chain is always the same."""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import emcee
import h5py
import numpy as np
import pytest

from g2fit import Card, Result, run
from g2fit.core.errors import NotConvergedError, StoreError
from g2fit.output.summary import summarise
from g2fit.pipeline import execute
from g2fit.results.status import state_of_run
from g2fit.sampling.chain_file import ChainFile
from g2fit.sampling.run_folder import RunFolder
from tests.support.cards import whole_searches
from tests.support.refusals import Refused

CARD = """
model: {name: vll, formula: leading_order}
data: {vintage: paper_2021}
priors: PRIORS
sampler: {ensembles: 4, walkers: 64, seed: 7, proposal: PROPOSAL, stop: {ess: ESS, rhat: 1.01}, max_steps: STEPS}
output: OUT
"""


def write_card(
    folder: Path, root: Path, *, ess: float = 1e9, steps: int = 300, out: str = "out", proposal: str = "auto"
) -> Path:
    """A card that runs for a few seconds and, with these targets, never converges."""
    text = CARD.replace("PRIORS", str(root / "priors/vll-log.yaml"))
    text = text.replace("ESS", str(ess)).replace("STEPS", str(steps)).replace("OUT", out)
    text = text.replace("PROPOSAL", proposal)
    path = folder / f"{out}.yaml"
    path.write_text(text)
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "g2fit.cli.main", *map(str, arguments)]


def chains(folder: Path) -> list[dict[str, np.ndarray]]:
    found = []
    for path in sorted(folder.glob("ensemble-*.h5")):
        with h5py.File(path) as file:
            group = file["mcmc"]
            found.append({name: group[name][...] for name in ("chain", "log_prob", "accepted")})
            found[-1]["reasons"] = group.attrs["reasons"]
    return found


def assert_same(one: Path, other: Path) -> None:
    first, second = chains(one), chains(other)
    assert len(first) == len(second) == 4
    for a, b in zip(first, second, strict=True):
        for name, values in a.items():
            np.testing.assert_array_equal(values, b[name], err_msg=name)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A run from start to end in one process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    card = write_card(folder, root)
    done = subprocess.run(command("run", card, "--workers", 1), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "NOT converged" in done.stdout
    return folder / "out"


def test_chain_is_the_same_for_any_number_of_workers(undisturbed: Path, root: Path, tmp_path: Path) -> None:
    card = write_card(tmp_path, root)
    for workers in (2, 3):
        with pytest.raises(NotConvergedError), whole_searches():  # as the other process has them
            run(Card.load(card).replace(output=tmp_path / str(workers)), workers=workers)
        assert_same(undisturbed, tmp_path / str(workers))


def test_killed_runs_continue_to_the_same_chain(undisturbed: Path, root: Path, tmp_path: Path) -> None:
    """SIGKILL at six moments: one in the warm-up or first step, two in the middle of a write, three at random."""
    card = write_card(tmp_path, root)
    out = tmp_path / "out"
    rng = random.Random(1)
    kills = 0
    for attempt in range(6):
        process = subprocess.Popen(
            command("run", card, "--quiet"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        if attempt == 0:
            while not (out / "manifest.json").exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(0.3)
        elif attempt < 3:
            while process.poll() is None and time.monotonic() < deadline:
                if any(out.glob(".ensemble-*")) or any(out.glob("ensemble-*.journal")):
                    break
                time.sleep(0.001)
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(1.5, 3.5))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
        for path in out.glob("ensemble-*.h5"):
            ChainFile(path).state()  # every file stays readable
            ChainFile(path).settle()  # as the next run does
            emcee.backends.HDFBackend(str(path), read_only=True).get_chain()
    assert kills >= 3
    with pytest.raises(NotConvergedError):
        run(Card.load(card))
    assert_same(undisturbed, out)


def test_workers_end_when_their_parent_is_killed(root: Path, tmp_path: Path) -> None:
    card = write_card(tmp_path, root, steps=100_000)
    process = subprocess.Popen(
        command("run", card, "--quiet", "--workers", 2), stdout=subprocess.DEVNULL, start_new_session=True
    )
    while not list((tmp_path / "out").glob("ensemble-*.h5")):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.2)
    pytest.fail("workers live on without their parent")


@pytest.mark.parametrize(("workers", "number"), [(1, signal.SIGINT), (2, signal.SIGINT), (2, signal.SIGHUP)])
def test_ctrl_c_and_a_closed_terminal_save_and_exit_130(
    undisturbed: Path, root: Path, tmp_path: Path, workers: int, number: int, terminal: None
) -> None:
    card = write_card(tmp_path, root)
    arguments = command("run", card, "--workers", workers)
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not list((tmp_path / "out").glob("ensemble-*.h5")):
        time.sleep(0.02)
    os.killpg(process.pid, number)  # as a terminal does: to every process
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert RunFolder(tmp_path / "out").status()["state"] == "interrupted"
    with pytest.raises(NotConvergedError):
        run(Card.load(card), workers=workers)
    assert_same(undisturbed, tmp_path / "out")


def test_changed_card_is_refused(undisturbed: Path, root: Path, tmp_path: Path, refused: Refused) -> None:
    card = write_card(tmp_path, root)
    card.write_text(card.read_text().replace("seed: 7", "seed: 8").replace("walkers: 64", "walkers: 32"))
    message = refused("run", card, "--out", undisturbed)
    for word in ("sampler.seed", "7", "8", "sampler.walkers", str(undisturbed)):
        assert word in message


@pytest.mark.parametrize("workers", [1, 2])
def test_chain_of_another_density_is_not_continued(root: Path, tmp_path: Path, workers: int, refused: Refused) -> None:
    """As when the model, the data or the meaning of a coordinate have changed under the same card."""
    with pytest.raises(NotConvergedError):
        run(Card.load(write_card(tmp_path, root, steps=100, proposal="local")), workers=1)
    path = tmp_path / "out/ensemble-1.h5"
    with h5py.File(path, "r+") as file:
        file["mcmc"]["log_prob"][-1, 3] += 0.01
    before = path.read_bytes()
    card = write_card(tmp_path, root, steps=200, proposal="local")
    assert f"{path}: these draws were made by another version" in refused("run", card, "--quiet", "--workers", workers)
    assert path.read_bytes() == before


def test_longer_run_of_the_same_card_is_not_refused(root: Path, tmp_path: Path) -> None:
    """The length of a run is not part of its identity: `max_steps` may be raised to go on."""
    with pytest.raises(NotConvergedError, match="100 steps"):
        run(Card.load(write_card(tmp_path, root, steps=100, proposal="local")))
    first = chains(tmp_path / "out")
    with pytest.raises(NotConvergedError, match="200 steps"):
        run(Card.load(write_card(tmp_path, root, steps=200, proposal="local")))
    for before, after in zip(first, chains(tmp_path / "out"), strict=True):
        np.testing.assert_array_equal(before["chain"], after["chain"][:100])


def test_two_runs_cannot_share_a_folder(root: Path, tmp_path: Path) -> None:
    card = Card.load(write_card(tmp_path, root, steps=100, proposal="local"))
    folder = RunFolder(card.output)
    folder.open(card)
    with folder.lock(), pytest.raises(StoreError, match="another run"):
        run(card)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run(Card.load(write_card(folder, root, ess=4000)))
    return folder / "out"


def test_result_has_every_group_and_its_history(finished: Path) -> None:
    result = Result(finished)
    assert result.converged
    expected = {"posterior", "derived", "log_likelihood", "log_prior", "prior", "observed_data", "sample_stats"}
    assert expected <= set(result.tree.children)
    assert result.tree["posterior"].sizes["chain"] == 4
    assert result.manifest["seed"] == 7
    assert result.manifest["vintage"] == "paper_2021"
    assert "damu_seed2021" in result.manifest["entries"]
    assert result.manifest["versions"]["emcee"] == emcee.__version__
    terms = result.tree["log_likelihood"].data_vars
    total = sum(np.asarray(values) for name, values in terms.items() if name != "data")
    for name in terms["data"].coords["term"].values.tolist():
        np.testing.assert_array_equal(terms["data"].sel(term=name), terms[name])
    total = total + np.asarray(result.tree["log_prior"]["log_prior"])
    np.testing.assert_allclose(total, np.asarray(result.tree["sample_stats"]["lp"]), rtol=1e-12)


def test_arviz_agrees_that_it_converged(finished: Path) -> None:
    import arviz_stats

    result = Result(finished)
    for group in ("posterior", "derived"):
        table = arviz_stats.summary(result.tree, group=group, ci_prob=0.6827, ci_kind="eti", round_to="none")
        assert (table["ess_bulk"] >= 4000).all(), table
        assert (table["r_hat"] <= 1.01).all()


def test_summary_has_intervals_best_fit_and_pulls(finished: Path) -> None:
    summary = summarise(Result(finished))
    row = summary["quantities"]["delta_a_mu"]
    low, high = row["68.27%"]
    wide_low, wide_high = row["95.45%"]
    assert wide_low < low < row["median"] < high < wide_high
    assert row["rhat"] < 1.01
    fit = summary["best_fit"]
    draws = Result(finished).tree["sample_stats"]["lp"]
    assert np.isfinite(fit["log_likelihood"])
    assert fit["log_likelihood"] >= float((draws - Result(finished).tree["log_prior"]["log_prior"]).max()) - 1e-6
    assert abs(fit["pulls"]["delta_a_mu"]) < 1.0
    json.dumps(summary)


@pytest.mark.parametrize("harm", ["truncate", "foreign", "text"])
def test_damaged_files_are_named(finished: Path, tmp_path: Path, harm: str, refused: Refused) -> None:
    for name in ("result.nc", "ensemble-2.h5"):
        copy = tmp_path / name.replace(".", "-")
        shutil.copytree(finished, copy)
        path = copy / name
        if harm == "truncate":
            path.write_bytes(path.read_bytes()[:5000])
        elif harm == "foreign":
            with h5py.File(path, "w") as file:
                file["x"] = 1.0
        else:
            path.write_text("not at all")
        verb = ["summary", copy] if name == "result.nc" else ["run", copy, "--out", copy, "--quiet"]
        assert str(path) in refused(*verb)


def test_a_run_goes_on_until_its_result_is_written(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While best fits are sought there is no result yet, or one of fewer steps; whatever stops that is recorded."""
    card, seen = Card.load(write_card(tmp_path, root, steps=40, proposal="local")), list[tuple[str, str]]()
    ends: list[BaseException | None] = [KeyboardInterrupt(), StoreError("disk full"), None]

    def look(*arguments: object) -> list[object]:
        status = state_of_run(card.output)
        seen.append((status["state"], status["message"]))
        if (end := ends.pop(0)) is not None:
            raise end
        return []

    monkeypatch.setattr("g2fit.pipeline.best_fits", look)
    for error, state in ((KeyboardInterrupt, "interrupted"), (StoreError, "failed")):
        with pytest.raises(error):
            execute(card, workers=1)
        assert state_of_run(card.output)["state"] == state
    execute(card, workers=1)
    assert seen == [("running", "finding the best fit of every solution")] * 3
    status = state_of_run(card.output)
    assert (status["state"], status["message"]) == ("not converged", "max_steps = 40")


def test_a_run_without_a_target_has_a_status(root: Path, tmp_path: Path) -> None:
    card = Card.load(write_card(tmp_path, root, steps=40, proposal="local")).replace(stop={"ess": math.inf})
    execute(card, workers=1)
    assert state_of_run(card.output)["target"]["ess"] == math.inf
    path = card.output / "status.json"
    status = json.loads(path.read_text())
    status["target"]["ess"] = "many"
    path.write_text(json.dumps(status))
    with pytest.raises(StoreError, match=r"status\.json: is not a status of this program \(target\.ess\)"):
        state_of_run(card.output)
