"""Tasks in threads or other processes, with results that are kept on disk and never computed twice.

A task depends on nothing but its arguments and its own seed, and results are combined in the order of the tasks. What
follows from them is therefore the same for any number of workers and interruptions.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext

import numpy as np

from g2fit.core.checkpoints import Arrays, Checkpoints
from g2fit.core.parallel.executors import Call, Executor, Threads
from g2fit.core.parallel.threads import one_blas_thread

__all__ = ["Arrays", "TaskRunner"]

#: Seconds between two saves of the results of short tasks.
SAVE_INTERVAL = 2.0


class TaskRunner:
    """Run tasks and keep their results, in memory and, if there is a store, on disk.

    The tasks run in so many threads of this process (`workers`) or, if there is one, on an `executor`. The `store` must
    be held by this process; damaged files in it are ignored. Results are saved every `interval` seconds: those since
    the last save are lost if the process is killed. The wall time spent on the tasks, including that of interrupted
    calls before, is `seconds`.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        executor: Executor | None = None,
        store: Checkpoints | None = None,
        interval: float = SAVE_INTERVAL,
    ) -> None:
        self.workers, self.executor, self.store, self.interval = workers, executor, store, interval
        self.seconds = 0.0
        self._results: dict[str, Arrays] = {}
        self._unsaved: dict[str, Arrays] = {}
        saved = [] if store is None else [store.load(part) or {} for part in store.parts()]
        for path, values in (item for content in saved for item in content.items()):
            task, _, name = path.partition("/")
            if name:
                self._results.setdefault(task, {})[name] = values
            elif path == "seconds":
                self.seconds += float(values)
        self._saved_seconds = self.seconds

    def __contains__(self, task: str) -> bool:
        return task in self._results

    def __getitem__(self, task: str) -> Arrays:
        return self._results[task]

    def save(self) -> None:
        """Write the results that are not on disk yet."""
        if self.store is None or not self._unsaved:
            return
        content: Arrays = {"seconds": np.array(self.seconds - self._saved_seconds)}
        for task, arrays in self._unsaved.items():
            content |= {f"{task}/{name}": values for name, values in arrays.items()}
        self.store.save(next(iter(self._unsaved)), content)
        self._unsaved, self._saved_seconds = {}, self.seconds

    def run(
        self, tasks: Mapping[str, Callable[[], Arrays]], progress: Callable[[int, int], None] = lambda done, total: None
    ) -> list[Arrays]:
        """Run the tasks that have no result yet; give the results of all of them, in their order.

        Every now and then `progress` is called with the numbers of finished and of all tasks.

        Raises
        ------
        KeyboardInterrupt
            After the finished tasks have been saved.
        """
        missing = [name for name in tasks if name not in self]

        def tell() -> None:
            progress(sum(name in self for name in tasks), len(tasks))

        tell()
        if missing:
            before, begun = self.seconds, time.monotonic()
            last_save = begun
            calls = [Call(name, tasks[name]) for name in missing]
            here = nullcontext(self.executor) if self.executor is not None else Threads(self.workers)
            try:
                with one_blas_thread(), here as executor:
                    for name, arrays in executor.run(calls, tell):
                        self.seconds = before + time.monotonic() - begun
                        self._results[name] = self._unsaved[name] = arrays
                        if time.monotonic() - last_save > self.interval:
                            self.save()
                            last_save = time.monotonic()
            finally:
                self.save()
        return [self[name] for name in tasks]
