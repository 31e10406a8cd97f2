"""Files for those who join: what they name exists, and the workflow of a public host runs what is run here."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

PAGES = ("README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md", "recipe/README.md")


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(root: Path, name: str) -> None:
    page = root / name
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[\w-]+)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_make_has_the_targets_that_are_named(root: Path) -> None:
    named = set(re.findall(r"`make (\w+)", (root / "CONTRIBUTING.md").read_text()))
    rules = set(re.findall(r"^(\w+):", (root / "Makefile").read_text(), re.MULTILINE))
    assert {"test", "lint", "docs", "dist"} <= named <= rules


def test_workflow_runs_the_scripts_alone(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    workflow = YAML(typ="safe").load((root / ".github/workflows/ci.yml").read_text())
    job = workflow["jobs"]["test"]
    for name, script in (("test", ".ci/run"), ("versions", ".ci/versions")):
        assert [step["run"] for step in workflow["jobs"][name]["steps"] if "run" in step] == [script]
        assert (root / script).stat().st_mode & 0o100
    known = [text.rpartition(":: ")[2] for text in project["classifiers"] if re.search(r":: 3\.\d+$", text)]
    assert job["strategy"]["matrix"]["python"] == known
    assert workflow["permissions"] == {"contents": "read"}


def test_hooks_are_in_the_environment(root: Path) -> None:
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    programs = {re.split(r"[<>=\[]", requirement)[0] for requirement in extras["dev"]}
    (repository,) = YAML(typ="safe").load((root / ".pre-commit-config.yaml").read_text())["repos"]
    used = {shlex.split(hook["entry"])[0] for hook in repository["hooks"]}
    assert used == {f".venv/bin/{name}" for name in ("ruff", "mypy", "codespell", "nbstripout")}
    assert {Path(program).name for program in used} | {"pre-commit"} <= programs


@pytest.mark.parametrize("name", ["error", "physics", "wish"])
def test_forms_for_issues(root: Path, name: str) -> None:
    _, header, text = (root / f".github/ISSUE_TEMPLATE/{name}.md").read_text().split("---\n", 2)
    assert set(YAML(typ="safe").load(header)) == {"name", "about"}
    assert text.strip()


def test_container_uses_what_is_there(root: Path) -> None:
    text = (root / "Containerfile").read_text()
    cards = set(re.findall(r"analysis/[\w-]+\.yaml", text))
    assert cards == {"analysis/vll-2026.yaml"}
    assert "-c constraints.txt" in text
    assert (root / "constraints.txt").exists()
