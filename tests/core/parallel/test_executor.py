"""Executors: the same results everywhere; a worker that dies is replaced, but not for ever."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from g2fit.core.errors import G2fitError, InputError
from g2fit.core.parallel.executors import Call, Executor, InProcess, Messenger, Processes, Threads
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import one_blas_thread
from tests.support.runs import workers_of


def square(x: int) -> int:
    return x * x


def die_until(folder: Path, name: str, times: int) -> str:
    """Kill the process that does this, so many times."""
    before = len(list(folder.glob(f"{name}-*")))
    if before < times:
        (folder / f"{name}-{before}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return name


def fail() -> None:
    raise InputError("wrong: x = 3 must be less")


@pytest.mark.parametrize("make", [InProcess, lambda: Threads(3), lambda: Processes(2)])
def test_all_give_the_same(make: type[Executor]) -> None:
    ticks = []
    with make() as executor:
        found = dict(executor.run([Call(str(i), square, (i,)) for i in range(9)], lambda: ticks.append(1)))
        assert found == {str(i): i * i for i in range(9)}
        assert ticks
        with pytest.raises(InputError, match="x = 3"):
            list(executor.run([Call("good", square, (1,)), Call("bad", fail)]))


def test_processes_without_a_server_to_fork_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.setattr("g2fit.core.parallel.executors.FORKS", False)
    with Processes(1) as executor:
        assert dict(executor.run([Call("a", square, (3,))])) == {"a": 9}


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """Also with one that is killed, in the middle of a task."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, threading, time\n"
        "from g2fit.core.parallel.executors import Call, Processes\n"
        "if __name__ == '__main__':\n"
        "    threading.Timer(3.0, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()\n"
        "    with Processes(2) as executor:\n"
        "        list(executor.run([Call(key, time.sleep, (100,)) for key in 'ab']))\n"
    )
    with subprocess.Popen([sys.executable, script]) as process:
        deadline = time.monotonic() + 60.0
        while not (workers := workers_of(process.pid)):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert process.wait(60) == -signal.SIGKILL
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_that_still_loads_modules_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Such as whoever reads the output of a command that fails at once."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n")
    code = "from g2fit.core.parallel.executors import start_server; start_server(['slow'])"
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=45, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def squares() -> None:
    with open_executor(None, 2) as executor:
        assert dict(executor.run([Call("a", square, (3,)), Call("b", square, (4,))])) == {"a": 9, "b": 16}


def test_a_process_that_may_have_no_children_does_all_itself() -> None:
    """As a worker of dask."""
    process = multiprocessing.get_context("spawn").Process(target=squares, daemon=True)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def alive(process: int) -> bool:
    """Whether a process runs."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_functions_that_pickle_does_not_know_reach_other_machines() -> None:
    from concurrent.futures import ThreadPoolExecutor

    pytest.importorskip("cloudpickle")
    with Messenger(ThreadPoolExecutor(1), 1) as executor:
        assert dict(executor.run([Call("a", lambda x: x + 1, (1,))])) == {"a": 2}


def test_dead_workers_are_replaced_and_the_rest_is_done_once_more(tmp_path: Path) -> None:
    calls = [Call("a", die_until, (tmp_path, "a", 1)), Call("b", die_until, (tmp_path, "b", 0))]
    with Processes(2) as executor:
        assert dict(executor.run(calls)) == {"a": "a", "b": "b"}
    assert len(list(tmp_path.glob("a-*"))) == 1


def test_a_task_that_kills_every_worker_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("g2fit.core.parallel.executors.RETRIES", 2)
    with Processes(1) as executor, pytest.raises(G2fitError, match=r"^a: its worker died 3 times in a row .* again"):
        list(executor.run([Call("a", die_until, (tmp_path, "a", 100))]))
    assert len(list(tmp_path.glob("a-*"))) == 3


def test_a_script_without_a_main_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from g2fit.core.parallel.executors import *\n"
        "with Processes(1) as e: print(list(e.run([Call('a', max, (1, 2))])))"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .startswith("g2fit.core.errors.G2fitError: worker processes cannot be started")
    )
    assert "if __name__ == '__main__':" in done.stderr.splitlines()[-1]


def test_missing_extras_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "g2fit.core.parallel.dask", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'g2fit\[cluster\]'"):
        open_executor("tcp://127.0.0.1:1", 1)
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(InputError, match=r"pip install 'g2fit\[mpi\]'"):
        open_executor("mpi", 1)


@pytest.mark.parametrize("name", ["", "slurm", "http://a:1", "127.0.0.1:8786"])
def test_unknown_schedulers_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="allowed: mpi, tcp://HOST:PORT"):
        open_executor(name, 1)


def blas_threads() -> set[int]:
    import numpy as np

    np.ones((2, 2)) @ np.ones((2, 2))
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_results_do_not_depend_on_the_threads_of_linear_algebra() -> None:
    """Workers have one, whatever the machine; here it is set for as long as something is computed."""
    with Processes(1) as executor:
        assert dict(executor.run([Call("a", blas_threads)])) == {"a": {1}}
    with threadpool_limits(limits=2, user_api="blas"):
        assert blas_threads() == {2}
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {2}
