"""The shipped file: frozen entries, references, and the reader's refusals."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from g2fit.core.errors import DataError
from g2fit.data import DataSection, listing, load, resolve
from g2fit.data.loader import parse_entry, parse_error, parse_reference, shipped
from g2fit.data.measurement import Overlap

FROZEN = Path(__file__).with_name("frozen.json")


def digest(content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def current():
    content, planes = shipped("measurements.yaml"), shipped("planes.yaml")
    numbers = ("observable", "value", "error", "unit", "kind", "date", "status", "reference", "applies_to", "readings")
    return {
        "measurements": {
            name: digest({key: entry.get(key) for key in numbers} | {k: entry[k] for k in ("curve",) if k in entry})
            for name, entry in content["measurements"].items()
        },
        "tables": {name: digest([table["columns"], table["rows"]]) for name, table in content["tables"].items()},
        "correlations": {
            name: digest([block["members"], block.get("matrix"), block.get("part_of")])
            for name, block in content["correlations"].items()
        },
        "planes": {name: digest([plane["channel"], plane["rows"]]) for name, plane in planes["planes"].items()},
        "channels": {
            name: digest([channel[key] for key in sorted(set(channel) - {"process"})])
            for name, channel in planes["channels"].items()
        },
        "states": {name: digest(state) for name, state in planes["states"].items()},
        "conditions": {name: digest(condition["holds"]) for name, condition in planes["conditions"].items()},
        "vintages": {
            name: digest({key: value for key, value in vintage.items() if key != "description"})
            for name, vintage in content["vintages"].items()
        },
    }


def test_nothing_that_was_published_has_changed():
    """Entries, blocks and vintages may be added (and then frozen here), never changed or taken away."""
    now = current()
    for kind, entries in json.loads(FROZEN.read_text()).items():
        changed = [name for name, value in entries.items() if now[kind].get(name) != value]
        assert not changed, f"{kind} that changed or vanished: {changed}"
        assert not set(now[kind]) - set(entries), f"new {kind}: add them to {FROZEN.name}"


def test_every_entry_says_where_it_comes_from():
    for entry in load().entries.values():
        assert str(entry.reference) or entry.derived_from, entry.id
        assert entry.date[:2] in ("19", "20"), entry.id
        assert entry.origin, entry.id
        if entry.status == "derived":
            assert entry.derived_from or str(entry.reference), entry.id


def test_every_correlation_matrix_is_one():
    for block in load().correlations.values():
        eigenvalues = np.linalg.eigvalsh(np.array(block.matrix))
        if block.rank == len(block.members):
            assert eigenvalues[0] > 0.0, block.name
        assert set(block.members) <= set(load().entries)


def test_part_of_a_block_is_its_sub_matrix():
    blocks = load().correlations
    pair = blocks["bfg2021_seed_pair"]
    assert pair.matrix == ((1.0, -0.16), (-0.16, 1.0))
    whole = blocks["bfg2021_pole20"]
    np.testing.assert_array_equal(blocks["bfg2021_leptonic10"].matrix,
                                  whole.correlation(blocks["bfg2021_leptonic10"].members))  # fmt: skip


def test_differences_are_those_of_their_entries():
    """Every delta_a_mu computed from two entries is their difference, errors in quadrature."""
    entries = load().entries
    for entry in entries.values():
        if entry.observable == "delta_a_mu" and len(entry.derived_from) == 2:
            exp, sm = (entries[name] for name in entry.derived_from)
            assert entry.value == pytest.approx(exp.value - sm.value, abs=2e-12)
            assert entry.error == pytest.approx(np.hypot(exp.error, sm.error), abs=4e-12)


@pytest.mark.parametrize(
    ("error", "plus", "minus"),
    [
        (2.0, 2.0, 2.0),
        ({"plus": 1.0, "minus": 2.0, "stat": 9.0}, 1.0, 2.0),
        ({"stat": 3.0, "syst": 4.0}, 5.0, 5.0),
        ({"stat": 2.0, "syst": 3.0, "ext": 6.0}, 7.0, 7.0),
        ({"stat": 3.0, "syst": 4.0, "total": 4.5}, 4.5, 4.5),
        ({"stat_plus": 3.0, "stat_minus": 6.0, "syst_plus": 4.0, "syst_minus": 8.0}, 5.0, 10.0),
    ],
)
def test_forms_of_an_error(error, plus, minus):
    assert parse_error(error, "here")[:2] == (plus, minus)


@pytest.mark.parametrize("error", [0.0, -1.0, "big", True, {"plus": 1.0}, {"sigma": 1.0}, {"stat": -1.0}])
def test_wrong_errors_are_refused(error):
    with pytest.raises(DataError, match="here"):
        parse_error(error, "here")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"value": 1.0, "kind": "measurement"}, "'observable' is missing"),
        ({"observable": "x", "value": "1", "kind": "measurement"}, "must be a number"),
        ({"observable": "x", "value": 1.0, "kind": "measurment"}, "did you mean 'measurement'"),
        ({"observable": "x", "value": 1.0, "kind": "measurement", "refrence": {}}, "did you mean 'reference'"),
        ({"observable": "x", "value": 1.0, "kind": "theory", "reference": {"arXiv": "1"}}, "did you mean 'arxiv'"),
    ],
)
def test_wrong_entries_are_refused(entry, message):
    with pytest.raises(DataError, match=message):
        parse_entry("mine", entry, "file.yaml")


def test_references_in_words():
    assert str(parse_reference("arXiv:2405.14625", "")) == "arXiv:2405.14625"
    assert str(parse_reference("10.1000/xyz", "")) == "doi:10.1000/xyz"
    assert str(parse_reference("private communication", "")) == "private communication"


def test_overlap_needs_one_of_each_kind():
    rule = Overlap(("a_*",), ("b_*",), "why")
    assert rule.conflict("a_1", "b_1")
    assert rule.conflict("b_1", "a_1")
    assert not rule.conflict("a_1", "a_2")
    assert Overlap(("a_*",), (), "why").conflict("a_1", "a_2")


def test_listing_shows_references_and_open_choices():
    assert {row["vintage"] for row in listing()} == set(load().vintages)
    rows = listing("latest_2026_11")
    assert [row["entry"] for row in rows if row["role"] == "choose one"] == [
        "dae_2024_rb", "dae_2024_cs", "dae_2024_avg_S"]  # fmt: skip
    assert all(row["reference"] for row in rows if row["role"] != "option")
    assert {row["entry"]: row["value"] for row in rows if row["role"] == "option"} == {
        "gf_shift": "true",
        "oblique": "true",
    }
    assert len(listing("all")) == len(load().entries)
    fields = {row["field"]: row["value"] for row in listing("gmuge_pi_2026")}
    assert fields["computed from"] == "Rpi_emu_pdg2026, Rpi_emu_SM"
    assert fields["vintages"] == "latest_2026_11, latest_2026_11_planes, optimistic_2026, counterfactual_wp2020_2025"
    assert {row["field"]: row["value"] for row in listing("mL_seed2021")}["value"] == "> 650"
    with pytest.raises(DataError, match="did you mean 'paper_2019'"):
        listing("paper2019")


def test_table_of_a_dataset():
    table = resolve(DataSection(vintage="paper_2021")).table()
    roles = [row["role"] for row in table]
    assert all(row.keys() == table[0].keys() for row in table)
    assert roles.count("figure only") == 6
    assert "hard limit (likelihood)" in roles
    assert next(row["value"] for row in table if row["entry"] == "mL_seed2021") == "> 650"


@pytest.mark.parametrize("damage", ["9.76e-1", "", "[1]", "{}"])
def test_a_damaged_copy_of_the_shipped_file_is_not_used(damage, tmp_path, monkeypatch):
    monkeypatch.setattr("g2fit.data.loader.cache_root", lambda: tmp_path)
    content = shipped("measurements.yaml")
    (copy,) = tmp_path.iterdir()
    assert shipped("measurements.yaml") == content
    text = copy.read_text()
    changed = text.replace("0.9726", damage) if damage.startswith("9") else damage
    assert changed != text
    copy.write_text(changed)
    assert shipped("measurements.yaml") == content
    assert copy.read_text() == text
