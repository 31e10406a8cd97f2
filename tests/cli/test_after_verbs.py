"""Verbs for after a run, and what every verb has: examples in its help; options of the program itself."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main

from g2fit import __version__
from g2fit.card import Card
from g2fit.card.keys import with_keys
from g2fit.cli.display_after import show_best_fit
from g2fit.cli.examples import EXAMPLES
from g2fit.cli.listing import listing, meanings
from g2fit.cli.main import app
from g2fit.cli.watch import watched
from g2fit.core.errors import CardError
from g2fit.models import get_model, model_names
from g2fit.pipeline import execute
from g2fit.results import Result
from tests.cli.conftest import Cli
from tests.support.cards import VLL
from tests.support.shared import shared_folder

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card and its converged run."""

    def make(place: Path) -> None:
        place.mkdir()
        sampler = {"walkers": 16, "ensembles": 4, "seed": 3, "stop": {"ess": 1500}}
        card = Card.from_dict({**VLL, "sampler": sampler}, root / "analysis")
        raw = {**card.resolved(), "output": "run"}
        (place / "card.yaml").write_text(json.dumps(raw))
        execute(Card.load(place / "card.yaml"), workers=1)

    return shared_folder(tmp_path_factory, "after", make)


@pytest.mark.parametrize("verb", list(COMMANDS))
def test_every_help_has_examples_that_are_valid(verb: str, cli: Cli) -> None:
    code, out, _ = cli(f"{verb} --help")
    assert code == 0
    shown = " ".join(re.sub(r"[│╭╮╰╯─]", " ", out).split())
    assert EXAMPLES[verb]
    for example in EXAMPLES[verb]:
        assert example in shown
        program, name, *arguments = shlex.split(example)
        assert (program, name) == ("g2fit", verb)
        COMMANDS[verb].make_context(name, arguments)  # an unknown option or a missing argument is an error here
    assert set(EXAMPLES) == set(COMMANDS)


def test_version(cli: Cli) -> None:
    assert cli("--version") == (0, f"g2fit {__version__}\n", "")


def test_options_are_listed_with_their_meaning() -> None:
    for name in model_names():
        kind = type(get_model(name).options)
        assert all(len(meanings(kind).get(option, "")) > 10 for option in kind.model_fields), name
    (row,) = [row for row in listing("models", "vll") if row["name"] == "gf_shift"]
    assert row["what"].startswith("bool: Include the shift of the Fermi constant")


def test_keys_of_a_card_are_set_and_a_longer_result_is_kept(cli: Cli, folder: Path) -> None:
    assert cli("run card.yaml --workers 1 --quiet")[0] == 0
    first = Result(folder / "run").verdict
    code, out, _ = cli("run card.yaml --workers 1 --quiet --ess 10000 --set sampler.max_steps=5000")
    assert (code, "of 10000" in out) == (0, True)
    longer, content = Result(folder / "run").verdict, (folder / "run/result.nc").stat().st_size
    assert longer.steps > first.steps
    assert longer.ess >= 10000
    code, out, _ = cli("run card.yaml --workers 1 --quiet")
    assert code == 0
    assert f"after {longer.steps} steps" in out
    assert Result(folder / "run").verdict == longer
    assert (folder / "run/result.nc").stat().st_size == content
    code, _, err = cli("run card.yaml --set sampler.stop.es=3")
    assert (code, "unknown key 'sampler.stop.es'; did you mean 'ess'" in err) == (2, True)
    code, _, err = cli("run card.yaml --set data.vintage=paper_2019")
    assert (code, "belongs to another card" in err) == (2, True)


@pytest.mark.parametrize("key", ["sampler..ess", ".seed", "output.more"])
def test_bad_keys(key: str) -> None:
    with pytest.raises(CardError, match="--set"):
        with_keys({"output": "run"}, {key: 1})


def test_summary_and_point_state_chi_squared(cli: Cli) -> None:
    report = json.loads(cli("summary run --json")[1])
    good = report["goodness"]
    assert good["chi2"] == pytest.approx(sum(report["best_fit"]["chi2"].values()))
    assert (good["data"], good["degrees_of_freedom"]) == (4, 1)
    assert good["text"] in " ".join(cli("summary run")[1].split())
    point = "point vll m_L=900 m_S=400 Y_L=0.05 Y_R=0.3 Y_V=0.9 Y_Vp=0.9 --data paper_2021"
    (solution,) = json.loads(cli(f"{point} --json")[1])["solutions"]
    assert solution["goodness"]["degrees_of_freedom"] == 4
    assert solution["chi2"]["delta_a_mu"] == pytest.approx(solution["pulls"]["delta_a_mu"] ** 2)
    assert solution["goodness"]["text"] in cli(point)[1]


def test_post_then_every_later_verb(cli: Cli, folder: Path) -> None:
    code, out, err = cli("post run --drop R_tau --out new --quiet")
    assert (code, err) == (0, "")
    assert "new: draws of run, weighted anew" in out
    report = json.loads(cli("post run --drop R_tau --out other --json")[1])
    assert report["changed"]["data.exclude"] == [[], ["R_tau"]]
    assert cli("status new")[1].splitlines()[1].split()[:2] == ["new", "re-weighted"]
    assert "draws of run, weighted anew" in cli("summary new")[1]
    for line in ("plot new --format png", "export new --format getdist", "export new --format csv", "cite new",
                 "evidence new --method prior", "plot new --x m_L --y Y_R --format png", "check new",
                 "compare new"):  # fmt: skip
        assert cli(line)[0] == 0, line
    assert cli("report new")[0] == 0
    assert "The draws are those of the run <code>run</code>" in (folder / "new/report.html").read_text()
    code, _, err = cli("post run --drop R_tau --out third --ess 1e7")
    assert (code, "What gives a result: g2fit run third/fit.yaml or the same command with --move" in err) == (1, True)
    code, _, err = cli("post run --out third")
    assert (code, "nothing to change" in err) == (2, True)


