"""The verbs that follow a run, through the command line: what they write, and what they say of bad input."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from g2fit.card import Card
from g2fit.cli.options import EXPORT_FORMATS, FIGURE_KINDS
from g2fit.output.export import FORMATS
from g2fit.output.plots import KINDS
from g2fit.output.report.page import piece
from g2fit.output.report.reported_run import ReportedRun
from tests.cli.conftest import Cli
from tests.support.cards import VLL, prior, short_run


@pytest.fixture(scope="module")
def folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of a few steps, `a` and `b`, and a line over their plane."""
    place = tmp_path_factory.mktemp("verbs")
    for name, seed in (("a", 3), ("b", 4)):
        short_run(VLL, root, place / name, seed=seed)
    (place / "LHC_limit.csv").write_text("# a limit\nm_L, Y_R\n800, 0.01\n800, 3.5\n")
    return place


def test_scan_then_plot(cli: Cli, folder: Path) -> None:
    code, out, _ = cli("scan a --x m_L --y Y_R --nx 4 --ny 4 --workers 1 --x-limits 700 5000 --json")
    found = json.loads(out)
    assert (code, found["file"]) == (0, "a/scan-m_L-Y_R.nc")
    scan = xr.load_dataset(folder / found["file"], engine="h5netcdf")
    assert scan["m_L"].values == pytest.approx([700.0, 1348.0, 2596.4, 5000.0], rel=1e-3)
    assert found["max_log_likelihood"] == float(scan["log_likelihood"].max())
    code, out, _ = cli("scan a --x m_L --nx 6")
    assert out.startswith("a/profile-m_L.nc\nlargest ln L ")
    assert cli("scan a --x m_L --nx 6")[:2] == (code, out) == (0, out)  # read, the second time

    limit = "--curve LHC_limit.csv:left --curve 'reach=LHC_limit.csv'"
    contours = "--contour dm_mu_over_m_mu=-2 --best-contour t_R=1e-3,1e-2"
    code, out, err = cli(f"plot a b --x m_L --y Y_R {limit} {contours} --label one --label two --out figures --json")
    assert (code, err) == (0, "")
    assert json.loads(out) == ["figures/plane-m_L-Y_R.png", "figures/plane-m_L-Y_R.pdf"]
    assert cli("plot a b --x m_L --format png")[:2] == (0, "a/figures/profile-m_L.png\n")
    assert cli("plot a --kind prior --format png")[:2] == (0, "a/figures/prior.png\n")
    for file in ("figures/plane-m_L-Y_R.png", "figures/plane-m_L-Y_R.pdf", "a/figures/profile-m_L.png"):
        assert (folder / file).stat().st_size > 5000


def test_report(cli: Cli, folder: Path) -> None:
    assert cli("report b --json")[:2] == (0, '[\n "b/report.html"\n]\n')
    assert (folder / "b/report.html").read_text().startswith("<!DOCTYPE html>")


