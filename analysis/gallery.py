"""Images of the page ``docs/gallery.md``: its commands are run, and what they draw is kept with a record.

``python -m analysis.gallery`` runs the commands of the page in a temporary folder, copies the figures that the page
shows, and writes the record beside them. A test compares the record with the present page, card, data and drawing code.
"""

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from analysis.figure_records import DENSITIES, drawing_hash, save_image
from g2fit.card import Card
from g2fit.core.files import write_json
from g2fit.core.sealed import digest_of_file

__all__ = ["RECORD", "commands", "draw", "drawing_files", "images", "present_record"]

ROOT = Path(__file__).resolve().parent.parent

#: The page, the record of its images, and the card of its run.
PAGE, RECORD, CARD = "docs/gallery.md", "docs/images/gallery.json", "analysis/vll-2021.yaml"

#: Folders of figures, in the folder where the commands run.
FIGURES = ("chains/vll-2021/figures", "figures")


def commands(root: Path = ROOT) -> list[str]:
    """Commands of the page, in its order."""
    text = (root / PAGE).read_text(encoding="utf-8")
    return [line for block in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S) for line in block.splitlines()]


def images(root: Path = ROOT) -> dict[str, str]:
    """Image files that the commands draw, with the names of the figures: ``gallery-NAME.png`` shows ``NAME.png``."""
    text = (root / PAGE).read_text(encoding="utf-8")
    return {name: name.removeprefix("gallery-") for name in re.findall(r"\(images/(gallery-[\w-]+\.png)\)", text)}


def drawing_files(root: Path = ROOT) -> list[str]:
    """Files that decide how the draws of a run look in a figure."""
    plots = sorted((root / "g2fit/output/plots").glob("*.*"))
    return [*(path.relative_to(root).as_posix() for path in plots), *DENSITIES]


def present_record(root: Path = ROOT) -> dict[str, Any]:
    """What the images would be drawn from now."""
    card = Card.load(root / CARD)
    lines = "\n".join(commands(root))
    return {
        "card": card.fingerprint(),
        "data": card.dataset.fingerprint,
        "drawing": drawing_hash(root, drawing_files(root)),
        "commands": hashlib.sha256(lines.encode()).hexdigest(),
    }


def draw(root: Path = ROOT) -> list[Path]:
    """Run the commands, and write the images and their record."""
    written = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("analysis", "priors"):
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("output", "__pycache__"))
        for line in [f"g2fit run {CARD} --quiet", *commands(root)]:
            program, *arguments = shlex.split(line)
            if program != "g2fit":
                raise ValueError(f"{PAGE}: {line!r} is not a command of g2fit")
            subprocess.run([sys.executable, "-m", "g2fit.cli", *arguments], cwd=folder, check=True)
        for name, figure in images(root).items():
            (drawn,) = [folder / kind / figure for kind in FIGURES if (folder / kind / figure).exists()]
            save_image(drawn, root / "docs/images" / name)
            written.append(root / "docs/images" / name)
    write_json(root / RECORD, {**present_record(root), "images": {path.name: digest_of_file(path) for path in written}})
    return written


if __name__ == "__main__":
    print(*draw(), sep="\n")
    print(json.dumps(present_record(), indent=1))
