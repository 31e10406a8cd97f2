"""Hostile input: about a hundred mutated files of each kind (``benchmarks.fuzz`` tries 20,000), and the worst ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from g2fit import Card
from g2fit.core.errors import CardError
from g2fit.core.files import read_yaml
from tests.support.fuzz import BOMB, Fuzzer

CARD = "model: {name: vll, formula: leading_order}\ndata: {vintage: paper_2021}\npriors: PRIORS\noutput: OUT\n"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "examples"), [("cards", 120), ("priors", 120), ("models", 100), ("slha", 100), ("results", 120)]
)
def test_mutated_files_are_read_or_refused(kind: str, examples: int, tmp_path: Path) -> None:
    fuzzer = Fuzzer(tmp_path / kind, number=1)
    fuzzer.run(kind, examples)
    assert fuzzer.faults == {}
    assert fuzzer.outcomes[kind, "refused"] > 10
    assert fuzzer.outcomes[kind, "read"] > 0


def test_the_guard_sees_what_is_written_outside(tmp_path: Path) -> None:
    """The fuzzer finds a card that writes outside its folder."""
    fuzzer = Fuzzer(tmp_path / "place")
    fuzzer._attempt("x", "y", lambda: (tmp_path / "outside").write_text("z") and None)
    fuzzer._attempt("x", "y", lambda: (tmp_path / "place/inside/z").write_text("z") and None)
    assert list(fuzzer.faults) == [f"x: open {tmp_path / 'outside'}"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "expands to more than"),
        ("&a\nb: *a\n", "contains itself"),
        ("a: " + "[" * 3000, "brackets are more than 50 deep"),
        ("a: " + "9" * 5000, "not valid YAML|expands|cannot"),
        ("a: !!python/object/apply:os.system ['touch x']", ""),
        ("\x00", "control characters|special characters|not valid"),
        ("x" * 2_000_000, "is too large for a card"),
        (f"a: [{'x, ' * 300_000}]", "expands to more than"),
        ("".join(f"k{i}: {i}\n" for i in range(70_000)), "expands to more than"),
        ("%A\n" * 300_000, "lines that begin with %"),
    ],
)
def test_bombs_are_defused(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "card.yaml"
    path.write_text(text)
    if said:
        begun = time.process_time()
        with pytest.raises(CardError, match=said) as refused:
            read_yaml(path)
        assert time.process_time() - begun < 10.0  # one to three on a machine of 2020, half a minute without the bounds
        assert str(refused.value).startswith(str(path))
        assert len(str(refused.value)) < 1000
    else:
        assert isinstance(read_yaml(path)[0]["a"], list | str)
    assert [p.name for p in tmp_path.iterdir()] == ["card.yaml"]


def test_only_files_are_cards(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", Path("/dev/zero")):
        with pytest.raises(CardError, match="it is not a file"):
            read_yaml(path)


@pytest.mark.parametrize("output", ["../../x", "/etc/g2fit", "a/../../../x", '"a\\x07"', '"a\\0b"', "x" * 2000])
def test_a_card_cannot_write_far_away(output: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    path = tmp_path / "study/card.yaml"
    path.write_text(CARD.replace("PRIORS", str(root / "priors/vll-log.yaml")).replace("OUT", output))
    with pytest.raises(CardError, match=r"card.yaml:4: output = .* \(--out\)"):
        Card.load(path)


@pytest.mark.parametrize("output", ["out", "../chains/x", "a/../b"])
def test_a_card_writes_near_itself(output: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    path = tmp_path / "study/card.yaml"
    path.write_text(CARD.replace("PRIORS", str(root / "priors/vll-log.yaml")).replace("OUT", output))
    assert Card.load(path).output.resolve() == (tmp_path / "study" / output).resolve()
