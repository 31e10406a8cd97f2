"""Files of plain data: reading YAML 1.2, with errors that name file, line and key, and atomic writing."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g2fit.core.errors import CardError, InputError, StoreError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "atomic_write",
    "cannot_write",
    "dump_yaml",
    "fingerprint_of",
    "finite",
    "need_parquet",
    "read_yaml",
    "refuse_special",
    "require_replaceable",
    "require_writable_place",
    "tidy",
    "write_json",
    "write_text",
]

#: Largest YAML file in bytes; a card or prior file is far smaller.
MAX_BYTES = 1_000_000

#: Most values in a YAML file, before and after its aliases are expanded; the parser takes a second for 10,000.
MAX_NODES = 15_000

#: Most lines that begin with a percent sign, as directives of YAML do, of which the parser takes seconds for many.
MAX_DIRECTIVES = 100

#: Deepest nesting of brackets in a YAML file.
MAX_DEPTH = 50


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Read a YAML 1.2 mapping as plain data; also return the line (from 1) of every dotted key, for error messages.

    Raises
    ------
    CardError
        If the file cannot be read, is not a mapping, repeats a key or is far too large.
    """
    try:
        if path.exists() and not path.is_file():
            raise CardError(f"{path}: cannot be read (it is not a file)")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise CardError(f"{path}: is too large for a card (more than {MAX_BYTES} bytes)")
        text = content.decode("utf-8")
    except OSError as error:
        raise CardError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise CardError(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from None
    from ruamel.yaml.error import MarkedYAMLError

    _refuse_slow(text, path)
    try:
        tree = _parser(path).load(text)
    except CardError:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        problem = (error.problem or str(error)).strip()
        raise CardError(f"{place}: {problem}") from None
    except Exception as error:  # noqa: BLE001 (odd texts make the parser raise almost anything)
        raise CardError(f"{path}: is not valid YAML ({type(error).__name__})") from None
    if not isinstance(tree, Mapping):
        raise CardError(f"{path}: must be a mapping of keys to values")
    lines: dict[str, int] = {}
    try:
        data = _plain(tree, "", lines, path, [0])
    except RecursionError:
        raise CardError(f"{path}: contains itself") from None
    return data, lines


def _parser(path: Path) -> Any:
    """Parser of YAML 1.2 that gives up after `MAX_NODES` values."""
    from ruamel.yaml import YAML
    from ruamel.yaml.composer import Composer

    class Counting(Composer):
        seen = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.seen += 1
            if self.seen > 2 * MAX_NODES:  # a key is a node, too
                raise _too_many(path)
            return super().compose_node(parent, index)

    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = Counting
    return yaml


def _too_many(path: Path) -> CardError:
    return CardError(f"{path}: expands to more than {MAX_NODES} values; a large table is a CSV file, see data.tables")


def _refuse_slow(text: str, path: Path) -> None:
    """Refuse nested brackets and directives for which the parser would take long."""
    if text.count("\n%") > MAX_DIRECTIVES:
        raise CardError(f"{path}: has more than {MAX_DIRECTIVES} lines that begin with %, which no card needs")
    depth = 0
    for mark in re.finditer(r"[\[\]{}]", text):
        depth = depth + 1 if mark[0] in "[{" else max(0, depth - 1)
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, mark.start()) + 1
            raise CardError(f"{path}:{line}: brackets are more than {MAX_DEPTH} deep")


def _plain(node: Any, prefix: str, lines: dict[str, int], path: Path, count: list[int]) -> Any:
    count[0] += 1
    if count[0] > MAX_NODES:
        raise _too_many(path)
    if isinstance(node, dict):
        result: dict[str, Any] = {}
        for key, value in node.items():
            name = f"{prefix}.{key}" if prefix else str(key)
            place = (node.lc.data or {}).get(key)  # type: ignore[attr-defined]
            if place is not None:
                lines[name] = place[0] + 1
            result[str(key)] = _plain(value, name, lines, path, count)
        return result
    if isinstance(node, list):
        return [_plain(value, f"{prefix}.{i}", lines, path, count) for i, value in enumerate(node)]
    if node is None or isinstance(node, bool):
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return str(node)


