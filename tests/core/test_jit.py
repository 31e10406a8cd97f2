"""The cache of compiled kernels: never stale, wherever it lies, also where no folder can be written."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from g2fit.core.jit import embedded, kernel, scalar
from g2fit.core.sources import called_sources
from tests.support.shared import shared_folder

#: Folder with kernels: code that prints what one of them gives, and a function that it calls, of another file where
#: there is one.
FOLDERS = {
    "card": (
        """
        from g2fit.card.priors import make_prior
        print(make_prior("x", {"dist": "uniform", "min": 0.0, "max": 2.0}).logpdf(np.array([0.5])))
        """,
        "card/priors.py",
        "_logpdf",
    ),
    "likelihoods": (
        """
        from g2fit.likelihoods.kernel import PREDICTION, Batch, TermTables, fill_gaussians
        row, none, out = np.array([[0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]]), np.zeros((0, 6)), np.zeros((1, 1))
        places = {"origin": np.array([[PREDICTION, 0]]), "scale": np.array([[0.0, 1.0]])}
        terms = {"gaussian_index": np.array([[0, 0, -1]]), "gaussian_numbers": row}
        others = {"block_index": none.astype(int), "block_numbers": none[:, 0], "cut_index": none.astype(int)}
        curves = {"cut_numbers": none, "curve_index": none.astype(int), "curve_nodes": none}
        fill_gaussians(Batch(out + 1.0, out + 1.0, 1), TermTables(**places, **terms, **others, **curves), out)
        print(out)
        """,
        "likelihoods/gaussian.py",
        "gaussian_log_likelihood",
    ),
    "models": (
        """
        from g2fit.models.edm import fill_phases
        dipole, mu_M1 = np.empty(1), np.empty(1)
        fill_phases(np.array([-8.7e-13]), np.array([-0.5]), 2e-19, dipole, mu_M1)
        print(dipole)
        """,
        "models/edm.py",
        "largest_edm_phase",
    ),
    "models/mssm": (
        "from g2fit.models.mssm.loops import f_N\nprint(f_N(1.0, 2.0))",
        "models/mssm/loop_functions.py",
        "loop_fN",
    ),
    "models/mssm/two_loop": (
        "from g2fit.models.mssm.two_loop.loop_functions import f_f\nprint(f_f(0.3))",
        "models/mssm/two_loop/loop_functions.py",
        "f_f_over_z",
    ),
    "models/vll": (
        "from g2fit.models.vll.exact import light_higgs_loop\nprint(light_higgs_loop(0.1, 125.0))",
        "models/vll/loops.py",
        "higgs_F",
    ),
    "models/vll/flavour": (
        "from g2fit.models.vll.flavour.leptons import Partners\n"
        "from g2fit.models.vll.flavour.spectrum import _heavy_masses\n"
        "print(_heavy_masses(Partners(1.0, 1j, 0j, 1.0), 1.0))",
        "models/vll/flavour/arrays.py",
        "square",
    ),
    "models/vll/representations": (
        "from math import log\n"
        "from g2fit.models.vll.representations.functions import z_loop\n"
        "print(z_loop(4.0, 9.0, log(4.0), log(9.0))[2])",
        "models/vll/representations/functions.py",
        "K",
    ),
    "posterior": (
        "from g2fit.posterior.ridge_map import _Ridge, _ends\n"
        "print(_ends(_Ridge(0, 1.0, 2.0, 1.0, 0.5, True), 0.5, 2.0))",
        "posterior/ridge_map.py",
        "_normal_cdf",
    ),
    "results": (
        "from g2fit.results.peaks_and_pits import peaks_and_passes\n"
        "print(peaks_and_passes(np.array([[0.0, 3.0, 1.0, 2.0]])))",
        "results/peaks_and_pits.py",
        "_fill_peaks",
    ),
    "sampling": (
        """
        from g2fit.sampling.moves import _stretch
        out = np.zeros((1, 1))
        _stretch(np.ones((2, 1)), np.array([0]), np.array([1]), np.ones(1), out)
        print(out)
        """,
        "sampling/moves.py",
        "_stretch",
    ),
    "sampling/ladder": (
        """
        from g2fit.sampling.ladder.mixture import Mixture
        print(Mixture(np.ones(1), np.zeros((1, 1)), np.ones((1, 1, 1))).log_density(np.ones((1, 1))))
        """,
        "sampling/ladder/mixture.py",
        "_log_density",
    ),
}

#: Folders whose code also calls an edited function of another one.
LATER = {"models/mssm/two_loop", "models/vll", "posterior", "sampling"}

#: A model of another package, whose kernel calls one of its own, of another folder, and one of this package.
OWN = {
    "own/__init__.py": "",
    "own/model.py": """
        from g2fit.core.jit import kernel
        from g2fit.models.mssm.vacuum import vacuum_bound
        from .physics import (
            loops,  # a module
        )
        from .physics.loops import double

        @kernel
        def fill(x):
            return double(x) + vacuum_bound(500.0, 500.0, 1.0)
        """,
    "own/physics/__init__.py": "",
    "own/physics/loops.py": """
        from g2fit.core.jit import scalar

        @scalar
        def double(x):
            return 2.0 * x
        """,
}


#: Prints what the code of every folder prints, by folder.
EVERYTHING = f"""
import contextlib, io, json
printed = {{}}
for folder, code in { ({folder: textwrap.dedent(code) for folder, (code, _, _) in FOLDERS.items()})!r}.items():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, {{"np": np}})
    printed[folder] = out.getvalue()
