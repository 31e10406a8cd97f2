"""Reading the measurement file of the package, and the entries and matrices of the user."""

import functools
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from g2fit.core import files
from g2fit.core.cache import cache_root
from g2fit.core.errors import DataError, StoreError, nearest
from g2fit.core.files import fingerprint_of, read_yaml, write_text
from g2fit.data.checks import check_keys
from g2fit.data.curves import check_curve
from g2fit.data.measurement import (
    ANY_MODEL,
    LIMITED_OBSERVABLES,
    Application,
    Block,
    Measurement,
    Measurements,
    Overlap,
    Reading,
    Reference,
    Vintage,
)
from g2fit.data.planes import parse_channels, parse_plane

__all__ = ["load", "parse_entry", "parse_error", "shipped"]

#: Kinds of entries.
KINDS = (
    "measurement", "theory", "difference", "derived", "adjusted", "lower_limit", "upper_limit", "projection",
    "excluded_region", "likelihood",
)  # fmt: skip
#: Where the number of an entry was read.
STATUSES = ("primary", "secondary", "derived", "user")
#: Components of an error, added in quadrature.
COMPONENTS = ("stat", "syst", "ext", "stat_plus", "stat_minus", "syst_plus", "syst_minus")

#: Range of errors: their squares, and ratios of these, are numbers.
SMALLEST, LARGEST = 1e-100, 1e100


@functools.cache
def load() -> Measurements:
    """Return the measurements, correlation blocks and vintages that come with the package.

    >>> round(load().entries["damu_2025_wp2025"].error * 1e11, 1)
    63.7
    """
    planes = parse_planes(shipped("planes.yaml"), "planes.yaml")
    return _parse(shipped("measurements.yaml"), "measurements.yaml", planes)


def shipped(name: str) -> dict[str, Any]:
    """Content of a YAML file of this folder.

    Parsing YAML takes half a second. What it gives is therefore kept as JSON in the user's cache folder, under a hash
    of the file and of its reader, and with a hash of its own: a damaged copy is parsed anew.
    """
    path = Path(__file__).with_name(name)
    root = cache_root()
    if root is None:
        return read_yaml(path)[0]
    sources = path.read_bytes() + Path(files.__file__).read_bytes()
    kept = root / f"{path.stem}-{hashlib.sha256(sources).hexdigest()[:16]}.json"
    with suppress(OSError, ValueError, TypeError, KeyError):
        copy = json.loads(kept.read_text(encoding="utf-8"))
        if fingerprint_of(copy["content"]) == copy["fingerprint"]:
            return cast(dict[str, Any], copy["content"])
    content, _ = read_yaml(path)
    with suppress(StoreError):  # without a cache folder it is parsed every time
        write_text(kept, json.dumps({"fingerprint": fingerprint_of(content), "content": content}))
    return content


def parse_planes(content: Mapping[str, Any], where: str) -> dict[str, Measurement]:
    """Read the regions of a file of planes, each as an entry that bounds its channel."""
    check_keys(content, ("conditions", "states", "channels", "planes"), where)
    channels = parse_channels(content, where)
    own = ("channel", "rows", "assumption", "check")
    entries = {}
    for name, item in content["planes"].items():
        check_keys(item, (*own, "date", "status", "origin", "reference", "note"), f"{where}, {name}", needed=own)
        plane = parse_plane(item, channels, f"{where}, {name}")
        bounds = {"model": plane.channel.model, "quantity": plane.channel.name}
        given = {key: value for key, value in item.items() if key not in own}
        given |= {"observable": plane.channel.name, "value": None, "kind": "excluded_region", "applies_to": [bounds]}
        entries[name] = replace(parse_entry(name, given, f"{where}, {name}"), plane=plane)
    return entries


def _parse(content: Mapping[str, Any], where: str, planes: Mapping[str, Measurement]) -> Measurements:
    check_keys(content, ("measurements", "correlations", "tables", "overlaps", "vintages"), where)
    entries = {name: parse_entry(name, item, f"{where}, {name}") for name, item in content["measurements"].items()}
    entries |= planes
    for entry in entries.values():
        for parent in entry.derived_from:
            if parent not in entries:
                raise DataError(f"{where}: {entry.id} is derived from the unknown entry {parent!r}")
    blocks: dict[str, Block] = {}
    for name, item in content["correlations"].items():
        blocks[name] = parse_block(name, item, entries, blocks, where)
    vintages = {name: _vintage(name, item, where) for name, item in content["vintages"].items()}
    overlaps = [
        Overlap(
            first=tuple(item["first"]),
            second=tuple(item.get("second", ())),
            why=item["why"],
            tolerated=item.get("tolerated", False),
            at_most=item.get("at_most"),
        )
        for item in content["overlaps"]
    ]
    tables = {name: (tuple(item["columns"]), np.array(item["rows"])) for name, item in content["tables"].items()}
    for entry in entries.values():
        check_curve(entry, tables, f"{where}, {entry.id}")
    return Measurements(entries, blocks, vintages, tuple(overlaps), tables)


def parse_error(error: Any, where: str) -> tuple[float, float, dict[str, float]]:
    """Return upward error, downward error and components, in whichever form the error is written.

    >>> parse_error({"stat": 3, "syst": 4}, "here")[:2]
    (5.0, 5.0)
    """
    if error is None:
        return np.nan, np.nan, {}
    if not isinstance(error, Mapping):
        error = {"total": error}
    check_keys(error, ("total", "plus", "minus", *COMPONENTS), f"{where}, error")
    for key, size in error.items():
        if isinstance(size, bool) or not isinstance(size, int | float) or not SMALLEST < size < LARGEST:
            raise DataError(
                f"{where}: error {key} = {size!r} must be a positive number between {SMALLEST:g} and {LARGEST:g}"
            )
    parts = {key: float(error[key]) for key in COMPONENTS if key in error}
    if ("plus" in error) != ("minus" in error):
        raise DataError(f"{where}: `plus` and `minus` belong together")
    if "plus" in error:
        return float(error["plus"]), float(error["minus"]), parts
    if "total" in error:
        return float(error["total"]), float(error["total"]), parts
    plus = float(np.sqrt(sum(size**2 for key, size in parts.items() if not key.endswith("_minus"))))
    minus = float(np.sqrt(sum(size**2 for key, size in parts.items() if not key.endswith("_plus"))))
    return plus, minus, parts


