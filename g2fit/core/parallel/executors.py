"""Executors of tasks: this process, threads, processes, dask or MPI, with the same results everywhere.

A task is a function that depends on its arguments only, seeds of random numbers included, and returns plain data or
writes a file. It may therefore run anywhere, and again if its worker dies.
"""

from __future__ import annotations

import atexit
import multiprocessing as mp
import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures import Executor as FuturesExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from typing import Any

from g2fit.core.errors import G2fitError
from g2fit.core.fingerprint import package_stamp
from g2fit.core.parallel import worker

__all__ = ["Call", "Executor", "InProcess", "Messenger", "Pool", "Processes", "Threads", "start_server"]

#: Number of workers that a task may lose in a row; it counts from 0 again when any task is finished.
RETRIES = 5

#: Number of times that all processes may die before one of them is ready.
BARREN = 2

#: Seconds between two calls of `tick`.
TICK = 0.2

#: Whether worker processes are forked from a server that has loaded what they need; otherwise each is started anew.
FORKS = "forkserver" in mp.get_all_start_methods()

#: End of the message of an error after which a run can be continued.
CONTINUE = "what was saved is kept: run again to continue"


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Call:
    """Call of a function as a task: its name in messages, a function that workers can import, plain arguments."""

    key: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Executor(ABC):
    """Runs tasks; a context manager that ends its workers.

    Attributes
    ----------
    slots : int
        Number of tasks that run at the same time, as far as it is known.
    impatient : bool
        Whether an error or interruption ends the workers at once, whatever they do; otherwise it waits for their tasks.
    """

    slots = 1
    impatient = False

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self.impatient:
            self.abandon()
        self.close()

    def abandon(self) -> None:
        """End tasks that run, where that is possible."""
        return

    @abstractmethod
    def run(self, calls: Sequence[Call], tick: Callable[[], None] = _nothing) -> Iterator[tuple[str, Any]]:
        """Yield key and result of each task as it finishes; `tick` is called every `TICK` seconds or so.

        Raises
        ------
        G2fitError
            If a task raises it, its workers keep dying, or the scheduler is lost.
        """

    @abstractmethod
    def close(self) -> None:
        """End the workers."""


class InProcess(Executor):
    """Runs tasks one after the other in this process.

    Examples
    --------
    >>> dict(InProcess().run([Call("a", max, (1, 2)), Call("b", min, (1, 2))]))
    {'a': 2, 'b': 1}
    """

    def run(self, calls: Sequence[Call], tick: Callable[[], None] = _nothing) -> Iterator[tuple[str, Any]]:
        """See `Executor`."""
        for call in calls:
            try:
                result = call.function(*call.arguments)
            except MemoryError as error:
                raise _no_memory(call) from error
            yield call.key, result
            tick()

    def close(self) -> None:
        """See `Executor`."""


