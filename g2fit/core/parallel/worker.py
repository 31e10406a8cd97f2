"""The worker's side of parallel execution: how a worker process starts, ends and calls its tasks."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from g2fit.core.errors import G2fitError
from g2fit.core.fingerprint import package_stamp
from g2fit.core.parallel.threads import one_blas_thread

__all__ = ["IGNORED", "call_elsewhere", "call_here", "call_pickled", "ready", "start_process"]

#: Signals that workers ignore, Ctrl-C and a closed terminal: the process that has started them decides.
IGNORED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name))  # Windows has one

_LIMITS: list[AbstractContextManager[None]] = []


def start_process() -> None:
    """Initialise a worker process of this machine: it ignores Ctrl-C and SIGHUP, and ends with its parent."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def ready() -> None:
    """Empty task, which starts a worker."""


def call_elsewhere(wanted: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call a function on another machine, which must have the same sources of this package.

    Raises
    ------
    G2fitError
        If it has others: results would depend on which worker computes them.
    """
    if package_stamp() != wanted:
        raise G2fitError(
            f"a worker has g2fit {package_stamp()}, this is g2fit {wanted}: install the same everywhere, and start all "
            "workers again"
        )
    return call_here(function, arguments)


def call_here(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call a function in a worker process, with one thread for linear algebra."""
    if not _LIMITS:
        _LIMITS.append(one_blas_thread())
        _LIMITS[0].__enter__()  # for good
    return function(*arguments)


def call_pickled(wanted: str, payload: bytes) -> Any:
    """Call a function and arguments that were serialised with cloudpickle."""
    import cloudpickle

    function, arguments = cloudpickle.loads(payload)
    return call_elsewhere(wanted, function, arguments)
