"""Real MPI ranks on this machine: ``pip install 'g2fit[mpi]' mpich`` (or any other MPI) makes this run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.faults import DONE, command, differences, digest, write_card
from g2fit import Card
from g2fit.evidence import evidence
from g2fit.execution import execute
from g2fit.scan import scan

pytest.importorskip("mpi4py")

MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")


@pytest.mark.skipif(MPIEXEC is None, reason="there is no mpiexec")
def test_ranks_give_the_results_of_one_process(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        write_card(tmp_path / name, 250, "local")
    card = Card.load(tmp_path / "here/card.yaml")
    execute(card, workers=1)
    evidence(tmp_path / "here/out", methods=["B"], workers=1)
    scan(card, "m_L", "m_S", 8, 12, workers=1)
    for verb in DONE:
        python, module, *rest = command(verb, tmp_path / "there/card.yaml", "--scheduler=mpi")
        line = [str(MPIEXEC), "-n", "3", python, "-m", "mpi4py.futures", module, *rest]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == DONE[verb], done.stderr
        assert differences(digest(verb, tmp_path / "here/out"), digest(verb, tmp_path / "there/out")) == []