class Pool(Executor):
    """Runs tasks in the workers of an executor of `concurrent.futures`; base of the executors below."""

    #: Errors which mean that a worker died, not that a task is wrong.
    deaths: tuple[type[BaseException], ...] = ()

    _pool: FuturesExecutor

    def __init__(self, slots: int) -> None:
        self.slots = slots

    @abstractmethod
    def submit(self, call: Call) -> Future[Any]:
        """Submit a task."""

    def close(self) -> None:
        """See `Executor`."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def check(self) -> None:
        """Raise an error if no worker is left."""

    def lost(self, call: Call, error: BaseException) -> G2fitError | None:
        """Return why a task whose worker died must not run again, or None."""
        return None

    def run(self, calls: Sequence[Call], tick: Callable[[], None] = _nothing) -> Iterator[tuple[str, Any]]:
        """See `Executor`."""
        pending: dict[Future[Any], Call] = {}
        died: Counter[str] = Counter()
        try:
            for call in calls:
                pending[self.submit(call)] = call
            while pending:
                finished, _ = wait(pending, timeout=TICK, return_when=FIRST_COMPLETED)
                for future in finished:
                    call = pending.pop(future)
                    try:
                        result = future.result()
                    except self.deaths as error:
                        died[call.key] += 1
                        reason = self.lost(call, error)
                        if reason is None and died[call.key] > RETRIES:
                            times = f"{died[call.key]} times in a row"
                            reason = G2fitError(
                                f"{call.key}: its worker died {times} (out of memory, or killed); {CONTINUE}"
                            )
                        if reason is not None:
                            raise reason from None
                        pending[self.submit(call)] = call
                    except MemoryError as error:
                        raise _no_memory(call) from error
                    else:
                        died.clear()
                        yield call.key, result
                self.check()
                tick()
        finally:
            for future in pending:
                future.cancel()


def _no_memory(call: Call) -> G2fitError:
    return G2fitError(
        f"{call.key}: not enough memory; what was saved is kept: run again with fewer workers, or with more memory, to "
        "continue"
    )


class Threads(Pool):
    """Runs tasks in threads of this process; for functions that release the GIL."""

    def __init__(self, slots: int) -> None:
        super().__init__(max(1, slots))
        self._pool = ThreadPoolExecutor(self.slots)

    def submit(self, call: Call) -> Future[Any]:
        """See `Pool`."""
        return self._pool.submit(call.function, *call.arguments)


def start_server(modules: Sequence[str]) -> None:
    """Begin to load modules in the process from which worker processes are forked, unless it is there already.

    Loading takes about a second of each new process. Here it is done once, while this process goes on; modules that
    are left out are loaded by each worker.
    """
    if FORKS:
        mp.set_forkserver_preload(list(modules))
        with _deaf_to_interrupts():
            forkserver.ensure_running()
        atexit.unregister(_end_server)
        atexit.register(_end_server)


def _end_server() -> None:
    """End the server, which ends by itself only when it has loaded all modules: a pipe would stay open until then."""
    process = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    if process is not None:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let processes be born ignoring Ctrl-C and closed terminals: one that does so itself may be too late."""
    main = threading.current_thread() is threading.main_thread()
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in worker.IGNORED} if main else {}
    try:
        yield
    finally:
        for number, handler in previous.items():
            if handler is not None:
                signal.signal(number, handler)


class Processes(Pool):
    """Runs tasks in processes of this machine; if one dies, all are replaced and unfinished tasks run again."""

    deaths = (BrokenProcessPool,)

    def __init__(self, slots: int) -> None:
        super().__init__(slots)
        self._barren = 0
        self._ready: list[Future[None]] = []
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        context = mp.get_context("forkserver" if FORKS else "spawn")
        pool = ProcessPoolExecutor(self.slots, mp_context=context, initializer=worker.start_process)
        start_server([name for name in sys.modules if name.startswith("g2fit.") and not name.endswith("__main__")])
        with _deaf_to_interrupts():
            self._ready = [pool.submit(worker.ready) for _ in range(self.slots)]
        return pool

    def abandon(self) -> None:
        """See `Executor`."""
        assert isinstance(self._pool, ProcessPoolExecutor)
        for process in list((self._pool._processes or {}).values()):
            process.terminate()

    def submit(self, call: Call) -> Future[Any]:
        """See `Pool`."""
        try:
            return self._pool.submit(worker.call_here, call.function, call.arguments)
        except BrokenProcessPool:
            self._pool.shutdown(wait=True, cancel_futures=True)
            alive = any(future.done() and future.exception() is None for future in self._ready)
            self._barren = 0 if alive else self._barren + 1
            if self._barren > BARREN:
                raise G2fitError(
                    "worker processes cannot be started; a script that uses more than one must do its work below "
                    "`if __name__ == '__main__':`, since each worker imports it"
                ) from None
            self._pool = self._start()
            return self._pool.submit(worker.call_here, call.function, call.arguments)


class Messenger(Pool):
    """Runs tasks on other machines, through an executor that sends functions with pickle, as `mpi4py.futures` does."""

    def __init__(self, pool: FuturesExecutor, slots: int) -> None:
        super().__init__(slots)
        self._pool = pool
        self._stamp = package_stamp()

    def submit(self, call: Call) -> Future[Any]:
        """See `Pool`."""
        import cloudpickle

        payload = cloudpickle.dumps((call.function, call.arguments))
        return self._pool.submit(worker.call_pickled, self._stamp, payload)