def test_best_fit_of_every_solution(cli: Cli, folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("g2fit.inference.profile.best_fit.GLOBAL", 80)
    mu = {"prior": {"dist": "loguniform", "min": -9.5e5, "max": -5e5}}
    masses = {"M1": 1400, "M2": 600, "tan_beta": 76, "mL_e": 900, "mR_e": 1500, "mR_mu": 9500}
    raw = {
        "model": {"name": "mssm", "delta": "bino", "amu": "bino", "branch": "all", "vacuum": "off"},
        "data": {"vintage": "paper_2019"},
        "parameters": {**masses, "mu": mu, "mL_mu": prior(8e3, 1e4)},
    }
    short_run(raw, root, folder / "c")
    code, out, _ = cli("summary c --json")
    found = json.loads(out)
    assert code == 0
    best = [branch["log_likelihood"] for branch in found["branches"]]
    assert len(best) >= 2
    assert max(best) == pytest.approx(found["best_fit"]["log_likelihood"], abs=1e-3)
    assert len({branch["predictions"]["y_mu"] for branch in found["branches"]}) == len(best)
    monkeypatch.setattr("g2fit.output.summary.summarise", lambda result, levels: found)
    monkeypatch.setattr("g2fit.output.report.reported_run.summarise", lambda result, levels: found)
    printed = cli("summary c")[1]
    assert "best fit of each solution" in printed
    shown = str(piece("run.html.j2", "fit", ReportedRun(folder / "c", 1, "c")))
    assert "Best fit of each solution" in shown
    for value in best:
        assert f"{value:.4f}" in printed
        assert f"{value:.4f}" in shown
    found["branches"][-1]["solution"] = 6  # those before it are allowed nowhere
    assert re.search(rf"(?m)^7 .* {best[-1]:.4f}$", cli("summary c")[1])
    shown = str(piece("run.html.j2", "fit", ReportedRun(folder / "c", 1, "c")))
    assert re.search(rf">7</t[hd]>(?:(?!<tr).)*{best[-1]:.4f}".replace("-", "[-\u2212]"), shown, re.S)


def test_status_leaves_out_what_is_no_run(cli: Cli, folder: Path) -> None:
    (folder / "comparison").mkdir(exist_ok=True)
    code, out, err = cli("status a comparison LHC_limit.csv b --json")
    assert (code, list(json.loads(out))) == (0, ["a", "b"])
    notes = [
        f"g2fit: note: {name}: is no run (it has no status.json), left out" for name in ("comparison", "LHC_limit.csv")
    ]
    assert err.splitlines() == notes
    for line in ("status comparison", "status comparison LHC_limit.csv"):
        code, out, err = cli(line)
        assert (code, out) == (2, "")
        assert err == "g2fit: comparison: has no status.json; is it a run folder?\n"


def test_cite(cli: Cli) -> None:
    code, out, _ = cli("cite a b")
    assert code == 0
    assert out == cli("cite a")[1]  # the same model and data
    assert "2106.01373" in out


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "slha"])
def test_export(cli: Cli, folder: Path, name: str) -> None:
    code, out, _ = cli(f"export a b --format {name} --quantity m_L --quantity delta_a_mu --json")
    assert code == 0
    files = json.loads(out)
    assert {Path(file).parent for file in files} == {Path("a/export"), Path("b/export")}
    assert all((folder / file).stat().st_size for file in files)


