"""Python files of users: their content as a hash, the classes and functions that they define, and errors in them."""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from g2fit.core.errors import G2fitError, ModelError, nearest, one_line
from g2fit.core.own_imports import import_own, module_name
from g2fit.core.session_code import session_code_hash

__all__ = ["OwnCode", "code_hash", "code_of", "errors_explained", "file_code", "session_hash"]

#: Folder of this package, whose lines say nothing about an error of a user's code.
HOME = Path(__file__).parents[1]

#: Largest file of code in bytes.
MAX_BYTES = 2_000_000

#: Classes and functions that were defined in this session without a file, by their hash.
_SESSION: dict[str, Any] = {}

#: Modules loaded so far, by file and hash.
_LOADED: dict[tuple[Path, str], ModuleType] = {}
_LOCK = threading.RLock()


@dataclass(frozen=True)
class OwnCode:
    """A class or function that a user has written.

    Attributes
    ----------
    file : Path or None
        Its Python file, absolute; None if it was defined in an interactive session.
    name : str
        Name of the class or function there.
    sha256 : str
        Hash of the code, see `code_hash`.
    """

    file: Path | None
    name: str
    sha256: str

    def load(self) -> Any:
        """Return the class or function.

        Raises
        ------
        ModelError
            If the code cannot be loaded, has changed, or does not define the name.
        """
        if self.file is None:
            if self.sha256 not in _SESSION:
                raise ModelError(
                    f"{self.name} was defined in an interactive session that has ended or changed it; write it to a "
                    "file and name the file on the card"
                )
            return _SESSION[self.sha256]
        module = _load(self.file, self.sha256)
        if not hasattr(module, self.name):
            known = [name for name, item in vars(module).items() if callable(item) and not name.startswith("_")]
            raise ModelError(f"{self.file}: defines no {self.name!r}; {nearest(self.name, known)}")
        return getattr(module, self.name)

    def unchanged(self) -> bool:
        """Whether the code is still there with the same content."""
        return self.sha256 in _SESSION if self.file is None else code_hash(self.file) == self.sha256


def file_code(file: Path, name: str) -> OwnCode:
    """Return the class or function `name` of a Python file, with the hash of what the file contains now."""
    place = Path(file).absolute()
    return OwnCode(place, name, code_hash(place))


def code_of(item: Any) -> OwnCode:
    """Return where a class or function was defined: in its file or, if it has none, in this session."""
    name = item.__qualname__
    try:
        file = Path(inspect.getfile(item)).absolute()
    except (OSError, TypeError):
        file = Path()
    if file.suffix == ".py" and file.is_file() and name.isidentifier():
        code = file_code(file, name)
        if item.__module__ == "__main__":  # a script must not be executed again in its own process
            _LOADED[file, code.sha256] = sys.modules["__main__"]
        return code
    sha256 = session_code_hash(item)
    _SESSION.setdefault(sha256, item)
    return OwnCode(None, name, sha256)


def session_hash(item: Any) -> str | None:
    """Hash of a class or function that was defined in this session without a file, as `code_of` found it, or None."""
    return next((sha256 for sha256, known in reversed(_SESSION.items()) if known is item), None)


def code_hash(file: Path) -> str:
    """Hash of a Python file and of the files beside it that it imports, directly or indirectly.

    Names of folders and ends of lines do not matter. Other files that the code reads, such as tables, are not part.

    Raises
    ------
    ModelError
        If a file cannot be read or is not Python.
    """
    return _hash_of(_closure(file), file.parent)


def _closure(file: Path) -> dict[Path, bytes]:
    """Texts of a Python file and of the files beside it that it imports, directly or indirectly."""
    found, waiting = {file}, [file]
    content = {}
    while waiting:
        path = waiting.pop()
        content[path] = _read(path)
        new = _imported(path, content[path], file.parent) - found
        found |= new
        waiting += new
    return content


def _hash_of(content: Mapping[Path, bytes], folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(content):
        text = content[path].replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(folder).as_posix()} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def _read(path: Path) -> bytes:
    if path.suffix != ".py":
        raise ModelError(f"{path}: is not a Python file (.py)")
    try:
        if path.exists() and not path.is_file():
            raise ModelError(f"{path}: cannot be read (it is not a file)")
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if len(text) > MAX_BYTES:
        raise ModelError(f"{path}: is larger than {MAX_BYTES} bytes")
    return text


def _tree(path: Path, text: bytes) -> ast.Module:
    try:
        return ast.parse(text, str(path))
    except SyntaxError as error:
        raise ModelError(f"{path}:{error.lineno or 1}: is not valid Python ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ModelError(f"{path}: is not valid Python ({one_line(error)})") from None


def _imported(path: Path, text: bytes, folder: Path) -> set[Path]:
    """Files in the folder that a file imports, at its top or later."""
    names: set[str] = set()
    for node in ast.walk(_tree(path, text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = path.relative_to(folder).parts[: -node.level] if node.level else ()
            origin = ".".join([*inside, *([node.module] if node.module else [])])
            names |= {origin, *(f"{origin}.{alias.name}".lstrip(".") for alias in node.names)}
    files = set()
    for name in filter(None, names):
        parts = name.split(".")
        if parts[0] == HOME.name:  # a copy of this package in the folder is not the one that runs
            continue
        for depth in range(1, len(parts) + 1):
            place = folder.joinpath(*parts[:depth])
            files |= {place.with_suffix(".py"), place / "__init__.py"}
    return {file for file in files if file.is_file()}


def _load(file: Path, sha256: str) -> ModuleType:
    """Load a file as a module, once for each content, together with what it imports from its folder."""
    with _LOCK:
        content = _closure(file)
        if _hash_of(content, file.parent) != sha256:
            raise ModelError(f"{file}: has changed since it was read; start again")
        if (file, sha256) not in _LOADED:
            package = f"own_{hashlib.sha256(f'{file} {sha256}'.encode()).hexdigest()[:12]}"
            with errors_explained(str(file), file), _kernels_kept(file, module_name(file, package), content):
                _LOADED[file, sha256] = import_own(file, content, package)
        return _LOADED[file, sha256]


def _kernels_kept(file: Path, module: str, content: Mapping[Path, bytes]) -> AbstractContextManager[None]:
    """Keep what numba compiles for the user by the sources, if they use it."""
    if not any(b"numba" in text for text in content.values()):
        return nullcontext()
    from g2fit.core.kernel_cache import kept_by_sources

    return kept_by_sources(file, module)


@contextmanager
def errors_explained(what: str, file: Path | None = None) -> Iterator[None]:
    """Turn any error of a user's code into a `ModelError` of one line that says where it arose; numpy does not warn."""
    try:
        with np.errstate(all="ignore"):
            yield
    except (G2fitError, MemoryError):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 (code of a user can raise anything)
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if file is not None and frame.filename == str(file)]
        foreign = [frame for frame in frames if not Path(frame.filename).is_relative_to(HOME)]
        last = (own or foreign or frames)[-1]
        place = f" in {Path(last.filename).name}, line {last.lineno}"
        hint = ""
        if isinstance(error, ValueError) and "read-only" in str(error):
            hint = "; arrays that are given must not be changed: work on a copy"
        raise ModelError(f"{what}: {type(error).__name__}{place}: {one_line(error)}{hint}") from None
