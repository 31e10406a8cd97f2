"""Executor for dask clusters: workers come and go, and the scheduler moves their tasks to others."""

import logging
import time
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any

from distributed import Client
from distributed.scheduler import KilledWorker

from g2fit.core.errors import G2fitError, InputError, one_line
from g2fit.core.fingerprint import package_stamp
from g2fit.core.parallel import worker
from g2fit.core.parallel.executors import CONTINUE, Call, Pool

__all__ = ["Dask"]

#: Seconds to wait for the scheduler.
CONNECT = 10.0

#: Seconds to wait for the first worker or, when all are gone, for another one.
WORKERS = 300.0

#: Seconds between two requests for the number of workers.
COUNT_EVERY = 5.0


class Dask(Pool):
    """Runs tasks on the workers of a dask scheduler.

    Parameters
    ----------
    address : str
        Address of the scheduler, such as ``tcp://10.0.0.1:8786``.
    patience : float
        Seconds to wait for a worker when there is none.

    Raises
    ------
    InputError
        If the scheduler cannot be reached or has no worker.
    """

    deaths = (KilledWorker, CancelledError)

    def __init__(self, address: str, patience: float = WORKERS) -> None:
        self._levels = _silence()
        self.address = address
        self.patience = patience
        try:
            self._client = Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"scheduler {address}: cannot be reached ({one_line(error)})") from None
        self._stamp = package_stamp()
        self._seen = self._asked = time.monotonic()
        try:
            self._client.wait_for_workers(1, timeout=patience)
            self._pool = self._client.get_executor(pure=False)
            slots = self._count()
        except (OSError, CancelledError) as error:
            self.close()
            if isinstance(error, TimeoutError):
                text = f"scheduler {address}: has no worker, and none came in {patience:.0f} seconds"
                raise InputError(text) from None
            raise self._lost_scheduler() from None
        super().__init__(slots)

    def _count(self) -> int:
        return sum(map(int, self._client.nthreads().values()))

    def submit(self, call: Call) -> Future[Any]:
        """See `Pool`."""
        if self._client.status != "running":
            raise self._lost_scheduler()
        try:
            future: Future[Any] = self._pool.submit(worker.call_elsewhere, self._stamp, call.function, call.arguments)
        except (OSError, RuntimeError):  # lost or closed at this very moment
            raise self._lost_scheduler() from None
        return future

    def lost(self, call: Call, error: BaseException) -> G2fitError | None:
        """See `Pool`; dask itself has retried, and a cancelled task has lost its scheduler or its result."""
        if isinstance(error, KilledWorker):
            times = int(getattr(error, "allowed_failures", 3)) + 1
            return G2fitError(
                f"{call.key}: {times} workers died in a row doing it (out of memory, or killed); {CONTINUE}"
            )
        return None if self._client.status == "running" else self._lost_scheduler()

    def _lost_scheduler(self) -> G2fitError:
        return G2fitError(f"scheduler {self.address}: is lost; {CONTINUE}")

    def check(self) -> None:
        """Raise an error if there has been no worker for `patience` seconds."""
        if self._client.status != "running":
            raise self._lost_scheduler()
        now = time.monotonic()
        if now - self._asked < COUNT_EVERY:
            return
        self._asked = now
        try:
            workers = self._count()
        except OSError:
            return  # a slow scheduler will answer next time, and a lost one shows in the client's status
        if workers:
            self.slots, self._seen = workers, now
        elif now - self._seen > self.patience:
            silence = f"has had no worker for {self.patience:.0f} seconds"
            raise G2fitError(f"scheduler {self.address}: {silence}; {CONTINUE}")

    def close(self) -> None:
        """See `Executor`."""
        with suppress(OSError, CancelledError):  # the scheduler may be gone
            self._client.close(timeout=CONNECT)
        for logger, level in self._levels.items():
            logger.setLevel(level)


def _silence() -> dict[logging.Logger, int]:
    """Silence dask, which logs every lost connection; our errors report what matters. Return the previous levels."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("distributed", "tornado")]
    loggers = [logging.getLogger(name) for name in (*names, "asyncio")]
    levels = {logger: logger.level for logger in loggers}
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    return levels
