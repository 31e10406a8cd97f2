"""Measurements of the user, on the card or in a YAML file of their own."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from g2fit.core.errors import DataError
from g2fit.core.files import read_yaml
from g2fit.data.checks import check_keys, place_of
from g2fit.data.grids import inline_table
from g2fit.data.loader import parse_block, parse_entry
from g2fit.data.measurement import Block, Measurement, Measurements
from g2fit.data.section import DataSection, ExtraCorrelation, ExtraMeasurement

__all__ = ["extra_entries", "inline"]


def inline(section: DataSection, base: Path | None = None) -> DataSection:
    """Return a section with the content of its `extra_file` and of its tables in place of the names of the files."""
    folder = Path(base or ".")
    if section.tables is not None:
        tables = {name: inline_table(name, table, folder) for name, table in section.tables.items()}
        section = section.model_copy(update={"tables": tables})
    if section.extra_file is None:
        return section
    measurements, correlations = _read(folder / section.extra_file)
    for name in section.extra_measurements:
        if name in measurements:
            raise DataError(f"measurement {name!r} stands both on the card and in {section.extra_file}")
    return section.model_copy(
        update={
            "extra_measurements": {**measurements, **section.extra_measurements},
            "extra_correlations": {**correlations, **section.extra_correlations},
            "extra_file": None,
        }
    )


def _read(path: Path) -> tuple[dict[str, ExtraMeasurement], dict[str, ExtraCorrelation]]:
    content, _ = read_yaml(path)
    check_keys(content, ("measurements", "correlations"), str(path))
    try:
        return (
            TypeAdapter(dict[str, ExtraMeasurement]).validate_python(content.get("measurements", {})),
            TypeAdapter(dict[str, ExtraCorrelation]).validate_python(content.get("correlations", {})),
        )
    except ValidationError as error:
        problem = error.errors()[0]
        value = problem["input"]
        shown = f" = {value!r}" if isinstance(value, int | float | str | bool) else ""
        raise DataError(f"{path}: {'.'.join(place_of(problem))}{shown}: {problem['msg']}") from None


def extra_entries(section: DataSection, shipped: Measurements) -> Measurements:
    """Return the shipped measurements together with those of the user; the section does not name files any more."""
    entries: dict[str, Measurement] = dict(shipped.entries)
    masses = _limited_masses(shipped)
    for name, item in section.extra_measurements.items():
        where = f"data.extra_measurements.{name}"
        if name in shipped.entries:
            raise DataError(f"{where}: the name belongs to an entry that comes with the package")
        if item.observable in masses:
            raise DataError(
                f"{where}: {item.observable} is known from limits such as {masses[item.observable]}; a limit is a cut "
                "or a smooth step (data.limits), not a Gaussian"
            )
        own = {**item.model_dump(exclude={"overlaps"}), "kind": "measurement", "status": "user", "origin": "run card"}
        entries[name] = parse_entry(name, own, where)
    blocks: dict[str, Block] = dict(shipped.correlations)
    for name, correlation in section.extra_correlations.items():
        blocks[name] = _block(name, correlation.model_dump(), entries, blocks)
    own_entries = {name: item.overlaps for name, item in section.extra_measurements.items()}
    return replace(shipped, entries=entries, correlations=blocks, own=own_entries)


def _block(
    name: str, item: Mapping[str, Any], entries: Mapping[str, Measurement], blocks: Mapping[str, Block]
) -> Block:
    where = "data.extra_correlations"
    if name in blocks:
        raise DataError(f"{where}.{name}: the name belongs to a correlation block that comes with the package")
    for member in item["members"]:
        for block in blocks.values():
            if member in block.members:
                raise DataError(f"{where}.{name}: {member} already belongs to the correlation block {block.name}")
    return parse_block(name, item, entries, blocks, where)


def _limited_masses(file: Measurements) -> dict[str, str]:
    """Return the quantities that are known from lower limits only, with the entry of one such limit."""
    return {
        name: entry.id
        for entry in file.entries.values()
        if entry.kind == "lower_limit"
        for name in (entry.observable, *(application.quantity for application in entry.applies_to))
    }