def test_best_fit(cli: Cli) -> None:
    code, out, _ = cli("bestfit run --parameter Y_R --nodes 12")
    assert code == 0
    assert "3 of 3 independent searches ended at this maximum" in out
    report = json.loads(cli("bestfit card.yaml --no-profile --json")[1])
    stored = Result("run").stored_best_fits()
    assert stored is not None
    assert report["best_fit"]["log_likelihood"] == pytest.approx(stored[0].log_likelihood, abs=1e-3)
    assert report["intervals"] == {}


def test_post_with_moving_refuses_options_of_weighted_draws(cli: Cli, folder: Path) -> None:
    for option in ("--ess 50", "--json"):
        code, out, err = cli(f"post run --drop R_tau --out moved --move {option}")
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert err.startswith(f"g2fit: {option.split()[0]}: is for weighted draws; after --move, `g2fit ")
        assert not (folder / "moved").exists()


def test_list_of_one_likelihood_or_prior(cli: Cli) -> None:
    for line, name in (("list likelihoods block", "block"), ("list priors loguniform", "loguniform")):
        code, out, _ = cli(f"{line} --json")
        assert (code, [row["name"] for row in json.loads(out)]) == (0, [name])
    code, out, err = cli("list priors lognormal2")
    assert (code, out) == (2, "")
    assert err.startswith("g2fit: priors: there is no 'lognormal2'; ")


def test_solutions_have_their_own_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """A solution that is allowed nowhere is missing, and those after it keep their numbers."""
    fit: dict[str, Any] = {"parameters": {"m": 1.0}, "log_likelihood": 2.0, "data": {}, "pulls": {}, "chi2": {}}
    solutions = [{**fit, "solution": number} for number in (0, 2)]
    report = {"model": "own", "vintage": "none", "best_fit": fit, "intervals": {}, "goodness": {"text": "good"},
              "solutions": solutions, "searches": 3, "agreeing": 3}  # fmt: skip
    show_best_fit(report, False)
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line.startswith("solution")] == [
        "solution 1: ln L = 2.0000 at m = 1",
        "solution 3: ln L = 2.0000 at m = 1",
    ]


def test_archive_and_restore(cli: Cli, folder: Path) -> None:
    (folder / "run/figures").mkdir(exist_ok=True)
    (folder / "run/figures/one.png").write_bytes(b"1")
    code, out, _ = cli("archive run -o kept.zip")
    digest = out.split()[-1]
    assert code == 0
    code, out, _ = cli(f"restore kept.zip --out back --sha256 {digest}")
    assert code == 0
    assert "their checksums agree" in out
    assert "largest difference 0.0e+00" in out
    code, _, err = cli("restore kept.zip --out back")
    assert (code, "exists already" in err) == (2, True)


def test_status_is_watched_until_all_runs_have_ended() -> None:
    states = iter(["running", "running", "running", "converged"])
    steps = iter([10, 20, 20, 30])
    waits: list[float] = []
    seen = list(watched(lambda: {"a": {"state": next(states), "steps": next(steps)}}, waits.append))
    assert [state["a"]["steps"] for state in seen] == [10, 20, 30]  # only what has changed
    assert len(waits) == 3
    assert len(list(watched(lambda: {"a": {"state": "running"}}, waits.append, silence=0.0))) == 1  # it was killed


def test_status_says_which_runs_show_no_sign_of_life(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is not there may be on another machine: its run is silent only if it writes nothing."""
    made, path = folder / "begun", folder / "begun/status.json"
    made.mkdir()
    content = json.loads((folder / "run/status.json").read_text()) | {"state": "running", "message": "best fits"}
    gone = subprocess.Popen(["true"])
    gone.wait()
    for process, age, silent in ((gone.pid, 0, False), (gone.pid, 30, True), (os.getpid(), 30, False),
                                 (os.getpid(), 90, True), ("?", 90, True)):  # fmt: skip
        then = datetime.now(UTC) - timedelta(seconds=age)
        path.write_text(json.dumps(content | {"pid": process, "updated": then.isoformat(timespec="seconds")}))
        os.utime(path, times=(then.timestamp(), then.timestamp()))
        report = json.loads(cli("status begun --json")[1])["begun"]
        message = f"no sign of life since {then.isoformat(timespec='seconds')} (best fits)" if silent else "best fits"
        assert (report["state"], report["message"]) == ("running", message)
        assert ("warning: begun: no sign of life" in " ".join(cli("status begun")[1].split())) == silent
    monkeypatch.setattr("g2fit.cli.watch.INTERVAL", 0.0)
    assert cli("status begun --watch")[0] == 0  # ends at once
    os.utime(path)  # the clock of the other machine is late
    assert json.loads(cli("status begun --json")[1])["begun"]["message"] == "best fits"


def test_status_of_a_finished_run_is_shown_once(cli: Cli) -> None:
    code, out, _ = cli("status run --watch")
    assert (code, out.count("converged")) == (0, 1)
