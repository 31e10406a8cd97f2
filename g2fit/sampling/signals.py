"""Ctrl-C, SIGTERM and SIGHUP in a run: the first one asks the workers to save and stop."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from g2fit.sampling.task_board import TaskBoard

__all__ = ["graceful"]


@contextmanager
def graceful(stop: TaskBoard, at_once: Callable[[], bool]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM ask the workers to save and stop, and the second one interrupt at once.

    The first one does, too, where `at_once` says that nobody else can. A closed terminal (SIGHUP) asks as SIGTERM does,
    unless it is ignored, as under ``nohup``; it may send several signals, which do not interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: object) -> None:
        if stop.is_set():
            if number == hangup:
                return
            raise KeyboardInterrupt
        stop.set()
        if at_once():
            raise KeyboardInterrupt

    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        numbers.append(hangup)
    previous = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
