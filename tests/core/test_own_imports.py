"""Files that a user's model imports from its folder: each model has its own, as they are when it is loaded."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from g2fit.core.errors import ModelError
from g2fit.core.own_code import code_hash
from g2fit.models import get_model

MODEL = """
from g2fit.models import Model, Quantity
{top}

class Own(Model):
    '''A line.'''

    name = "line"
    parameters = (Quantity("x", "x"),)
    observables = (Quantity("delta_a_mu", "a", sm=0.0),)

    def predict(self, theta):
        {inside}
        return {{"delta_a_mu": {slope} * theta[:, 0]}}
"""

#: Ways to import a number from the folder: at the top of the file or in a function, from a file or a package.
IMPORTS = {
    "module": {"top": "import helper", "slope": "helper.SLOPE"},
    "module, renamed": {"top": "import helper as other", "slope": "other.SLOPE"},
    "name": {"top": "from helper import SLOPE", "slope": "SLOPE"},
    "everything": {"top": "from helper import *", "slope": "SLOPE"},
    "later": {"inside": "import helper", "slope": "helper.SLOPE"},
    "name, later": {"inside": "from helper import SLOPE", "slope": "SLOPE"},
    "relative": {"top": "from .helper import SLOPE", "slope": "SLOPE"},
    "package": {"top": "import tools.helper", "slope": "tools.helper.SLOPE"},
    "package, renamed": {"top": "import tools.helper as other", "slope": "other.SLOPE"},
    "package, module": {"top": "from tools import helper", "slope": "helper.SLOPE"},
    "package, relative": {"top": "from tools import SLOPE", "slope": "SLOPE"},
    "folder": {"top": "from plain import helper", "slope": "helper.SLOPE"},
    "by another": {"top": "import between", "slope": "between.slope()"},
    "in a circle": {"top": "import circle", "slope": "circle.slope()"},
}


def write(folder: Path, number: float, top: str = "", inside: str = "", slope: str = "") -> str:
    """Write a model and what it may import; return its name for `get_model`."""
    for name in ("tools", "plain"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for place in ("helper.py", "tools/helper.py", "plain/helper.py"):
        (folder / place).write_text(f"SLOPE = {number}\n")
    (folder / "tools/__init__.py").write_text("from .helper import SLOPE\n")
    (folder / "between.py").write_text("def slope():\n    import helper\n    return helper.SLOPE\n")
    (folder / "circle.py").write_text(
        "import own\nfrom helper import SLOPE\n\ndef slope():\n    assert own.Own.name\n    return SLOPE\n"
    )
    (folder / "own.py").write_text(MODEL.format(top=top, inside=inside, slope=slope))
    return f"{folder / 'own.py'}:Own"


def slope_of(model: Any) -> float:
    return float(model.predict(x=1.0)["delta_a_mu"][0])


@pytest.mark.parametrize("how", IMPORTS)
def test_each_model_has_the_files_of_its_folder(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else is called `helper`: beside another model, or imported by the program."""
    strange = ModuleType("helper")
    monkeypatch.setitem(sys.modules, "helper", strange)
    first, second = (get_model(write(tmp_path / str(k), float(k), **IMPORTS[how])) for k in (1, 2))
    assert [slope_of(model) for model in (first, second, first)] == [1.0, 2.0, 1.0]
    changed = get_model(write(tmp_path / "1", 3.0, **IMPORTS[how]))
    assert [slope_of(model) for model in (changed, first, second)] == [3.0, 1.0, 2.0]
    assert sys.modules["helper"] is strange
    assert not [name for name in sys.modules if name.partition(".")[0] in ("tools", "plain", "between", "circle")]


def test_the_same_text_in_two_folders_finds_the_files_of_each(tmp_path: Path) -> None:
    read = {"top": "from pathlib import Path", "slope": "float(Path(__file__).with_name('slope.txt').read_text())"}
    models = []
    for slope in (1.0, 2.0):
        name = write(tmp_path / str(slope), 0.0, **read)
        (tmp_path / str(slope) / "slope.txt").write_text(str(slope))
        models.append(get_model(name))
    assert [slope_of(model) for model in models] == [1.0, 2.0]


COMPILED = {
    "numba": "import numba\n\n@numba.njit(cache=True)\ndef ",
    "g2fit": "from g2fit.core.jit import scalar\n\n@scalar\ndef ",
}


@pytest.mark.parametrize("decorator", COMPILED)
def test_compiled_code_is_never_that_of_a_former_text(decorator: str, tmp_path: Path) -> None:
    """Also if the file of the caller is the same, and numba would take what it has compiled before."""
    call = COMPILED[decorator] + "line(x):\n    return helper.line(x)\n"
    options = {"top": f"import helper\n{call}", "slope": "line(1.0)"}
    found = []
    for slope in (2.0, 3.0):
        name = write(tmp_path, 0.0, **options)
        (tmp_path / "helper.py").write_text(f"{COMPILED[decorator]}line(x):\n    return {slope} * x\n")
        found.append(slope_of(get_model(name)))
    assert found == [2.0, 3.0]
    assert not list(tmp_path.rglob("*.nb?"))


def test_nothing_remains_of_what_failed(tmp_path: Path) -> None:
    name = write(tmp_path, 1.0, top="import helper\nimport helper.nothing", slope="helper.SLOPE")
    before = set(sys.modules), list(sys.meta_path)
    with pytest.raises(ModelError, match=r"own.py: ModuleNotFoundError in own.py, line 4: .*helper"):
        get_model(name)
    assert (set(sys.modules), list(sys.meta_path)) == before
    assert slope_of(get_model(write(tmp_path, 1.0, **IMPORTS["module"]))) == 1.0


def test_a_copy_of_the_package_beside_a_model_is_not_that_which_runs(tmp_path: Path) -> None:
    """It is neither imported nor part of the model's code."""
    name = write(tmp_path, 1.0, **IMPORTS["module"])
    before = code_hash(tmp_path / "own.py")
    (tmp_path / "g2fit/models").mkdir(parents=True)
    (tmp_path / "g2fit/__init__.py").write_text("raise AssertionError")
    (tmp_path / "g2fit/models/__init__.py").write_text("raise AssertionError")
    assert code_hash(tmp_path / "own.py") == before
    assert slope_of(get_model(name)) == 1.0


@pytest.mark.parametrize("name", ["model.v2.py", "my model-2.py"])
def test_a_file_can_have_any_name(name: str, tmp_path: Path) -> None:
    write(tmp_path, 1.0, **IMPORTS["module"])
    (tmp_path / "own.py").rename(tmp_path / name)
    assert slope_of(get_model(f"{tmp_path / name}:Own")) == 1.0


def test_a_file_comes_before_an_installed_package_of_its_name(tmp_path: Path) -> None:
    """As in a script, so that the code that runs is that which counts for the hash; others get the package."""
    name = write(tmp_path, 1.0, top="import emcee", slope="emcee.SLOPE")
    (tmp_path / "emcee.py").write_text("SLOPE = 4.0\n")
    assert slope_of(get_model(name)) == 4.0
    import emcee

    assert emcee.EnsembleSampler
