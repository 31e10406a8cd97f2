"""The option ``--record FILE`` of the studies: their results as JSON, from which docs/validation.md is made."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from g2fit.core.files import write_json


def add_option(parser: argparse.ArgumentParser) -> None:
    """Give a study the option."""
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the results to a JSON file")


def write(file: Path | None, results: Mapping[str, Any]) -> None:
    """Write the results of a study, if a file was asked for; numbers that are not finite become None."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, results)
