"""Standard streams: any encoding, closed or full ones, a reader that ends, and few open files."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from g2fit.cli.streams import FILES, READER_GONE


def start(*arguments: str, redirect: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
    """The command line in a shell, which can close and redirect its streams."""
    line = f'exec "$@" {redirect}'
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "g2fit.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


@pytest.mark.parametrize("arguments", [("list", "models", "mssm"), ("--help",), ("list", "nothing")])
def test_any_encoding(arguments: tuple[str, ...]) -> None:
    """A sign that the encoding lacks is written otherwise; all else is as in UTF-8."""
    plain = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = start(*arguments, env=plain)
    same = start(*arguments, env={**plain, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == same.returncode == (2 if "nothing" in arguments else 0), done.stderr
    assert done.stdout.isascii()
    assert done.stderr.isascii()
    assert "Traceback" not in done.stderr
    if "mssm" in arguments:
        assert same.stdout.count("…") == 1
        assert done.stdout == same.stdout.replace("…", "...")


def test_signs_without_a_plain_form_are_numbered() -> None:
    assert "1 ± 2 μ".encode("ascii", "g2fit.plain") == rb"1 +- 2 \u03bc"


CLOSED = "g2fit: standard output is closed: let it go to a file, or to /dev/null\n"
FULL = "g2fit: standard output: cannot be written (No space left on device)\n"


@pytest.mark.parametrize(
    ("arguments", "redirect", "said"),
    [
        (("list", "models"), ">&-", CLOSED),
        (("list", "models"), ">/dev/full", FULL),
        (("list", "models", "--json"), ">/dev/full", FULL),
        (("--help",), ">/dev/full", FULL),
    ],
)
def test_output_that_cannot_be_written(arguments: tuple[str, ...], redirect: str, said: str) -> None:
    done = start(*arguments, redirect=redirect)
    assert (done.returncode, done.stderr) == (2, said)


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full"])
def test_messages_that_cannot_be_written(redirect: str) -> None:
    """The exit code says what the message would."""
    assert start("list", "nothing", redirect=redirect).returncode == 2
    assert start("list", "models", redirect=redirect).stdout == start("list", "models").stdout


def test_a_reader_that_ends() -> None:
    """`g2fit … | head -1`, with more output than fits into the pipe."""
    command = [sys.executable, "-m", "g2fit.cli", "list", "data", "all", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"[\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == READER_GONE


def limited(soft: int, hard: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_few_open_files() -> None:
    done = start("list", "models", preexec_fn=limited(14, 14))
    assert done.returncode == 2
    assert (
        done.stderr == f"g2fit: only 14 files may be open at the same time, and {FILES} are needed: ulimit -n {FILES}\n"
    )
    assert start("list", "models", preexec_fn=limited(14, 200)).returncode == 0