def test_init(cli: Cli, folder: Path) -> None:
    code, out, _ = cli("init studies/mine --json")
    files = json.loads(out)
    assert code == 0
    assert "studies/mine/analysis/own.yaml" in files
    assert all((folder / file).stat().st_size for file in files)
    for card in (file for file in files if Path(file).parent.name == "analysis"):
        Card.load(folder / card)
    readme = (folder / "studies/mine/README.md").read_text()
    assert all(Path(file).name in readme for file in files if file.endswith(".yaml"))
    code, out, err = cli("init studies/mine")
    assert (code, out) == (2, "")
    assert "not empty" in err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("report absent", ["absent", "no result"]),
        ("report a a", ["a: is named twice"]),
        ("report a --comparison absent.json", ["absent.json", "cannot be read"]),
        ("export a --format cvs", ["'cvs'", "did you mean 'csv'"]),
        ("export a b --format csv -o x.csv", ["x.csv", "2 runs"]),
        ("export a --format csv --quantity m_X", ["m_X", "m_L"]),
        ("export a --format csv --draws 3", ["'csv'", "'draws'", "names"]),
        ("export a --format slha", ["vll", "tan_beta"]),
        ("init LHC_limit.csv", ["LHC_limit.csv", "is a file"]),
        ("init /dev/null/study", ["/dev/null/study", "cannot be written"]),
        ("scan a --x m_L --ny 9", ["--ny", "without y"]),
        ("bestfit a --no-profile --parameter nope", ["--parameter: is for profiles"]),
        ("bestfit a --no-profile --nodes -3", ["--nodes: is for profiles"]),
        ("point mssm --scale 1000", ["--scale: 1000 GeV", "--slha"]),
        ("bestfit a --seed -1", ["seed = -1"]),
        ("evidence a --seed -1", ["seed = -1"]),
        ("simulate a -o new.yaml --seed -1", ["seed = -1"]),
        ("sweep a --points 4 -o points --seed -1", ["seed = -1"]),
        ("scan a --x m_X", ["m_X", "did you mean 'm_L'"]),
        ("scan a --x m_L --y-limits 1 2", ["1 to 2", "without y"]),
        ("scan a --x m_L --x-limits 1 200", ["m_L", "support"]),
        ("plot a --y m_L", ["--y: is for a plane", "--x and --y"]),
        ("plot a --curve LHC_limit.csv", ["--curve: is for a plane", "--x and --y"]),
        ("plot a --best-contour t_L=1", ["--best-contour: is for a plane", "--x and --y"]),
        ("plot a --out figures", ["--out: is for one figure of all runs; name its quantity, --x\n"]),
        ("plot a --label one", ["--label: is for one figure of all runs; name its quantity, --x\n"]),
        ("plot a --x-limits 1 2", ["--x-limits: is for one figure of all runs; name its quantity, --x\n"]),
        ("plot a --y-limits 1 2", ["--y-limits: is for a plane", "--x and --y"]),
        ("plot a --x m_L --levels 0.9 0.95", ["levels 0.9 0.95", "--y"]),
        ("plot a --kind corner --x m_L", ["corner", "each run"]),
        ("plot a --x m_X", ["a: has no quantity 'm_X'", "did you mean 'm_L'"]),
        ("plot a --x m_L --y m_L", ["'m_L' twice"]),
        ("plot a --x m_L --curve LHC_limit.csv", ["LHC_limit.csv", "second quantity"]),
        ("plot a --x m_L --y Y_V --curve LHC_limit.csv", ["LHC_limit.csv", "'Y_V'", "m_L, Y_R"]),
        ("plot a --x m_L --y Y_R --curve absent.csv", ["absent.csv", "cannot be read"]),
        ("plot a --x m_L --y Y_R --curve LHC_limit.csv:beneath", ["beneath", "below"]),
        ("plot a --x m_L --y Y_R --contour delta_a_mu", ["'delta_a_mu'", "QUANTITY=VALUE"]),
        ("plot a --x m_L --y Y_R --contour delta_a_mu=big", ["big", "numbers"]),
        ("plot a --x m_L --y Y_R --contour delta_a_mu=3", ["delta_a_mu = 3", "nowhere"]),
        ("plot a --x m_L --y Y_R --contour m_L=1000", ["'m_L=1000'", "is an axis of the plane"]),
        ("plot a --x m_L --y Y_R --best-contour Y_R=1", ["'Y_R=1'", "is an axis of the plane"]),
        ("plot a --x m_L --y Y_V --best-contour t_L=1", ["scan-m_L-Y_V.nc", "g2fit scan a --x m_L --y Y_V"]),
        ("plot a --x m_L --label one --label two", ["1 runs", "2"]),
        ("plot a --x m_L --format jpg", ["'jpg'", "png"]),
        ("plot a --x m_L --out /dev/null/x", ["/dev/null/x", "cannot be written"]),
    ],
)
def test_bad_input(cli: Cli, line: str, words: list[str]) -> None:
    code, out, err = cli(line)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    for word in words:
        assert word in err


@pytest.mark.parametrize("text", ["m_L,Y_R\n1,2\n", "m_L,Y_R\n1,2\n3,x\n", "m_L,Y_R\n1,2\n3,4,5,6\n", "", "\x00\xff"])
def test_bad_curves(cli: Cli, folder: Path, text: str) -> None:
    (folder / "bad.csv").write_bytes(text.encode("latin-1"))
    code, _, err = cli("plot a --x m_L --y Y_R --curve bad.csv")
    assert code == 2
    assert err.startswith("g2fit: bad.csv: ")
    assert len(err.splitlines()) == 1


def test_empty_cells_of_curves_are_named_in_words(cli: Cli, folder: Path) -> None:
    (folder / "gap.csv").write_text("m_L,Y_R\n1,2\n,3\n4,inf\n")
    error = cli("plot a --x m_L --y Y_R --curve gap.csv")[2]
    assert error == "g2fit: gap.csv: row 2 of 'm_L' is empty\n"
    (folder / "gap.csv").write_text("m_L,Y_R\n1,2\n4,inf\n")
    error = cli("plot a --x m_L --y Y_R --curve gap.csv")[2]
    assert error == "g2fit: gap.csv: row 2 of 'Y_R' is not a number: 'inf'\n"


