"""The figure of the first page is the one that the present version draws."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from analysis.first_page import CARD, DRAWING, IMAGE, present_record
from g2fit.core.sealed import digest_of_file


def test_image_is_of_the_present_version(root: Path) -> None:
    record = json.loads((root / IMAGE).with_suffix(".json").read_text())
    remedy = "draw it again: python -m analysis.first_page"
    assert {key: record[key] for key in ("card", "data", "drawing")} == present_record(root), remedy
    assert record["image"] == digest_of_file(root / IMAGE), remedy


def test_first_pages_show_it(root: Path) -> None:
    for page in ("README.md", "docs/index.md"):
        images = re.findall(r"!\[.*?\]\((.*?)\)", (root / page).read_text())
        assert [(root / page).parent / image for image in images] == [root / IMAGE], page
        assert CARD in (root / page).read_text()


def test_a_change_of_card_or_drawing_is_noticed(root: Path, tmp_path: Path) -> None:
    for name in (CARD, *DRAWING):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    shutil.copytree(root / "priors", tmp_path / "priors")
    before = present_record(tmp_path)
    corner = tmp_path / DRAWING[0]
    text = corner.read_text()
    corner.write_text(text.replace('"""', '"""Another remark. ', 1) + "# and a comment\n")
    assert present_record(tmp_path) == before
    corner.write_text(text.replace("OPACITY = (0.22,", "OPACITY = (0.23,"))
    assert present_record(tmp_path)["drawing"] != before["drawing"]
    card = tmp_path / CARD
    card.write_text(card.read_text().replace("formula: exact", "formula: leading_order"))
    assert present_record(tmp_path)["card"] != before["card"]
