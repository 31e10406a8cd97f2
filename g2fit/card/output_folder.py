"""The run folder that a card names."""

import os
from collections.abc import Mapping
from pathlib import Path

from g2fit.core.errors import CardError
from g2fit.core.files import tidy

__all__ = ["output_folder"]

#: Largest number of characters of a run folder's path on a card.
MAX_OUTPUT = 1000


def output_folder(text: str, file: Path, lines: Mapping[str, int]) -> Path:
    """Return the run folder; a card from somebody else must not choose one far from itself, a program may."""
    place = Path(os.path.abspath(file.parent / text)) if "\0" not in text else None  # noqa: PTH100 (links stay)
    near = Path(os.path.abspath(file.parent)).parent  # noqa: PTH100
    if not text.isprintable() or len(text) > MAX_OUTPUT or (lines and (place is None or near not in place.parents)):
        where = f"{file}:{lines['output']}" if "output" in lines else str(file)
        raise CardError(
            f"{where}: output = {text[:MAX_OUTPUT]!r} must be a printable path in the folder of the card or in the one "
            "above it; any other place can be given on the command line (--out)"
        )
    return tidy(file.parent / text)
