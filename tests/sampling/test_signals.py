"""Signals that ask a run to save and stop."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from g2fit.sampling.signals import graceful
from g2fit.sampling.task_board import TaskBoard


@pytest.fixture
def board(tmp_path: Path) -> TaskBoard:
    return TaskBoard.create(tmp_path / ".board", [0])


def test_a_closed_terminal_asks_to_stop_and_never_interrupts_that(board: TaskBoard) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with graceful(board, lambda: False):
            os.kill(os.getpid(), signal.SIGHUP)
            assert board.is_set()
            os.kill(os.getpid(), signal.SIGHUP)  # from the terminal and from the shell
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_run_under_nohup_goes_on(board: TaskBoard) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with graceful(board, lambda: True):
            os.kill(os.getpid(), signal.SIGHUP)
            assert not board.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