def dump_yaml(data: Mapping[str, Any] | Sequence[Any]) -> str:
    """Format plain data as YAML, keys in the given order."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def refuse_special(path: Path, error: type[InputError | StoreError] = InputError) -> None:
    """Raise an error if a path is that of a device, pipe or folder: reading the first two might never end.

    >>> refuse_special(Path("/dev/null"))
    Traceback (most recent call last):
    g2fit.core.errors.InputError: /dev/null: cannot be read (it is not a file)
    """
    if path.exists() and not path.is_file():
        raise error(f"{path}: cannot be read (it is not a file)")


def require_replaceable(path: Path, force: bool = False) -> None:
    """Raise a `StoreError` if a file that the user names exists already, unless `force` says to replace it."""
    if not force and path.exists():
        raise StoreError(f"{path}: exists; choose another name, or replace it with --force")


@contextmanager
def atomic_write(path: Path, *, new_folder: bool = True) -> Iterator[Path]:
    """Yield a temporary file in the folder of `path`, which replaces `path` when the block ends without an error.

    The folder is made if it does not exist and `new_folder` is set; the folder of a run, which may have been moved
    away, must not come to life again.

    Raises
    ------
    StoreError
        If the file cannot be written (disk full, read-only, no permission …), or is a symbolic link, a folder or a
        device; a previous file is kept.
    """
    require_writable_place(path)
    try:
        if new_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise cannot_write(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def require_writable_place(path: Path) -> None:
    """Raise a `StoreError` if a file is to be written where a symbolic link, folder, device or pipe is."""
    if path.is_symlink():
        raise StoreError(f"{path}: is a symbolic link, which is neither followed nor replaced; remove it")
    if path.exists() and not path.is_file():
        raise StoreError(f"{path}: is a folder, device or pipe, which a file does not replace; choose another name")


def cannot_write(path: Path, error: OSError) -> StoreError:
    """Error for a file that cannot be written; libraries give the reason in the text, not in `strerror`."""
    if isinstance(error, FileNotFoundError) and not path.parent.is_dir():
        return StoreError(f"{path.parent}: the folder has vanished")
    text = error.strerror or str(error)
    found = re.search(r"error message = '([^']+)'", text)
    return StoreError(f"{path}: cannot be written ({found[1] if found else text}); what was there before is kept")


def tidy(path: Path) -> Path:
    """Return a path without ``..``, where that does not lead elsewhere because of a link.

    >>> str(tidy(Path("analysis/../chains/vll")))
    'chains/vll'
    """
    plain = Path(os.path.normpath(path))
    return plain if os.path.realpath(plain) == os.path.realpath(path) else path


def write_text(path: Path, text: str, *, new_folder: bool = True) -> None:
    """Write `text` to `path` so that a reader sees either the previous file or the whole new one."""
    with atomic_write(path, new_folder=new_folder) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, data: Any, *, new_folder: bool = True) -> None:
    """Write plain data to `path` as JSON, as `write_text` does."""
    write_text(path, json.dumps(finite(data), indent=1) + "\n", new_folder=new_folder)


def finite(data: Any) -> Any:
    """Plain data for JSON: numbers that are not finite become None, as the standard asks, those of numpy Python's.

    >>> import numpy as np
    >>> finite({"a": (1.0, float("inf")), "b": np.arange(2)})
    {'a': [1.0, None], 'b': [0, 1]}
    """
    if isinstance(data, Mapping):
        return {str(key): finite(value) for key, value in data.items()}
    data = data.tolist() if hasattr(data, "tolist") else data
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def need_parquet() -> None:
    """Raise an `InputError` if pyarrow, which reads and writes Parquet, is not installed."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise InputError("Parquet files need pyarrow: pip install 'g2fit[parquet]'")


def fingerprint_of(content: Any, *arrays: NDArray[Any]) -> str:
    """SHA-256 of plain data (whatever JSON can hold; the order of keys does not matter) and of arrays.

    >>> fingerprint_of({"a": 1, "b": [2.0]}) == fingerprint_of({"b": [2.0], "a": 1})
    True
    """
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for values in arrays:
        digest.update(values.tobytes())
    return digest.hexdigest()
