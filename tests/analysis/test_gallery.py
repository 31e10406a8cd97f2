"""The images of the gallery are those that its commands draw with the present version."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from analysis.gallery import CARD, PAGE, RECORD, commands, drawing_files, images, present_record
from g2fit.core.sealed import digest_of_file

REMEDY = "draw them again: python -m analysis.gallery"


def test_images_are_of_the_present_version(root: Path) -> None:
    record = json.loads((root / RECORD).read_text())
    hashes = record.pop("images")
    assert record == present_record(root), REMEDY
    assert hashes == {name: digest_of_file(root / "docs/images" / name) for name in images(root)}, REMEDY


def test_every_kind_of_figure_is_shown(root: Path) -> None:
    from g2fit.cli.options import FIGURE_KINDS

    shown = {figure.removesuffix(".png") for figure in images(root).values()}
    assert set(FIGURE_KINDS) <= shown
    assert {name.partition("-")[0] for name in shown} >= {"plane", "profile"}


def test_studies_are_shown_with_their_commands(root: Path) -> None:
    """Below the figures of a run, each section has one image that exists, and a module that exists."""
    page = (root / PAGE).read_text()
    sections = page.partition("## Studies")[2].split("\n### ")[1:]
    assert len(sections) >= 6
    for section in sections:
        assert all((root / "docs" / image).is_file() for image in re.findall(r"\((images/.*?)\)", section))
        assert re.search(r"\((images/.*?)\)", section), section
        for module in re.findall(r"python -m ([\w.]+)", section):
            assert importlib.util.find_spec(module), module
        assert re.search(r"`(python -m|g2fit|make) ", section), section


@pytest.mark.parametrize("change", ["command", "drawing", "card"])
def test_a_change_is_noticed(root: Path, tmp_path: Path, change: str) -> None:
    shutil.copytree(root / "priors", tmp_path / "priors")
    for name in (PAGE, CARD, *drawing_files(root)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    assert present_record(tmp_path) == present_record(root)
    if change == "command":
        page = tmp_path / PAGE
        page.write_text(page.read_text().replace(commands(root)[0], f"{commands(root)[0]} --levels 0.9 0.99"))
    elif change == "drawing":
        corner = tmp_path / "g2fit/output/plots/corner.py"
        corner.write_text(corner.read_text().replace("OPACITY = (0.22,", "OPACITY = (0.23,"))
    else:
        card = tmp_path / CARD
        card.write_text(card.read_text().replace("formula: leading_order", "formula: exact"))
    assert present_record(tmp_path) != present_record(root)
