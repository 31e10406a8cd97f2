"""Tables fit the terminal: at any width every number is whole, and what is left out is named."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from g2fit.cli.display import show_comparison
from g2fit.cli.main import main
from g2fit.cli.tables import Table, fold
from tests.support.cards import VLL, short_run

WIDTHS = (40, 60, 80, 120)

#: Every verb that prints a table.
LINES = (
    "summary run",
    "status run",
    "check run",
    "evidence run --method prior",
    "point vll m_L=900 m_S=400 Y_L=0.1 Y_R=0.2 Y_V=1 Y_Vp=0 --data latest_2026_11,delta_a_e=rb --limits",
    "point mssm M1=1500 M2=600 mu=-5e5 tan_beta=70 mL_e=6045 mR_e=6045 mL_mu=700 mR_mu=700 --data paper_2019",
    "simulate run/card.yaml -o simulated.yaml --force",
    "list models",
    "list models vll",
    "list data",
    "list data latest_2026_11",
    "list likelihoods",
    "list priors",
)

COMPARISON: dict[str, Any] = {
    "data": {"vintage": "paper_2021"},
    "models": {
        name: {
            "log_z": 25.547123 + 1e-9, "error": 0.0018594, "aic": -1057.039, "bic": -1060.722,
            "information_gain": 5.1257, "effective_dimension": 10.882,
            "chi2": {"delta_a_mu": 0.00128, "R_tau": 1.93, "electroweak": 1.02, "total": 2.96},
        }
        for name in ("sm", "vll-2021")
    },
    "bayes_factors": [
        {"model": "vll-2021", "against": "sm", "log_b": 12.339, "error": 0.002, "range": [-12.345, 13.456],
         "verbal": "very strong, for"}
    ],
    "prior_sensitivity": {
        "vll-2021": [
            {"priors": name, "log_z": 26.89, "error": 0.0018, "method": "re-weighted", "ess": 12345.6}
            for name in ("card", "vll-uniform")
        ]
    },
    "varied_priors": {"vll-2021": "priors of vll-2021: card (its own), vll-uniform"},
    "pieces": {
        "vll-2021": [
            {"piece": "delta_a_mu", "latex": "", "log_z_alone": 17.33, "log_z_others": 12.91, "log_predictive": 13.97,
             "log_predictive_error": 0.00272, "held_out_p": 2.098e-05, "log_r": -1.776e-15, "log_r_error": 0.00346,
             "sigma": None},
        ] * 2
    },
    "warnings": ["the estimators differ by 0.1234 ± 0.0567"],
}  # fmt: skip


@pytest.fixture(scope="module")
def place(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    short_run(VLL, root, folder / "run")
    return folder


def printed(line: str) -> str:
    """What a command prints."""
    out, before = io.StringIO(), sys.argv
    sys.argv = ["g2fit", *shlex.split(line)]
    try:
        with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as leaving:
            main()
    finally:
        sys.argv = before
    assert (leaving.value.code or 0) == 0, out.getvalue()
    return out.getvalue()


def require_whole(at_width: Callable[[int | None], str]) -> None:
    """Compare the words at each width with those where there is no limit to it."""
    numbers = re.compile(r"[-+]?\d[\d.]*(?:e[-+]\d+)?%?")
    complete = at_width(None)
    for width in WIDTHS:
        text = at_width(width)
        for line in text.splitlines():
            assert len(line) <= width or len(fold(line.strip(), 1)) <= 3, line
            assert not re.search(r"\S…|…\S", line), "something is cut"
        found, expected = set(numbers.findall(text)), set(numbers.findall(complete))
        assert found <= expected, "a number is shown in part"
        if "not shown at this width" not in " ".join(text.split()):
            assert found == expected, "a number is missing without a word"


@pytest.mark.parametrize("line", LINES)
def test_numbers_are_whole(place: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(place)

    def at_width(width: int | None) -> str:
        monkeypatch.setenv("COLUMNS", str(width)) if width else monkeypatch.delenv("COLUMNS", raising=False)
        # rates and seconds are measured anew each time
        return re.sub(r".*(per second|seconds|prior  |bridge  ).*", "", re.sub(r"seconds +\S+", "", printed(line)))

    require_whole(at_width)


def test_numbers_of_a_comparison_are_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def at_width(width: int | None) -> str:
        monkeypatch.setenv("COLUMNS", str(width)) if width else monkeypatch.delenv("COLUMNS", raising=False)
        show_comparison(COMPARISON, False)
        return capsys.readouterr().out

    require_whole(at_width)


def test_wide_keeps_all_columns(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("COLUMNS", "80")
    assert "not shown at this width (--wide shows all): mcse_mean" in printed("summary run").replace("\n", " ")
    wide = printed("summary run --wide")
    heading = next(line for line in wide.splitlines() if line.startswith("quantity"))
    assert heading.split()[-1] == "mcse_mean"
    names = json.loads(printed("summary run --json"))["quantities"]
    (row,) = [line for line in wide.splitlines() if line.startswith("delta_a_mu ") and "…" in line]
    assert float(row.split()[-1]) == pytest.approx(names["delta_a_mu"]["mcse_mean"], rel=1e-3)


@pytest.mark.parametrize("columns", ["0", "-3", "", "many"])
def test_widths_that_are_none_are_unknown(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    expected = printed("list models")
    monkeypatch.setenv("COLUMNS", columns)
    assert printed("list models") == expected


def test_best_fit_is_one_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("COLUMNS", "40")
    fit = json.loads(printed("summary run --json"))["best_fit"]["log_likelihood"]
    assert f"best fit, ln L = {fit:.4f}" in printed("summary run").splitlines()


def test_paths_are_plain(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card in a folder with its output beside that folder prints a path without ``..``."""
    for name in ("cards", "priors"):
        (tmp_path / name).mkdir()
    (tmp_path / "priors/p.yaml").write_text((root / "priors/vll-log.yaml").read_text())
    (tmp_path / "cards/a.yaml").write_text(
        "model: {name: vll}\ndata: {vintage: paper_2021}\npriors: ../priors/p.yaml\noutput: ../chains/a\n"
    )
    monkeypatch.chdir(tmp_path)
    assert "output chains/a" in printed("check cards/a.yaml")
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    (tmp_path / "linked").symlink_to(tmp_path / "elsewhere/deep")
    (tmp_path / "elsewhere/deep/a.yaml").write_text((tmp_path / "cards/a.yaml").read_text())
    (tmp_path / "elsewhere/priors").symlink_to(tmp_path / "priors")
    assert "output linked/../chains/a" in printed("check linked/a.yaml"), "chains/a would be another folder"


cells = st.one_of(
    st.floats(), st.none(), st.integers(), st.tuples(st.floats(), st.floats()), st.text("ab c", max_size=60)
)


@given(
    st.lists(st.tuples(st.text("xyz", min_size=1, max_size=9), cells, cells, cells), max_size=6), st.integers(1, 100)
)
@example([("x", None, (1.7976931348623157e308, -9.9792015476736e291), None)], 99)  # the width is no number
def test_any_table_keeps_its_words(rows: list[tuple[Any, ...]], width: int) -> None:
    table = Table({"name": "", "one": ".4g", "two": ".8g", "three": ""}, rows)
    narrow, wide = table.lines(width), table.lines(10_000, whole=True)
    headings = {"name", "one", "two", "three"}
    words = set(" ".join(wide).split()) - headings
    assert set(" ".join(narrow).split()) - headings == words
    assert all(cell_len(line) <= 10_000 for line in wide)
