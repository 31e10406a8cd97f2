"""Fixtures that several tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sampling"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone."""
    return ROOT
