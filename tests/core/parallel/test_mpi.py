"""Real MPI ranks on this machine: ``pip install 'g2fit[mpi]' mpich`` (or any other MPI) makes this run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.runs import DISTRIBUTED, DONE, command, differences, digest, write_card

pytest.importorskip("mpi4py")

MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")


@pytest.mark.skipif(MPIEXEC is None, reason="there is no mpiexec")
def test_ranks_give_the_results_of_one_process(tmp_path: Path, steps: int, expected: dict[str, Any]) -> None:
    card = write_card(tmp_path, steps, "local")
    for verb in DISTRIBUTED:
        python, module, *rest = command(verb, card, "--scheduler=mpi")
        line = [str(MPIEXEC), "-n", "3", python, "-m", "mpi4py.futures", module, *rest]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == DONE[verb], done.stderr
        assert differences(expected[verb], digest(verb, tmp_path / "out")) == []
