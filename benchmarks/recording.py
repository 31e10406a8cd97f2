"""The option ``--record FILE`` of the studies: their results as JSON, from which docs/validation.md is made."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.core.files import write_text


def add_option(parser: argparse.ArgumentParser) -> None:
    """Give a study the option."""
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the results to a JSON file")


def write(file: Path | None, results: Mapping[str, Any]) -> None:
    """Write the results of a study, if a file was asked for; numbers that are not finite become None."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps(plain(results), indent=1, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """Mappings, sequences and numbers as JSON has them.

    >>> plain({"a": np.arange(2), "b": (np.float64("nan"), True, "c")})
    {'a': [0, 1], 'b': [None, True, 'c']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
