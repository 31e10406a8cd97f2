"""Import of a user's Python file with the files beside it, as modules of its own that no other code can get by chance.

Two models in different folders may each have a ``helper.py``, which may change while a program runs. In `sys.modules`
there is one ``helper`` only, so that a model could get that of the other one. Here each file is loaded with its own
copies, under names such as ``own_1f0c2b9a77de.helper``, from the texts that the hash of the code was computed from.
"""

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["import_own", "module_name"]


def module_name(file: Path, package: str) -> str:
    """Name of the module of a file; one dot in it only, also for ``model.v2.py``.

    >>> module_name(Path("line.py"), "own_1"), module_name(Path("model.v2.py"), "own_1")
    ('own_1.line', 'own_1.model-v2')
    """
    return f"{package}.{file.stem.replace('.', '-')}"


def import_own(file: Path, content: Mapping[Path, bytes], package: str) -> ModuleType:
    """Return the module of a Python file.

    Parameters
    ----------
    file : Path
        The file.
    content : mapping of Path to bytes
        Texts of the file and of those that it may import from its folder.
    package : str
        Name below which the modules are known; another one for other texts or another folder.

    Raises
    ------
    Exception
        Whatever the code raises; nothing of it is then left in `sys.modules`.
    """
    top = ModuleType(package)
    top.__path__ = []
    sys.modules[package] = top
    finder = _Finder(package, file, content)
    sys.meta_path.insert(0, finder)
    try:
        return import_module(module_name(file, package))
    except BaseException:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]
        raise


class _Finder(MetaPathFinder, Loader):
    """Find and execute the modules of one package of the user's, and what these import."""

    def __init__(self, package: str, file: Path, content: Mapping[Path, bytes]) -> None:
        self._package = package
        self._main = file
        self._folder = folder = file.parent
        self._content = dict(content)
        self._builtins = {**vars(builtins), "__import__": self._import}
        #: First parts of the names that are found in the folder.
        self._beside = {path.relative_to(folder).parts[0].removesuffix(".py") for path in content}

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """What the ``import`` statements of the user's files call: a file of the folder comes first."""
        top = name.partition(".")[0]
        if level or top not in self._beside:
            return __import__(name, globals, locals, fromlist or (), level)
        found = __import__(f"{self._package}.{name}", globals, locals, fromlist or ())
        return found if fromlist else sys.modules[f"{self._package}.{top}"]

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Where a module of the package is defined; None for all others."""
        if not name.startswith(f"{self._package}."):
            return None
        if name == module_name(self._main, self._package):
            return spec_from_file_location(name, self._main, loader=self)
        place = self._folder.joinpath(*name.split(".")[1:])
        file = place.with_name(f"{place.name}.py")
        if (inside := place / "__init__.py") in self._content:
            return spec_from_file_location(name, inside, loader=self, submodule_search_locations=[str(place)])
        if file in self._content:
            return spec_from_file_location(name, file, loader=self)
        if any(place in path.parents for path in self._content):  # a folder without __init__.py
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(place)]
            return spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Execute the text of a module."""
        path = Path(str(module.__file__))
        vars(module)["__builtins__"] = self._builtins
        exec(compile(self._content[path], str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102 (what the user asks for)
