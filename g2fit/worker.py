"""What happens on the side of a worker: its start, its end, and the posterior that it keeps between tasks."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from g2fit.errors import G2fitError
from g2fit.parallel import one_blas_thread

if TYPE_CHECKING:
    from g2fit.card import Card
    from g2fit.posterior import Posterior

__all__ = [
    "call_elsewhere", "call_here", "call_pickled", "package_version", "posterior_of", "ready", "remember",
    "start_process",
]  # fmt: skip

#: Posteriors that a thread keeps.
KEPT = 4

_LOCAL = threading.local()

_LIMITS: list[AbstractContextManager[None]] = []


def package_version() -> str:
    """Version of this package."""
    return version("g2fit")


def start_process(parent: int) -> None:
    """Prepare a worker process of this machine: it leaves Ctrl-C to its parent, and ends when that dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def ready() -> None:
    """Do nothing: a task that starts a worker."""


def posterior_of(card: Card) -> Posterior:
    """Posterior of a card, made once a thread: its work space and its counts belong to one task at a time."""
    kept: dict[str, Posterior] = _LOCAL.__dict__.setdefault("posteriors", {})
    key = card.fingerprint() + card.dataset.fingerprint
    if key not in kept:
        from g2fit.posterior import Posterior  # not before: a worker should be ready soon

        remember(Posterior(card))
    return kept[key]


def remember(posterior: Posterior) -> None:
    """Let this thread use a posterior that is there already."""
    kept: dict[str, Posterior] = _LOCAL.__dict__.setdefault("posteriors", {})
    kept[posterior.card.fingerprint() + posterior.card.dataset.fingerprint] = posterior
    while len(kept) > KEPT:
        del kept[next(iter(kept))]


def call_elsewhere(wanted: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call a function on a machine that may have another version of this package.

    Raises
    ------
    G2fitError
        If it has: results would depend on which worker computes them.
    """
    if package_version() != wanted:
        raise G2fitError(f"a worker has g2fit {package_version()}, this is g2fit {wanted}: install the same everywhere")
    return call_here(function, arguments)


def call_here(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call a function in a worker process, which has one core to itself."""
    if not _LIMITS:
        _LIMITS.append(one_blas_thread())
        _LIMITS[0].__enter__()  # for good
    return function(*arguments)


def call_pickled(wanted: str, payload: bytes) -> Any:
    """Call what was packed with cloudpickle, for messengers that know nothing but pickle."""
    import cloudpickle

    function, arguments = cloudpickle.loads(payload)
    return call_elsewhere(wanted, function, arguments)