print(json.dumps(printed))
"""


def copy_package(root: Path, folder: Path) -> None:
    """Copy the package into a folder, with a model of another package beside it."""
    shutil.copytree(root / "g2fit", folder / "g2fit", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in OWN.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of the package, in a folder of its own, with a model of another package beside it."""
    copy_package(root, tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def compiled(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a copy with the compiled kernels of all folders, and what they print in ``printed.json``."""

    def make(folder: Path) -> None:
        copy_package(root, folder)
        (folder / "printed.json").write_text(number(EVERYTHING, folder))

    return shared_folder(tmp_path_factory, "compiled", make)


def kernels_of(folder: Path) -> dict[Path, int]:
    """Files of compiled kernels, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in (folder / "cache").rglob("*.nbc")}


def result(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new process that finds its packages in `folder`."""
    code = "import numpy as np\n" + textwrap.dedent(code)
    cache = {} if environment else {"G2FIT_CACHE_DIR": str(folder / "cache")}
    environment = os.environ | {"PYTHONPATH": str(folder)} | cache | environment
    for name in [name for name, value in environment.items() if not value]:
        del environment[name]
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def number(code: str, folder: Path, **environment: str) -> str:
    done = result(code, folder, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def edit(path: Path, function: str) -> None:
    """Let a function give half of what it gave, or end before it has filled anything."""
    tree = ast.parse(path.read_text())
    found = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function)
    returns = [node for node in ast.walk(found) if isinstance(node, ast.Return) and node.value is not None]
    for node in returns:
        node.value = ast.BinOp(ast.Constant(0.5), ast.Mult(), node.value)
    if not returns:
        found.body.insert(0, ast.parse("out[:] = 17.0").body[0])
        found.body.insert(1, ast.Return())
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)))


def test_every_folder_is_here(root: Path) -> None:
    users = {
        path.parent.relative_to(root / "g2fit").as_posix()
        for path in (root / "g2fit").rglob("*.py")
        if "from g2fit.core.jit import" in path.read_text()
    }
    assert users - {"core"} == set(FOLDERS)  # `core` has no kernels


def test_compiled_kernels_are_loaded(compiled: Path) -> None:
    written = kernels_of(compiled)
    assert len(written) > len(FOLDERS)
    assert json.loads(number(EVERYTHING, compiled)) == json.loads((compiled / "printed.json").read_text())
    assert kernels_of(compiled) == written


@pytest.mark.parametrize("edited", [sorted(set(FOLDERS) - LATER), sorted(LATER)])
def test_editing_a_called_function_changes_the_result(
    edited: list[str], root: Path, compiled: Path, tmp_path: Path
) -> None:
    """Of every folder: functions are edited together where no code calls two of them."""
    copy = Path(shutil.copytree(compiled, tmp_path / "copy"))
    before = json.loads((copy / "printed.json").read_text())
    files = {FOLDERS[folder][1]: FOLDERS[folder][2] for folder in edited}
    for folder in edited:
        modules = re.findall(r"from (g2fit\S+) import", FOLDERS[folder][0])
        called = {path for m in modules for path in called_sources(root / f"{m.replace('.', '/')}.py", m)}
        assert [file for file in files if root / "g2fit" / file in called] == [FOLDERS[folder][1]]
    for file, function in files.items():
        edit(copy / "g2fit" / file, function)
    after = json.loads(number(EVERYTHING, copy))
    for folder in edited:
        assert before[folder].strip()
        assert after[folder] != before[folder], folder


@pytest.mark.parametrize(
    ("file", "function"), [("own/physics/loops.py", "double"), ("g2fit/models/mssm/vacuum.py", "vacuum_bound")]
)
def test_models_of_other_packages(file: str, function: str, copy: Path) -> None:
    code = "from own.model import double, fill\nprint(fill(1.0), double(1.0))"  # by a kernel and by Python
    before = number(code, copy)
    assert before.split()[1] == "2.0"
    edit(copy / file, function)
    assert number(code, copy) != before


def test_a_module_outside_of_any_package(copy: Path) -> None:
    """It is followed through its folder."""
    (copy / "alone.py").write_text((copy / "own/model.py").read_text().replace("from .", "from own."))
    found = called_sources(copy / "alone.py", "alone")
    assert {copy / "alone.py", copy / "own/physics/__init__.py", copy / "own/physics/loops.py"} <= set(found)
    assert any(path.name == "vacuum.py" for path in found)


@pytest.mark.parametrize("temporary", [True, False])
def test_where_the_user_has_no_cache_folder(temporary: bool, copy: Path) -> None:
    """The temporary directory is used, or nothing; never the ``__pycache__`` beside the source."""
    code, file, function = FOLDERS["models"]
    (copy / "file").touch()
    (copy / "tmp").mkdir(mode=0o777 if temporary else 0o755)
    mine = copy / "tmp" / f"g2fit-{os.getuid()}"
    if not temporary:
        mine.mkdir()
        mine.chmod(0o777)  # others can write there what would be run
    setting = {
        "HOME": str(copy / "file/home"),
        "G2FIT_CACHE_DIR": "",
        "XDG_CACHE_HOME": "",
        "TMPDIR": str(copy / "tmp"),
    }
    before = number(code, copy, **setting)
    assert bool(list(mine.rglob("*.nbc"))) is temporary
    assert not [path for path in copy.rglob("*.nb?") if mine not in path.parents]
    edit(copy / "g2fit" / file, function)
    assert number(code, copy, **setting) != before


def test_a_folder_that_others_made_is_not_used(copy: Path) -> None:
    """Not even by way of a link."""
    (copy / "file").touch()
    (copy / "tmp").mkdir()
    (copy / "elsewhere").mkdir(mode=0o700)
    (copy / "tmp" / f"g2fit-{os.getuid()}").symlink_to(copy / "elsewhere")
    setting = {"XDG_CACHE_HOME": str(copy / "file/cache"), "G2FIT_CACHE_DIR": "", "TMPDIR": str(copy / "tmp")}
    number(FOLDERS["models/mssm"][0], copy, **setting)
    assert not list(copy.rglob("*.nb?"))


@pytest.mark.parametrize("wanted", ["/proc/nope", "file/cache"])
def test_a_folder_that_was_asked_for_must_be_writable(wanted: str, copy: Path) -> None:
    (copy / "file").touch()
    names = ("m_L", "m_S", "Y_L", "Y_R", "Y_V", "Y_Vp")
    done = subprocess.run(
        [sys.executable, "-m", "g2fit.cli", "point", "vll", *(f"{name}=500" for name in names)],
        env=os.environ | {"PYTHONPATH": str(copy), "G2FIT_CACHE_DIR": wanted},
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"g2fit: G2FIT_CACHE_DIR = '{wanted}': nothing can be stored there")
    assert len(done.stderr.splitlines()) == 1
    assert not list(copy.rglob("*.nb?"))


@pytest.mark.parametrize("decorate", [scalar, embedded, kernel])
def test_the_compiler_may_change_no_operation(decorate: Callable[..., Any]) -> None:
    """No flag beside an operation: contraction to fused multiply-add would depend on what is inlined."""
    names: dict[str, Any] = {"__name__": __name__}
    exec("def combined(a, b, c):\n    return a * b + c / b", names)  # noqa: S102 of no file: not cached
    compiled = decorate(names["combined"])
    assert compiled(2.0, 3.0, 4.0) == 2.0 * 3.0 + 4.0 / 3.0
    (code,) = compiled._called_by_python.inspect_llvm().values()
    operations = re.findall(r"= f(add|mul|div) (\w+)", code)
    assert {name for name, _ in operations} == {"add", "mul", "div"}
    assert {flag_or_type for _, flag_or_type in operations} == {"double"}
