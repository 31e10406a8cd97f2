"""Folders that are made once, although several processes of pytest need them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def shared_folder(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Copy of a folder which the first process that needs it makes, while others that need it wait.

    Parameters
    ----------
    factory : pytest.TempPathFactory
        Gives the temporary folders of this process.
    name : str
        Name of the folder, and of what is shared: one and the same `make` must belong to it in all tests.
    make : callable
        Makes the folder and fills it; called with its path.

    Returns
    -------
    Path
        A copy that belongs to the caller, with the same name.
    """
    own = factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    place = common / "shared"
    place.mkdir(exist_ok=True)
    made, finished = place / name, place / f"{name}.finished"
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(made, ignore_errors=True)  # what a failure has left
            make(made)
            finished.touch()
    return Path(shutil.copytree(made, factory.mktemp("copy") / name))
