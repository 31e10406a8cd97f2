"""Pages on data and likelihoods: their files are written, their commands and examples run."""

from __future__ import annotations

import doctest
import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from analysis.reproduction.vll.limits import electroweak_limit
from g2fit.cli.main import main
from g2fit.data import DataSection, load, resolve
from g2fit.data.muon_moment import EXPERIMENTS, PREDICTIONS, average

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and content of the fenced blocks of a page."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def write_files(found: list[tuple[str, str]], folder: Path) -> None:
    """Write each block that begins with a comment that is only a file name."""
    for _, text in found:
        head = re.fullmatch(r"# ([\w.-]+\.\w+)", text.splitlines()[0])
        if head:
            (folder / head[1]).write_text(text, encoding="utf-8")


def install(folder: Path) -> None:
    """Write the metadata of the project in a folder, as `pip install` would."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name']}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines: list[str] = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("name", ["measurements", "likelihoods"])
def test_page(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    found = blocks(root / "docs" / f"{name}.md")
    write_files(found, tmp_path)
    if (tmp_path / "pyproject.toml").exists():
        install(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    ran, refusal = 0, ""
    for language, text in found:
        if language == "sh":
            for line in text.splitlines():
                command, _, comment = line.partition("#")
                monkeypatch.setattr(sys, "argv", command.split())
                with pytest.raises(SystemExit) as leaving:
                    main()
                printed = capsys.readouterr()
                expected = 2 if comment.strip() == "refused" else 0
                assert leaving.value.code == expected, f"{line}\n{printed.out}{printed.err}"
                refusal = printed.err if expected else ""
                ran += 1
        elif language == "text":
            assert refusal == text, "the page shows another message"
        elif language == "pycon":
            runner = doctest.DocTestRunner(verbose=False)
            runner.run(doctest.DocTestParser().get_doctest(text, {}, name, str(root / "docs"), 0))
            assert runner.tries > 0
            assert runner.failures == 0
            ran += runner.tries
    assert ran >= 6


def test_values_of_the_moment_on_the_page(root: Path) -> None:
    """Every row of the table of names is the entry behind the name, and so are average and difference."""
    page = (root / "docs/measurements.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) ± (\d+) \| .* \| (\S+) \|$", page, re.M)
    short = EXPERIMENTS | PREDICTIONS
    entries = {name: load().entries[identifier] for name, identifier in short.items()}
    printed = {name: (int(value), int(error), source) for name, value, error, source in rows}
    assert printed == {
        name: (round(entry.value * 1e12), round(entry.error * 1e12), str(entry.reference).removeprefix("arXiv:"))
        for name, entry in entries.items()
    }
    two = [entries[name] for name in ("fnal_2025", "bnl_2006")]
    mean = average(*(np.array([getattr(entry, key) for entry in two]) for key in ("value", "error")), np.eye(2))
    assert f"{mean.value * 1e12:.1f}({mean.error * 1e12:.1f})·10⁻¹²" in page
    card = next(text for _, text in blocks(root / "docs/measurements.md") if text.startswith("# a-mu.yaml"))
    section = DataSection(**YAML(typ="safe").load(card)["data"])
    datum = next(datum for datum in resolve(section).all_data if datum.observable == "delta_a_mu")
    assert f"Δa_μ = ({datum.value * 1e10:.2f} ± {datum.plus * 1e10:.2f})·10⁻¹⁰" in page


def test_limits_of_the_table_of_variants(root: Path) -> None:
    rows = re.findall(r"^\| `?(.*?)`? \| .*? \| (\S+) \| (\S+) \|$", (root / "docs/likelihoods.md").read_text(), re.M)
    limits = {name: (float(t_L), float(t_R)) for name, t_L, t_R in rows if "e-" in t_L}
    expected = {
        "paper": ("paper_pair", False),
        "conditional": ("conditional3", False),
        "gf_shift`, block `leptonic10": ("leptonic10", True),
        "gf_shift`, block `pole20": ("pole20", True),
    }
    assert set(limits) == {"paper_cuts", *expected}
    for name, (block, shift) in expected.items():
        computed = [electroweak_limit(mixing, block, gf_shift=shift) for mixing in ("t_L", "t_R")]
        assert limits[name] == tuple(float(f"{limit:.3g}") for limit in computed), name
