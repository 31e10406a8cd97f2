"""Key of a module's compiled kernels: a hash of every source file whose functions the kernels can call."""

import functools
import hashlib
import os
import re
from pathlib import Path

__all__ = ["HOME", "called_sources", "place_of", "read_source", "source_key"]

#: Folder that holds this package.
HOME = Path(__file__).resolve().parents[2]
_PACKAGE = f"{HOME / 'g2fit'}{os.sep}"

#: An import statement: ``from ORIGIN import NAMES`` or ``import NAMES``.
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<origin>[.\w]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|(?:[^\n#\\]|\\\n)+)"
    r"|import[ \t]+(?P<modules>(?:[^\n#\\]|\\\n)+))",
    re.MULTILINE,
)

#: What is no part of a list of names: comments, brackets and continued lines.
_NO_NAME = re.compile(r"#[^\n]*|[()\\]")


@functools.cache
def source_key(source: Path, module: str) -> str:
    """Hash of a module's source file and of all that `called_sources` names; `module` is its dotted ``__name__``."""
    digest = hashlib.sha256()
    for path in called_sources(source, module):
        digest.update(f"{path.name} {read_source(path)[1]}\n".encode())
    return digest.hexdigest()


def called_sources(source: Path, module: str) -> tuple[Path, ...]:
    """Files that a module imports, directly and indirectly, itself included: its kernels can call nothing else.

    Imports are followed within g2fit and, for modules of other packages, within their own package as well. A module
    that belongs to no package is followed through the folder in which it lies.
    """
    root, package = place_of(source, module)
    found = {source}
    waiting = [source]
    while waiting:
        new = _imported(waiting.pop(), root, package) - found
        found |= new
        waiting.extend(new)
    return tuple(sorted(found))


def place_of(source: Path, module: str) -> tuple[Path, str]:
    """Folder below which a module's absolute imports are found, and its package ("" for a module outside of any)."""
    parts = (*module.split("."), "__init__") if source.stem == "__init__" else tuple(module.split("."))
    if len(parts) > 1 and source.with_suffix("").parts[-len(parts) :] == parts:
        return source.parents[len(parts) - 1], parts[0]
    return source.parent, ""


def read_source(path: Path) -> tuple[bytes, str]:
    """Text of a source file and its hash; files of this package are read once, others can change meanwhile."""
    return _shipped(path) if str(path).startswith(_PACKAGE) else _read_now(path)


def _read_now(path: Path) -> tuple[bytes, str]:
    text = path.read_bytes()
    return text, hashlib.sha256(text).hexdigest()


_shipped = functools.cache(_read_now)


def _imported(path: Path, root: Path, package: str) -> frozenset[Path]:
    """Files of the modules that a source file imports, as far as they are followed."""
    return _imports_of(read_source(path)[0], path, root, package)


@functools.cache
def _imports_of(text: bytes, path: Path, root: Path, package: str) -> frozenset[Path]:
    found = set()
    for statement in _IMPORT.finditer(text.decode("utf-8", "replace")):
        origin = statement["origin"] or ""
        if origin and not _folder_of(origin, path, root, package):
            continue
        names = _NO_NAME.sub(" ", statement["names"] or statement["modules"]).split(",")
        prefix = origin if not origin or origin.endswith(".") else f"{origin}."
        for name in (origin, *(f"{prefix}{name.split()[0]}" for name in names if name.strip())):
            folder = _folder_of(name, path, root, package)
            if folder is not None:
                place = f"{folder}/{name.lstrip('.').replace('.', '/')}"
                found |= {f"{place}.py", f"{place}/__init__.py"}
    return frozenset(Path(file) for file in found if os.path.isfile(file))  # noqa: PTH113 (hundreds, at every start)


def _folder_of(name: str, importer: Path, root: Path, package: str) -> Path | None:
    """Folder below which the module called `name` lies; None if it is not followed."""
    if name.startswith("."):
        return importer.parents[len(name) - len(name.lstrip(".")) - 1]
    top = name.partition(".")[0]
    if top == "g2fit":
        return HOME
    followed = top == package or (not package and "site-packages" not in root.parts)
    return root if followed else None
