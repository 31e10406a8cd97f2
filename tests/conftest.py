"""Fixtures that many tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.fixture(scope="session")
def root() -> Path:
    """Root of the clone."""
    return ROOT


@pytest.fixture
def terminal() -> Iterator[None]:
    """Let programs that a test starts react to Ctrl-C, as at a terminal; background jobs of a shell ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
