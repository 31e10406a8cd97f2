"""Threads within a batch and processes between ensembles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from g2fit.core.errors import InputError

__all__ = ["available_cores", "check_workers", "map_rows", "one_blas_thread"]

#: Rows a thread takes at a time: a block of inputs and outputs stays in the second-level cache.
BLOCK = 2048


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let the linear algebra libraries use one thread.

    The last digits of a matrix product depend on how many threads share it; workers, each with a core, and machines
    with different numbers of cores would give different results.
    """
    import scipy.linalg  # noqa: F401 (libraries that are loaded later would not be limited)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def available_cores() -> int:
    """Cores this process may run on (not those of the machine)."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def check_workers(workers: int | None) -> None:
    """Raise an `InputError` unless the number of worker processes is at least 1, or None for one per core."""
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be at least 1")


def map_rows(function: Callable[[int, int], None], n: int, threads: int = 1, block: int = BLOCK) -> None:
    """Call ``function(start, stop)`` over the rows of a batch, in `threads` threads.

    The rows are cut in the same places whatever the number of threads, so that results do not depend on it.

    Parameters
    ----------
    function : callable
        Works on rows ``start:stop`` and returns nothing; should release the GIL.
    n : int
        Number of rows.
    threads : int
        Number of threads; 1 stays in the calling thread.
    block : int
        Rows per call.
    """
    cuts = range(0, n, block)
    if threads <= 1 or len(cuts) <= 1:
        for start in cuts:
            function(start, min(start + block, n))
        return
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(function, start, min(start + block, n)) for start in cuts]:
            future.result()
