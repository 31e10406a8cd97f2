"""The site builds without a warning, shows every formula, and loads nothing from other servers."""

from __future__ import annotations

import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

#: Packages that mkdocs.yml and its hook need.
NEEDED = ("mkdocs-material", "mkdocstrings")


@pytest.mark.slow
def test_every_page_is_there(site: Path, root: Path) -> None:
    assert {p.stem for p in (root / "docs").glob("*.md")} <= {p.stem for p in site.glob("*.html")}
    assert (site / "tour.ipynb").exists()
    assert not (site / "hooks").exists()


@pytest.mark.slow
def test_formulas_are_shown(site: Path) -> None:
    for name in ("theory-mssm", "theory-vll", "sampling", "own-model"):
        assert '<svg viewBox="' in (site / f"{name}.html").read_text(), name
    for page in site.glob("*.html"):
        text = re.sub(r"<(pre|code).*?</\1>", "", page.read_text(), flags=re.DOTALL)
        shown = re.sub(r"<[^>]*>", "", text)
        for left_over in ("arithmatex", ":math:", ".. math::", "$$", "\\frac", "\\mathrm"):
            assert left_over not in shown, (page.name, left_over)
        assert not re.search(r"\$\S[^$\n]*\S\$", shown), page.name


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text()
        assert not re.findall(r'<(?:script|img|iframe|link)[^>]*(?:src|href)="(?:https?:)?//[^"]*"', text), page.name


@pytest.mark.slow
def test_public_names_are_in_the_reference(site: Path) -> None:
    import g2fit

    text = (site / "reference.html").read_text()
    for name in g2fit.__all__:
        if name != "Constants":
            assert re.search(rf'id="g2fit\.[\w.]*{name}"', text), name


def test_names_in_the_reference_exist(root: Path) -> None:
    """mkdocstrings skips unknown members without a word."""
    text = (root / "docs/reference.md").read_text()
    for place, members in re.findall(r"^::: (\S+)(?:\n    options: .*?members: \[(.*?)\])?", text, re.MULTILINE):
        found = pkgutil.resolve_name(place)
        for member in filter(None, members.split(", ")):
            assert hasattr(found, member), f"{place}.{member}"


def test_extra_for_the_site(root: Path) -> None:
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    if "docs" not in extras:
        pytest.skip("pyproject.toml has no extra `docs`")
    assert all(any(line.startswith(name) for line in extras["docs"]) for name in NEEDED)
