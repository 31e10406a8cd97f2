"""Images of the pages, with records of what they were drawn from, by which a test notices one of a former version."""

import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from g2fit.core.files import atomic_write, fingerprint_of
from g2fit.core.fingerprint import digest_of_source

__all__ = ["DENSITIES", "drawing_hash", "save_image"]

#: Files that decide how the densities and regions of draws look, in any figure.
DENSITIES = tuple(
    f"g2fit/results/{name}.py"
    for name in (
        "axis_scales",
        "constraint",
        "grid_density",
        "kernel_density",
        "levels",
        "marginals",
        "peaks_and_pits",
        "smoothing",
        "stable_regions",
    )
)

#: Number of colours of an image.
COLOURS = 256


def drawing_hash(root: Path, names: Iterable[str]) -> str:
    """Hash of the code in files below `root`: comments, layout and docstrings do not count."""
    return fingerprint_of([digest_of_source((root / name).read_bytes()) for name in names])


def save_image(drawn: Path | io.BytesIO, path: Path) -> None:
    """Save a drawing as a small PNG file: a palette of `COLOURS` colours."""
    image = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    with atomic_write(path) as temporary:
        image.save(temporary, format="png", optimize=True)
