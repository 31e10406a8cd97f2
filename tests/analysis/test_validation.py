"""The page docs/validation.md: it says what the records of the checks say, and nothing else."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.validation import checks
from analysis.validation.page import CHAPTERS, PAGE, RECORDS, load, page_of
from analysis.validation.records import Record, machine, present_code
from g2fit.core.errors import StoreError


@pytest.fixture
def record() -> Record:
    results = {"passed": True, "counts": {"cards": {"read": 3, "refused": 4}}, "faults": []}
    code = present_code(["g2fit.models.sm"])
    return Record("fuzz", ["benchmarks.fuzz"], "a" * 40, code, "2026-11-28 12:00", 5.0, machine(), results)


def test_the_page_is_what_the_records_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_of(load(RECORDS)), "run python -m analysis.validation --page"


def test_every_record_says_where_it_comes_from() -> None:
    records = load(RECORDS)
    assert {path.stem for path in RECORDS.glob("*.json")} == set(records)
    page = PAGE.read_text(encoding="utf-8")
    for name, record in records.items():
        assert record.check == name
        assert re.fullmatch(r"[0-9a-f]{40}", record.commit), name
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", record.date), name
        assert record.seconds > 0.0, name
        assert {"processor", "cores", "system", "Python", "numpy", "numba"} <= set(record.machine), name
        assert record.code, name
        for part, digest in record.code.items():
            whole = r"\d+\.\d+\.\d+\S* \(code [0-9a-f]{32}\)"
            assert re.fullmatch(whole if part == "g2fit" else r"[0-9a-f]{64}", digest), (name, part)
        assert f"commit {record.commit}, {record.date} UTC" in page


def test_every_check_has_a_chapter_and_a_command() -> None:
    assert set(checks.CHECKS) == set(CHAPTERS)
    for check in checks.CHECKS.values():
        path = Path(*check.module.split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()
        assert present_code(check.depends)


def test_another_number_gives_another_page(record: Record) -> None:
    page = page_of({"fuzz": record})
    assert "| cards | 7 | 3 read, 4 refused |" in page
    assert "| Coverage of credible regions | not run |" in page
    other: dict[str, Any] = {"passed": False, "counts": {"cards": {"read": 2}}, "faults": ["ValueError in cards"]}
    changed = page_of({"fuzz": dataclasses.replace(record, results=other)})
    assert "| [Hostile input](#hostile-input) | **no** |" in changed
    assert "- ValueError in cards" in changed


def test_a_check_is_run_once_for_each_command_and_code(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is run again when its arguments or the code differ; what it wrote is kept with its origin."""
    law = "--seeds 1 --only falling --sizes"
    check = checks.Check("benchmarks.regions", f"{law} 500", f"{law} 400", ("g2fit.models.sm",))
    monkeypatch.setitem(checks.CHECKS, "regions", check)
    monkeypatch.setattr(checks, "commit_of_the_package", lambda: "b" * 40)
    dataclasses.replace(record, check="regions", command=["benchmarks.regions", *f"{law} 500".split()]).save(tmp_path)
    kept = checks.run("regions", tmp_path, quick=False)
    assert kept is not None
    assert kept.commit == "a" * 40
    quick = checks.run("regions", tmp_path, quick=True)
    assert quick is not None
    assert quick.commit == "b" * 40
    assert {row["size"] for row in quick.results["rows"]} == {400}
    assert Record.load(tmp_path, "regions") == quick
    dataclasses.replace(quick, code={"g2fit.models": "0" * 64}, commit="c" * 40).save(tmp_path)
    again = checks.run("regions", tmp_path, quick=True)
    assert again is not None
    assert again.commit == "b" * 40


def test_what_is_no_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "fuzz.json").write_text('{"check": "fuzz"}')
    with pytest.raises(StoreError, match=r"fuzz\.json: is no record"):
        load(tmp_path)


def between(numbers: list[float]) -> str:
    """Smallest and largest of some shares, in per cent."""
    return f"{100 * min(numbers):.3g} to {100 * max(numbers):.3g} %"


def test_numbers_on_other_pages_are_those_of_the_records(root: Path) -> None:
    """Calibration and coverage on the pages on sampling and on results."""
    records = load(RECORDS)
    (card,) = records["sbc"].results["cards"]
    found = records["coverage"].results
    sampling, results = (
        " ".join((root / f"docs/{name}.md").read_text(encoding="utf-8").split()) for name in ("sampling", "results")
    )
    single, pair = card["table"], found["rows"]
    assert f"{card['fits']} such fits were made" in sampling
    assert f"{len(single)} quantities with different ranks" in sampling
    assert f"the smallest p-value is {card['smallest']:.3f}.".replace("0.", ".", 1) in sampling
    mean = " and ".join(f"{100 * value:.1f}" for value in card["mean"])
    ranges = " and ".join(between([row["central"][i] for row in single]) for i in range(2))
    assert f"contain the truth in {mean} % of the fits, and each single one in {ranges};" in sampling
    mean = " and ".join(f"{100 * value:.1f}" for value in found["mean"])
    assert f"density of {found['sets']} whole runs of `{found['card']}.yaml`" in sampling
    assert f"contain it in {mean} % on average" in sampling
    ranges = " and ".join(between([row["shares"][i] for row in pair]) for i in range(2))
    assert f"in {found['sets']} runs of the card on simulated data, {len(pair)} regions contained the truth" in results
    assert f"in {mean} % of the runs on average, and each single region in {ranges};" in results
