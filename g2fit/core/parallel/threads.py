"""Cores, and threads that share the rows of a batch."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from g2fit.core.errors import InputError

__all__ = ["available_cores", "check_workers", "map_rows", "one_blas_thread"]

#: Rows per chunk of a batch: inputs and outputs of a chunk fit into the second-level cache.
CHUNK = 2048


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit the linear algebra libraries to one thread.

    The last digits of a matrix product depend on the number of threads, which depends on the machine.
    """
    import scipy.linalg  # noqa: F401 (libraries that are loaded later would not be limited)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def available_cores() -> int:
    """Number of cores that this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def check_workers(workers: int | None) -> None:
    """Raise an `InputError` unless the number of worker processes is at least 1, or None for one per core."""
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be at least 1")


def map_rows(function: Callable[[int, int], None], n: int, threads: int = 1) -> None:
    """Call ``function(start, stop)`` for each chunk of the rows of a batch, in `threads` threads.

    The chunks are the same for any number of threads, and so are the results. The function should release the GIL;
    with one thread or one chunk, the calling thread does all of it.
    """
    starts = range(0, n, CHUNK)
    stops = [min(start + CHUNK, n) for start in starts]
    if threads <= 1 or len(starts) <= 1:
        for start, stop in zip(starts, stops, strict=True):
            function(start, stop)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(function, starts, stops))
