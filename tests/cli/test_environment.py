"""The environment of a command: whatever it holds, libraries can read it, or one line says what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from g2fit.cli.environment import settle_environment
from g2fit.core.errors import InputError
from tests.support.refusals import Refused


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMP_NUM_THREADS", "abc"),
        ("OMP_NUM_THREADS", "4,"),
        ("OMP_NUM_THREADS", "-1"),
        ("NUMBA_NUM_THREADS", "0"),
        ("NUMBA_NUM_THREADS", "4,2"),
    ],
)
def test_numbers_of_threads_that_are_none(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert f"{name} = '{value}'" in refused("list", "models")
    with pytest.raises(InputError, match="a number of threads"):
        settle_environment()


def test_what_libraries_cannot_read_but_is_no_error() -> None:
    code = (
        "from g2fit.cli.environment import settle_environment; settle_environment()\n"
        "import os, matplotlib, scipy.fft\n"
        "from numba.np.ufunc.parallel import get_thread_count\n"
        "print(matplotlib.get_backend().lower(), os.environ['OMP_NUM_THREADS'], get_thread_count() > 0)"
    )
    own = {"OMP_NUM_THREADS": "4,2", "NUMBA_NUM_THREADS": " ", "MPLBACKEND": "wrong"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | own, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["agg", "4", "True"]