def test_completion_knows_verbs_kinds_and_formats() -> None:
    assert set(FIGURE_KINDS) == set(KINDS)
    assert set(EXPORT_FORMATS) == set(FORMATS)
    script = Path(sys.executable).with_name("g2fit")
    for words, expected in (
        ("g2fit re", {"report"}),
        ("g2fit export a --format ", set(FORMATS)),
        ("g2fit plot a --kind pr", {"prior", "predictive"}),
    ):
        asked = {"_G2FIT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run([script], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
        assert {line.partition(",")[-1] or line for line in done.stdout.split()} >= expected, done


@pytest.mark.parametrize(
    ("line", "slow"),
    [
        ("--help", {"numpy", "pandas", "scipy", "numba", "emcee", "h5py", "arviz_base", "xarray", "matplotlib"}),
        ("status going", {"numpy", "pandas", "scipy", "numba", "emcee", "h5py", "arviz_base", "xarray", "matplotlib"}),
        ("list models", {"pandas", "scipy", "numba", "emcee", "h5py", "arviz_base", "xarray", "matplotlib"}),
    ],
)
def test_quick_verbs_import_little(folder: Path, line: str, slow: set[str]) -> None:
    """What takes tenths of a second to import stays away from verbs that are asked in between."""
    if "going" in line and not (folder / "going").exists():
        shutil.copytree(folder / "a", folder / "going")
        status = json.loads((folder / "going/status.json").read_text())
        (folder / "going/status.json").write_text(json.dumps(status | {"state": "running"}))
    program = "import sys, g2fit.cli.main as cli\ntry: cli.main()\nfinally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program, *line.split()], cwd=folder, capture_output=True, text=True, check=True
    )
    assert not slow & set(done.stderr.split())


def test_point_lists_the_limits(cli: Cli) -> None:
    """Point II of Table 1 of 1906.08768: only a bound on every slepton excludes it, since its smuon is the lightest."""
    point = "point mssm M1=1500 M2=600 mu=-5e5 tan_beta=70 mL_e=6e3 mR_e=6e3 mL_mu=700 mR_mu=700 --limits"
    code, out, err = cli(f"{point} -O delta=full -O amu=full --data latest_2026_11_planes,delta_a_e=cs --json")
    assert (code, err) == (0, "")
    (solution,) = json.loads(out)["solutions"]
    assert solution["lightest"].startswith("smuon, 570.07 GeV, before the neutralino, 600 GeV")
    assert len(solution["limits"]) == 17
    assert {row["status"] for row in solution["limits"]} == {"does not hold"}
    row = next(row for row in solution["limits"] if row["limit"] == "smuon_LR_cms36")
    assert row["coordinates"] == {"m_N1": pytest.approx(600.0), "m_smu_1": pytest.approx(570.07, abs=0.01),
                                  "m_smu_2": pytest.approx(811.92, abs=0.01)}  # fmt: skip
    assert row["source"] == "arXiv:1806.05264"
    code, out, err = cli(point)
    assert (code, err) == (0, "")
    assert re.search(r"slepton_cms2024\s+excluded\s+(margin )?-129\.9 GeV", out)
    assert "why a limit does not hold" in out


def test_limits_that_bound_nothing_are_named_at_every_step(cli: Cli, folder: Path) -> None:
    card = {
        "model": {"name": "vll", "representations": "N"},
        "data": {"vintage": "latest_2026_11", "exclude": "delta_a_e"},
        "parameters": {"M_N": prior(100, 1e4), "lambda_N": prior(0.01, 1.0)},
        "sampler": {"walkers": 16, "stop": {"ess": 100, "rhat": 1.2}, "max_steps": 2000},
        "output": "singlet",
    }
    (folder / "singlet.yaml").write_text(json.dumps(card))
    note = "limits that bound nothing in this model: vll_mu_doublet_atlas2024 (m_L_mu), vll_e_doublet_atlas2024 (m_L_e)"
    for line in ("check singlet.yaml", "run singlet.yaml --workers 1 --quiet", "summary singlet"):
        code, out, _ = cli(line)
        assert code == 0
        assert note in " ".join(out.split())
    assert len(json.loads(cli("check singlet.yaml --json")[1])["not_applicable"]) == 4