def parse_entry(name: str, item: Any, where: str) -> Measurement:
    """Read one entry of a measurement file or a card; `where` is its place, for error messages."""
    computed = ("id", "plus", "minus", "components", "plane", "sources")
    allowed = tuple(f.name for f in fields(Measurement) if f.name not in computed)
    check_keys(item, (*allowed, "error"), where, needed=("observable", "value", "kind"))
    given = dict(item)
    value = given.pop("value")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (is_number and abs(value) <= LARGEST):
        raise DataError(f"{where}: value = {value!r} must be a number of at most {LARGEST:g}")
    for key, names in (("kind", KINDS), ("status", STATUSES)):
        if key in given and given[key] not in names:
            raise DataError(f"{where}: {key} = {given[key]!r}; {nearest(str(given[key]), names)}")
    plus, minus, components = parse_error(given.pop("error", None), where)
    return Measurement(
        id=name,
        observable=given.pop("observable"),
        value=None if value is None else float(value),
        kind=given.pop("kind"),
        plus=plus,
        minus=minus,
        components=components,
        date=str(given.pop("date", "")),
        reference=parse_reference(given.pop("reference", {}), where),
        applies_to=_applications(item, given.pop("applies_to", ()), where),
        readings={
            key: Reading(r["observable"], float(r.get("scale", 1.0))) for key, r in given.pop("readings", {}).items()
        },
        derived_from=tuple(given.pop("derived_from", ())),
        **given,
    )


def _applications(item: Mapping[str, Any], applies_to: Any, where: str) -> tuple[Application, ...]:
    """What an entry bounds; of an upper limit on one of `LIMITED_OBSERVABLES`, it need not be said."""
    if not applies_to and item["kind"] == "upper_limit" and item["observable"] in LIMITED_OBSERVABLES:
        return (Application(ANY_MODEL, item["observable"]),)
    return tuple(_application(one, where) for one in applies_to)


def _application(item: Any, where: str) -> Application:
    check_keys(item, tuple(f.name for f in fields(Application)), f"{where}, applies_to")
    others = item.get("lightest_of", ())
    return Application(item["model"], item["quantity"], tuple(others), item.get("against", ""))


def parse_reference(item: Any, where: str) -> Reference:
    """Read a reference: a mapping of identifiers, or a text (which may be an arXiv id or a DOI)."""
    if isinstance(item, str):
        text = item.strip()
        if text.lower().startswith("arxiv:"):
            return Reference(arxiv=(text[6:].strip(),))
        if text.startswith("10.") and "/" in text:
            return Reference(doi=text)
        return Reference(text=text)
    check_keys(item, tuple(f.name for f in fields(Reference)), f"{where}, reference")
    given = dict(item)
    arxiv = given.pop("arxiv", ())
    return Reference(arxiv=(arxiv,) if isinstance(arxiv, str) else tuple(arxiv), **given)


def parse_block(
    name: str, item: Any, entries: Mapping[str, Measurement], blocks: Mapping[str, Block], where: str
) -> Block:
    """Read one correlation block and check its matrix."""
    where = f"{where}, {name}"
    check_keys(item, ("term", "members", "matrix", "part_of", "rank", "origin", "status", "note"), where)
    members = tuple(item["members"])
    for member in members:
        if member not in entries:
            raise DataError(f"{where}: unknown member {member!r}; {nearest(member, entries)}")
    if "part_of" in item:
        whole = blocks[item["part_of"]]
        matrix = whole.correlation(members)
        origin, status = whole.origin, whole.status
    else:
        ragged = len({len(row) for row in item["matrix"]}) != 1
        matrix = np.empty(0) if ragged else np.array(item["matrix"], dtype=float)
        origin, status = item.get("origin", ""), item.get("status", "user")
    n = len(members)
    if len(set(members)) < n:
        raise DataError(f"{where}: a member stands there twice")
    if matrix.shape != (n, n) or not np.array_equal(matrix, matrix.T) or not np.all(np.diag(matrix) == 1.0):
        raise DataError(f"{where}: the matrix must be {n} x {n}, symmetric, with ones on the diagonal")
    return Block(
        name=name,
        term=item.get("term", name),
        members=members,
        matrix=tuple(tuple(row) for row in matrix.tolist()),
        rank=int(item.get("rank", n)),
        origin=origin,
        status=status,
        note=item.get("note", ""),
    )


def _vintage(name: str, item: Any, where: str) -> Vintage:
    check_keys(item, tuple(f.name for f in fields(Vintage) if f.name != "name"), f"{where}, vintage {name}")
    given = dict(item)
    blocks = tuple(
        (b, ()) if isinstance(b, str) else (b["block"], tuple(b["members"])) for b in given.pop("blocks", ())
    )
    lists: dict[str, Any] = {
        key: tuple(given.pop(key, ())) for key in ("measurements", "limits", "projections", "figure_only")
    }
    choose = {key: tuple(ids) for key, ids in given.pop("choose_one", {}).items()}
    return Vintage(name=name, blocks=blocks, choose_one=choose, **lists, **given)
