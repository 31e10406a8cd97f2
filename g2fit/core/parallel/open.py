"""The executor for the workers and the scheduler that a user asks for."""

from multiprocessing import current_process

from g2fit.core.errors import InputError
from g2fit.core.parallel.executors import Executor, InProcess, Messenger, Processes

__all__ = ["open_executor"]


def open_executor(scheduler: str | None, slots: int) -> Executor:
    """Return an executor for the given workers or scheduler.

    Parameters
    ----------
    scheduler : str or None
        ``tcp://HOST:PORT`` (also ``tls://``, ``ucx://``) of a dask scheduler; ``mpi``; None for this machine.
    slots : int
        Number of worker processes on this machine; with one, tasks run in this process, and so they do where it may
        have no children, as a worker of dask.

    Raises
    ------
    InputError
        If the scheduler is unknown, cannot be reached, or its extra is not installed.

    Examples
    --------
    >>> type(open_executor(None, 1)).__name__
    'InProcess'
    >>> open_executor("slurm", 1)
    Traceback (most recent call last):
    g2fit.core.errors.InputError: scheduler 'slurm' is unknown; allowed: mpi, tcp://HOST:PORT, tls://HOST:PORT, ucx://HOST:PORT
    """
    if scheduler is None:
        return Processes(slots) if slots > 1 and not current_process().daemon else InProcess()
    if scheduler == "mpi":
        return _open_mpi()
    if not scheduler.startswith(("tcp://", "tls://", "ucx://")):
        allowed = "mpi, tcp://HOST:PORT, tls://HOST:PORT, ucx://HOST:PORT"
        raise InputError(f"scheduler {scheduler!r} is unknown; allowed: {allowed}")
    try:
        from g2fit.core.parallel.dask import Dask
    except ImportError as error:
        raise InputError(
            f"scheduler {scheduler}: needs dask.distributed ({error.name} is missing): pip install 'g2fit[cluster]'"
        ) from None
    return Dask(scheduler)


def _open_mpi() -> Executor:
    try:
        import cloudpickle  # noqa: F401
        from mpi4py import MPI
        from mpi4py.futures import MPIPoolExecutor
    except (ImportError, RuntimeError) as error:  # a RuntimeError says that there is no MPI library
        raise InputError(
            f"scheduler mpi: needs mpi4py and an MPI library ({error}): pip install 'g2fit[mpi]'"
        ) from None
    size = MPI.COMM_WORLD.Get_size()
    if size < 2:
        raise InputError(
            "scheduler mpi: there is no other rank; start it as "
            "`mpiexec -n 5 python -m mpi4py.futures -m g2fit.cli run CARD --scheduler mpi`"
        )
    return Messenger(MPIPoolExecutor(), size - 1)
