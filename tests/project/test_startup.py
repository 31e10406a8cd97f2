"""What is imported before anything is computed: the time that a user waits at every command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: Packages whose import takes tenths of a second.
HEAVY = {
    "arviz", "arviz_base", "emcee", "h5netcdf", "h5py", "jinja2", "matplotlib", "numba", "numpy", "pandas", "pydantic",
    "ruamel", "scipy", "xarray",
}  # fmt: skip

#: Seconds of processor time for the import of g2fit, the interpreter left aside; 0.05 is usual.
LIMIT = 0.5


def top_level(program: str, folder: Path) -> set[str]:
    """Names of the packages that a program has imported when it ends."""
    code = f"import sys\ntry:\n    {program}\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_import_needs_the_standard_library_alone(tmp_path: Path) -> None:
    imported = top_level("import g2fit", tmp_path) - top_level("pass", tmp_path)
    assert "g2fit" in imported
    assert {name for name in imported if not name.startswith("_")} <= sys.stdlib_module_names | {"g2fit"}


@pytest.mark.parametrize("arguments", ["--help", "--version"])
def test_help_imports_nothing_heavy(arguments: str, tmp_path: Path) -> None:
    program = f"sys.argv[1:] = {arguments.split()}; from g2fit.cli.main import main; main()"
    imported = top_level(program, tmp_path)
    assert "typer" in imported
    assert imported & HEAVY == set()


def test_what_is_heavy_is_noticed(tmp_path: Path) -> None:
    assert {"numpy", "pydantic"} <= top_level("import g2fit; g2fit.Card", tmp_path) & HEAVY


def test_import_time(tmp_path: Path) -> None:
    code = "import time; begun = time.process_time(); import g2fit; print(time.process_time() - begun)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(times) < LIMIT
