"""Rows of ``g2fit list data``."""

from g2fit.core.aliases import current_data
from g2fit.core.errors import DataError, nearest
from g2fit.data.composition import inherited, resolve
from g2fit.data.dataset import Dataset, entry_row
from g2fit.data.loader import load
from g2fit.data.measurement import Measurement, Measurements
from g2fit.data.section import DataSection

__all__ = ["listing"]


def listing(name: str | None = None) -> list[dict[str, str]]:
    """List the vintages; the entries and open choices of a vintage; the fields of an entry; or ``all`` entries.

    >>> [row["entry"] for row in listing("paper_2019") if row["role"] == "data"]
    ['dae_seed2019_cs', 'damu_seed2019']
    """
    file = load()
    if name is None:
        return [_vintage_row(file, vintage) for vintage in file.vintages]
    name = str(current_data({"vintage": name})["vintage"])
    if name == "all":
        return [entry_row(entry.kind, entry) for entry in file.entries.values()]
    if name in file.entries:
        return _fields(file, file.entries[name])
    if name not in file.vintages:
        raise DataError(f"unknown vintage or measurement {name!r}; {nearest(name, [*file.vintages, 'all'])}")
    choices, dataset = _offer(file, name)
    return [entry_row("choose one", file.entries[entry]) for entry in choices] + dataset.table()


def _fields(file: Measurements, entry: Measurement) -> list[dict[str, str]]:
    """Fields of an entry, one per row."""
    reference = entry.reference
    offers = {name: _offer(file, name) for name in file.vintages}
    shown = entry_row(entry.kind, entry)
    shown["kind"] = shown.pop("role").replace("_", " ")
    if entry.components:
        shown["error"] += "  (" + ", ".join(f"{name} {size:g}" for name, size in entry.components.items()) + ")"
    links = (*reference.arxiv, reference.doi, reference.journal, f"PDG {reference.pdgid}" if reference.pdgid else "")
    shown |= {
        "reference": ", ".join(text for text in links if text) or reference.text,
        "read in": entry.origin,
        "computed from": ", ".join(entry.derived_from),
        "bounds": ", ".join(f"{a} ({a.model})" for a in entry.applies_to),
        "curve": _curve_text(file, entry),
        **_plane_texts(entry),
        "readings": ", ".join(f"{name}: {r.observable} x {r.scale:g}" for name, r in entry.readings.items()),
        "vintages": ", ".join(v for v, (choices, data) in offers.items() if entry.id in (*data.entry_ids, *choices)),
        "note": entry.note,
    }
    return [{"field": name, "value": text} for name, text in shown.items() if text]


def _curve_text(file: Measurements, entry: Measurement) -> str:
    """Say which table holds the bounds of a limit that is a curve, and where it begins and ends."""
    if not entry.curve:
        return ""
    (abscissa, _), rows = file.tables[entry.curve]
    first, last = rows[0, 0], rows[-1, 0]
    return f"table {entry.curve}, {len(rows)} rows for {abscissa} from {first:g} to {last:g}; no limit outside"


def _plane_texts(entry: Measurement) -> dict[str, str]:
    """What a region in a plane holds for, and how it was checked."""
    plane = entry.plane
    if plane is None:
        return {}
    masses = ["/".join(state.mass for state in alternatives) for alternatives in plane.channel.states]
    second = f"each of them minus {plane.channel.y}" if plane.channel.splitting else plane.channel.y
    return {
        "process": plane.channel.process,
        "coordinates": f"{', '.join(masses)}; {second}",
        "holds where": "; ".join(f"{condition.says} ({condition})" for condition in plane.channel.where),
        "assumption": plane.assumption,
        "check": plane.check,
    }


def _offer(file: Measurements, name: str) -> tuple[tuple[str, ...], Dataset]:
    """Return the entries of delta_a_e of which a card has to choose one, and the data of a vintage without any."""
    choices = inherited(file, name).choose_one.get("delta_a_e", ())
    return choices, resolve(DataSection(vintage=name, exclude=("delta_a_e",) if choices else ()))


def _vintage_row(file: Measurements, name: str) -> dict[str, str]:
    choices, dataset = _offer(file, name)
    return {
        "vintage": name,
        "data": str(len(dataset.all_data) + bool(choices)),
        "limits": str(len(dataset.limits)),
        "electroweak": dataset.ew_block or "none",
        "choose delta_a_e": ", ".join(choices),
        "what": dataset.description,
    }
