"""Files that describe the project say the same: version, licence, name, authors, requirements, references."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jinja2
import pytest
from ruamel.yaml import YAML

AUTHORS = "g2fit developers"

#: Commands of the recipe that would compile kernels for a second installation, which takes a minute; other tests run
#: the same commands. What else is installed here, which `pip check` looks at, is not the recipe's.
ELSEWHERE = ("run", "summary", "check")


def read_yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return found


@pytest.fixture(scope="module")
def citation(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml((root / "CITATION.cff").read_text())
    return found


@pytest.fixture(scope="module")
def codemeta(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "codemeta.json").read_text())
    return found


@pytest.fixture(scope="module")
def recipe(root: Path) -> dict[str, Any]:
    text = jinja2.Template((root / "recipe/meta.yaml").read_text()).render(PYTHON=sys.executable)
    found: dict[str, Any] = read_yaml(text)
    return found


@pytest.fixture(scope="module")
def paper(root: Path) -> tuple[dict[str, Any], str]:
    """Header and text of the paper."""
    _, header, text = (root / "paper.md").read_text().split("---\n", 2)
    return read_yaml(header), text


def test_version(
    root: Path,
    project: dict[str, Any],
    citation: dict[str, Any],
    codemeta: dict[str, Any],
    recipe: dict[str, Any],
) -> None:
    (newest,) = re.findall(r"\A.*?^## \[(\d[\d.]*)\] - (\S+)$", (root / "CHANGELOG.md").read_text(), re.M | re.S)
    assert newest == (project["version"], str(citation["date-released"]))
    assert citation["version"] == codemeta["version"] == recipe["package"]["version"] == project["version"]
    assert codemeta["dateModified"] == str(citation["date-released"])


def test_licence(
    root: Path, project: dict[str, Any], citation: dict[str, Any], codemeta: dict[str, Any], recipe: dict[str, Any]
) -> None:
    assert (root / "LICENSE").read_text().startswith("MIT License\n")
    assert project["license"] == citation["license"] == recipe["about"]["license"] == "MIT"
    assert codemeta["license"] == "https://spdx.org/licenses/MIT"


def test_name_and_authors(
    project: dict[str, Any],
    citation: dict[str, Any],
    codemeta: dict[str, Any],
    recipe: dict[str, Any],
    paper: tuple[dict[str, Any], str],
) -> None:
    assert project["name"] == codemeta["name"] == recipe["package"]["name"] == "g2fit"
    assert project["description"] == codemeta["description"] == recipe["about"]["summary"]
    assert citation["title"] == paper[0]["title"] == f"g2fit: {project['description']}"
    assert set(project["keywords"]) == set(codemeta["keywords"])
    for authors in (project["authors"], citation["authors"], codemeta["author"], paper[0]["authors"]):
        assert [author["name"] for author in authors] == [AUTHORS]


def test_requirements(project: dict[str, Any], codemeta: dict[str, Any], recipe: dict[str, Any]) -> None:
    assert codemeta["softwareRequirements"] == project["dependencies"]
    python, *packages = recipe["requirements"]["run"]
    assert python.replace(" ", "") == f"python{project['requires-python']}"
    assert python in recipe["requirements"]["host"]
    # matplotlib-base is conda's name of what pip calls matplotlib
    assert [package.replace(" ", "").replace("matplotlib-base", "matplotlib") for package in packages] == project[
        "dependencies"
    ]
    scripts = [f"{name} = {place}" for name, place in project["scripts"].items()]
    assert recipe["build"]["entry_points"] == scripts


def test_build_script_and_tests_of_the_recipe(
    root: Path, recipe: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What conda would run, in the present environment: its script installs, then its commands succeed."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    site = tmp_path / "site"
    script = [*shlex.split(recipe["build"]["script"]), "--quiet", "--target", str(site)]
    done = subprocess.run(script, cwd=(root / "recipe" / recipe["source"]["path"]), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    for module in recipe["test"]["imports"]:
        code = f"import {module}; print({module}.__file__)"
        printed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert printed.stdout.startswith(str(site))
    quick = [line for line in recipe["test"]["commands"] if shlex.split(line)[1] not in ELSEWHERE]
    assert len(quick) >= 4
    for line in quick:
        program, *arguments = shlex.split(line)
        assert program == "g2fit"
        command = [sys.executable, "-m", "g2fit.cli", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def test_references_of_the_citation(root: Path, citation: dict[str, Any], codemeta: dict[str, Any]) -> None:
    known = read_yaml((root / "g2fit/data/bibliography.yaml").read_text())["papers"]
    cited = [reference["identifiers"][0]["value"].removeprefix("arXiv:") for reference in citation["references"]]
    assert [known[eprint]["title"] for eprint in cited] == [reference["title"] for reference in citation["references"]]
    named = [publication["@id"].rpartition("/")[2] for publication in codemeta["referencePublication"]]
    assert named == cited


def test_paper(root: Path, paper: tuple[dict[str, Any], str]) -> None:
    """Sections are those that the journal asks for; citations and figures exist, and every entry is cited."""
    header, text = paper
    sections = re.findall(r"^# (.*)$", text, re.MULTILINE)
    assert sections == [
        "Summary", "Statement of need", "State of the field", "Software design", "Example", "References"
    ]  # fmt: skip
    entries = set(re.findall(r"^@\w+\{([\w:-]+),$", (root / header["bibliography"]).read_text(), re.MULTILINE))
    assert set(re.findall(r"@([A-Z]?[\w-]+:\d{4})", text)) == entries
    images = re.findall(r"!\[.*?\]\((.*?)\)", text, re.DOTALL)
    assert len(images) == 2
    assert all((root / image).is_file() for image in images)
    assert 750 < len(text.split()) < 1750


def test_bibliography_of_the_paper(root: Path) -> None:
    """Entries that g2fit cites itself have the same eprint, DOI and year; every entry has an identifier."""
    known = read_yaml((root / "g2fit/data/bibliography.yaml").read_text())
    records = [{"eprint": key, **record} for key, record in known["papers"].items() if not key.startswith("PDG")]
    records += [*known["origins"].values(), *known["software"].values()]
    ours = {key: record for record in records for key in (record.get("eprint"), record.get("doi")) if key}
    compared = 0
    for entry in re.split(r"^@", (root / "paper.bib").read_text(), flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"\b(eprint|doi|year) = \{(.*?)\}", entry))
        assert "eprint" in fields or "doi" in fields, entry
        record = ours.get(fields.get("eprint", "")) or ours.get(fields.get("doi", ""))
        if record:
            assert str(record["year"]) == fields["year"], entry
            assert record.get("doi", fields.get("doi")) == fields.get("doi"), entry
            compared += 1
    assert compared >= 12


def test_constraints_pin_every_requirement(root: Path, project: dict[str, Any]) -> None:
    pinned = {line.partition("==")[0].lower() for line in (root / "constraints.txt").read_text().splitlines()}
    needed = {re.split(r"[<>=]", requirement)[0].lower() for requirement in project["dependencies"]}
    assert needed <= pinned


def test_lowest_versions(root: Path, project: dict[str, Any]) -> None:
    """What `make lowest` installs are the lower ends of the requirements."""
    lines = (root / "constraints-lowest.txt").read_text().splitlines()[1:]
    pinned = dict(line.split("==") for line in lines)
    ends = dict(re.findall(r"([\w.]+)>=([\d.]+)", " ".join(project["dependencies"])))
    assert set(pinned) == set(ends)
    for name, version in pinned.items():
        assert re.fullmatch(rf"{re.escape(ends[name])}(\.0)*", version), name
