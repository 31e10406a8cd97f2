"""Bad input: one clear message that names file, key, value and what is allowed; exit code 2; nothing half-written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from g2fit.cli.listing import listing
from g2fit.cli.main import main
from g2fit.core.errors import StoreError
from g2fit.core.files import write_text

GOOD = """\
model: {name: vll, formula: leading_order}
data: {vintage: paper_2021}
parameters:
  m_L: {prior: {dist: loguniform, min: 100, max: 1e4}}
  m_S: {prior: {dist: loguniform, min: 100, max: 1e4}}
  Y_L: {prior: {dist: loguniform, min: 0.01, max: 3.5}}
  Y_R: {prior: {dist: loguniform, min: 0.01, max: 3.5}}
  Y_V: 1.0
  Y_Vp: 0
cuts:
  Y_L_Y_R: {min: -1, max: 1, role: prior}
sampler: {walkers: 64, seed: 1}
output: out
"""


def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[int, str]:
    """Exit code and error text of the command line."""
    monkeypatch.setattr(sys, "argv", ["g2fit", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0), capsys.readouterr().err


CASES: dict[str, tuple[str, str, list[str]]] = {
    "misspelt key": ("walkers: 64", "wlakers: 64", ["'sampler.wlakers'", "did you mean 'walkers'", ":12"]),
    "misspelt section": ("output: out", "outptu: out", ["outptu", "did you mean 'output'"]),
    "key in angle brackets": ("output: out", "output: out\n<b>: 1", ["unknown key '<b>'", "allowed: cuts, data"]),
    "duplicate key": ("output: out", "output: out\noutput: other", ["duplicate key", "output", ":14"]),
    "wrong type": ("walkers: 64", "walkers: many", ["sampler.walkers", "'many'", "integer"]),
    "too few walkers": ("walkers: 64", "walkers: 6", ["sampler.walkers = 6", "at least 10"]),
    "too few ensembles": ("seed: 1", "ensembles: 2", ["sampler.ensembles = 2", "4"]),
    "unknown model": ("name: vll", "name: vlll", ["'vlll'", "did you mean 'vll'"]),
    "unknown vintage": ("paper_2021", "paper_2012", ["paper_2012", "paper_2021"]),
    "unknown parameter": ("  Y_V: 1.0", "  Y_V: 1.0\n  Y_W: 1.0", ["Y_W", "m_L", "Y_Vp"]),
    "unknown option": ("formula: leading_order", "formul: leading_order", ["formul", "did you mean 'formula'"]),
    "unknown option value": ("formula: leading_order", "formula: sed", ["formula", "sed", "exact"]),
    "starting point": ("  Y_V: 1.0", "  Y_V: {value: 1.0, ref: {dist: norm}}", ["parameters.Y_V.ref", "weighted"]),
    "improper prior": ("m_L: {prior: {dist: loguniform, min: 100", "m_L: {prior: {dist: loguniform, min: 0", ["m_L"]),
    "infinite prior": ("max: 1e4}}\n  m_S", "max: .inf}}\n  m_S", ["m_L", "finite", "inf"]),
    "inverted prior": ("min: 100, max: 1e4}}\n  m_S", "min: 1e5, max: 1e4}}\n  m_S", ["m_L", "inverted", "100000"]),
    "no prior": ("  m_S: {prior: {dist: loguniform, min: 100, max: 1e4}}\n", "", ["parameters.m_S", "no prior"]),
    "two delta_a_e": (
        "vintage: paper_2021",
        "vintage: latest_2026_11, delta_a_e: [dae_2024_cs, dae_2024_rb]",
        ["delta_a_e", "dae_2024_cs"],
    ),
    "cut without role": ("max: 1, role: prior", "max: 1", ["cuts.Y_L_Y_R.role", "missing"]),
    "cut on nothing": ("Y_L_Y_R: {min", "Y_L_Y_X: {min", ["Y_L_Y_X", "Y_L_Y_R"]),
    "not a mapping": (GOOD, "- a\n- b\n", ["mapping"]),
    "not YAML": (GOOD, "model: {name: vll\n", ["card.yaml"]),
    "nothing allowed": ("m_L: {prior: {dist: loguniform, min: 100, max: 1e4}}",
                        "m_L: {prior: {dist: loguniform, min: 100, max: 200}}", ["m_L", "100"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_bad_cards(
    case: str, verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, words = CASES[case]
    assert old in GOOD
    card = tmp_path / "card.yaml"
    card.write_text(GOOD.replace(old, new, 1))
    code, errors = call(capsys, monkeypatch, verb, card)
    assert code == 2
    assert len(errors.strip().splitlines()) == 1, errors
    for word in words:
        assert word in errors
    assert "card.yaml" in errors
    assert [p.name for p in tmp_path.iterdir()] == ["card.yaml"]


def test_the_good_card_is_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tmp_path / "card.yaml"
    card.write_text(GOOD)
    assert call(capsys, monkeypatch, "check", card) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "absent.yaml"], ["absent.yaml", "cannot be read"]),
        (["summary", "absent"], ["absent", "no result"]),
        (["status", "absent"], ["absent", "status.json"]),
        (["plot", "absent"], ["absent", "no result"]),
        (["point", "vlll"], ["vlll", "did you mean 'vll'"]),
        (["point", "vll", "m_L=1"], ["missing parameter", "m_S"]),
        (["point", "vll", "m_X=1"], ["m_X", "no parameter"]),
        (["point", "vll", "m_L"], ["m_L", "name=value"]),
        (["point", "vll", "m_L=abc"], ["m_L", "abc", "number"]),
        (["point", "vll", "m_L=1", "m_L=2"], ["m_L", "twice"]),
        (["point", "mssm", "-O", "delta=exact"], ["delta", "exact", "bino"]),
        (["predict", "vll", "--points", "absent.csv", "-o", "x.csv"], ["absent.csv", "cannot be read"]),
        (["predict", "vll", "--points", "absent.txt", "-o", "x.csv"], ["absent.txt", ".csv"]),
        (["list", "modles"], ["modles", "did you mean 'models'"]),
    ],
)
def test_bad_arguments(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, errors = call(capsys, monkeypatch, *arguments)
    assert code == 2
    assert len(errors.strip().splitlines()) == 1, errors
    for word in words:
        assert word in errors


@pytest.mark.parametrize(
    ("head", "cell", "said"),
    [
        ("m_L,m_S,Y_L,Y_R,Y_V,Y_Vp", "", "row 2 of 'Y_Vp' is empty"),
        ("m_L,m_S,Y_L,Y_R,Y_V,Y_Vp", "many", "row 2 of 'Y_Vp' is not a number: 'many'"),
        ("m_L,m_S,Y_L,Y_R,Y_V,Y_Vp,m_L", "1,2", "has several columns of 'm_L'"),
    ],
)
def test_tables_with_gaps_texts_and_repeated_columns(
    head: str, cell: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = tmp_path / "points.csv"
    points.write_text(f"{head}\n1000,900,.1,.2,.3,{cell.replace('many', '4') or '4'}\n1000,900,.1,.2,.3,{cell}\n")
    code, errors = call(capsys, monkeypatch, "predict", "vll", "--points", points, "-o", tmp_path / "x.csv")
    assert (code, errors) == (2, f"g2fit: {points}: {said}\n")
    code, errors = call(capsys, monkeypatch, "predict", "vll", "--points", points, "-o", tmp_path / "x.txt")
    assert (code, errors) == (2, f"g2fit: {tmp_path / 'x.txt'}: must end in .csv or .parquet\n")
    assert [path.name for path in tmp_path.iterdir()] == ["points.csv"]


def test_yaml_bombs_are_refused_quickly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    card = tmp_path / "card.yaml"
    card.write_text("\n".join(lines))
    code, errors = call(capsys, monkeypatch, "check", card)
    assert code == 2
    assert "more than" in errors


def test_numbers_in_the_yaml_of_1_2() -> None:
    """In YAML 1.2 `1e-9` is a number and `no` is a word."""
    from g2fit.posterior.point import parse_assignments

    assert parse_assignments(["a=1e-9", "b=no"], "x") == {"a": 1e-9, "b": "no"}


def test_broken_plugins_do_not_hide_the_other_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "toys-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1\n")
    points = "import = toybroken:Own\nlacks = toys:Nothing\nnumber = toys:NUMBER\nraises = toys:Raises\n"
    (info / "entry_points.txt").write_text(f"[g2fit.models]\n{points}[g2fit.likelihoods]\nterm = toybroken:term\n")
    (tmp_path / "toybroken.py").write_text("raise RuntimeError('at import')\n")
    (tmp_path / "toys.py").write_text(
        "from g2fit.models import Model\nNUMBER = 5\n"
        "class Raises(Model):\n    name = 'raises'\n    def predict(self, theta):\n        return {}\n"
        "    def __init__(self, **options):\n        raise KeyError('x')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    rows = {row["model"]: row for row in listing("models")}
    assert {"vll", "mssm", "sm", "import", "lacks", "number", "raises"} <= set(rows)
    assert "cannot be loaded: model 'import' of toybroken:Own: RuntimeError" in rows["import"]["what"]
    assert "has no attribute 'Nothing'" in rows["lacks"]["what"]
    assert "is not a class derived from" in rows["number"]["what"]
    assert "KeyError in toys.py, line 8: 'x'" in rows["raises"]["what"]
    assert any(row["name"] == "term" for row in listing("likelihoods"))
    for name in ("import", "lacks", "number", "raises"):
        code, text = call(capsys, monkeypatch, "list", "models", name)
        assert code == 2
        assert text.startswith(f"g2fit: model {name!r}")
        assert len(text.splitlines()) == 1


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_files_that_never_end(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place.csv"
    os.mkfifo(place) if kind == "pipe" else place.symlink_to("/dev/zero")
    (tmp_path / "run").mkdir()
    for name in ("manifest.json", "status.json"):
        (tmp_path / "run" / name).symlink_to(place)
    for arguments in (
        ("point", "mssm", "--slha", place),
        ("check", place),
        ("predict", "vll", "--points", place, "-o", tmp_path / "x.csv"),
        ("restore", place),
        ("point", "vll", f"--data=paper_2021,extra_file={place}"),
        ("status", tmp_path / "run"),
        ("cite", place),
    ):
        code, text = call(capsys, monkeypatch, *arguments)
        assert code == 2, (arguments, text)
        assert len(text.splitlines()) == 1, text
        assert "is not a file" in text or "is no file" in text
        assert str(place) in text or "status.json" in text


def test_devices_are_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(StoreError, match="is a folder, device or pipe"):
            write_text(place, "text")
    assert (tmp_path / "pipe").is_fifo()
