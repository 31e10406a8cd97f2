"""Fixtures that many tests share."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import ROOT

# The first example of a test may have to compile kernels.
hypothesis.settings.register_profile("g2fit", deadline=None)
hypothesis.settings.load_profile("g2fit")

# Compilation makes millions of objects that live for a moment; the search for cycles among them takes a tenth of it.
gc.set_threshold(50_000, 20, 50)


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
