"""Fixtures that many tests share."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from g2fit.cli.main import main
from g2fit.core.parallel.threads import one_blas_thread
from tests.support import ROOT
from tests.support.cards import quick_densities, short_searches
from tests.support.refusals import Refused

# The first example of a test may have to compile kernels.
hypothesis.settings.register_profile("g2fit", deadline=None)
hypothesis.settings.load_profile("g2fit")

#: What the first, second and third process begin with.
FIRST = (
    ("tests/models/mssm/", "tests/core/", "tests/cli/", "tests/card/", "tests/analysis/"),
    ("tests/models/vll/", "tests/docs/", "tests/faults/", "tests/inference/"),
    ("tests/data/", "tests/test_pipeline.py", "tests/sampling/", "tests/output/", "tests/likelihoods/"),
)

# Compilation makes millions of objects that live for a moment; the search for cycles among them takes a tenth of it.
gc.set_threshold(50_000, 20, 50)


def pytest_configure(config: pytest.Config) -> None:
    """Use one thread for linear algebra, as all runs do; threads that wait for each other take most of the time."""
    until_the_end = ExitStack()
    until_the_end.enter_context(one_blas_thread())
    config.add_cleanup(until_the_end.close)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each process begin with tests of its own, which take long or need the kernels of one model.

    What one of them has compiled is loaded by the others. Short tests come last, to be done by whoever has time.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share = len(items) // processes
    ordered: list[pytest.Item] = []
    taken = [[[item for item in items if item.nodeid.startswith(name)] for name in names] for names in FIRST]
    items[:] = [item for item in items if not item.nodeid.startswith(tuple(name for names in FIRST for name in names))]
    for number, found in enumerate(taken):
        missing = max(0, number * share - len(ordered))
        ordered += items[:missing] + [item for group in found for item in group]
        del items[:missing]
    items[:] = ordered + items


@pytest.fixture(scope="session", autouse=True)
def densities() -> Iterator[None]:
    """Plain regions, those in planes on coarse grids: figures and reports of tests then take half of the time.

    Tests of the densities and regions themselves, and comparisons with other processes, use the whole ones.
    """
    with quick_densities():
        yield


@pytest.fixture(scope="session", autouse=True)
def searches() -> Iterator[None]:
    """Let searches of explorations, best fits and evidences begin with fewer draws, enough for the posteriors of tests.

    Tests of the searches themselves, and comparisons with other processes, use the whole ones.
    """
    with short_searches():
        yield


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


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Message of a command that must be refused: one line, with exit code 2."""

    def call(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["g2fit", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        errors = capsys.readouterr().err.strip()
        assert ended.value.code == 2, errors
        assert errors.startswith("g2fit: ")
        assert len(errors.splitlines()) == 1
        return str(errors)

    return call
