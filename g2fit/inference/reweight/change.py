"""What changes after a run: vintage of the data, terms that are added or dropped, priors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from g2fit.card import Card
from g2fit.core.errors import CardError, InputError, nearest
from g2fit.data import DataSection, inline
from g2fit.data.loader import load
from g2fit.inference.comparison.prior_sensitivity import with_priors
from g2fit.likelihoods.plugins import available
from g2fit.posterior.point import parse_data

__all__ = ["Change", "changed_card", "require_reachable"]


@dataclass(frozen=True)
class Change:
    """What changes after a run.

    Attributes
    ----------
    data : str, optional
        Data instead of the card's, as ``VINTAGE[,key=value…]``: all its choices about data are replaced.
    add : sequence of str
        Entries of ``measurements.yaml``, custom likelihoods, or YAML files with own measurements.
    drop : sequence of str
        Entries, observables, terms, custom likelihoods or cuts to leave out.
    priors : path, optional
        Prior file instead of the card's priors; fixed and tied parameters stay.
    """

    data: str | None = None
    add: Sequence[str] = ()
    drop: Sequence[str] = ()
    priors: str | Path | None = None


def changed_card(card: Card, change: Change) -> Card:
    """Return the card of a run with a change.

    Raises
    ------
    InputError
        If nothing changes, or a name is unknown.
    """
    if not (change.data or change.add or change.drop or change.priors):
        raise InputError("nothing to change: give --data, --add, --drop or --priors")
    raw = card.resolved()
    if change.data is not None:
        raw["data"] = parse_data(change.data).model_dump(mode="json", exclude_defaults=True)
    for name in change.add:
        _add(raw["data"], name)
    for name in change.drop:
        _drop(raw, name)
    new = Card.from_dict(raw, (card.path or Path("card.yaml")).parent)
    return new if change.priors is None else with_priors(new, Path(change.priors))


def _add(data: dict[str, Any], name: str) -> None:
    """Add an entry, a custom likelihood or a file to a section ``data``."""
    if name.endswith((".yaml", ".yml")):
        section = inline(DataSection(vintage=data["vintage"], extra_file=str(Path(name).resolve())))
        added = section.model_dump(mode="json", exclude_defaults=True)
        for key in ("extra_measurements", "extra_correlations"):
            if twice := sorted(set(data.get(key, {})) & set(added.get(key, {}))):
                raise InputError(f"--add {name}: the run has {twice[0]!r} already")
            data[key] = {**data.get(key, {}), **added.get(key, {})}
        return
    if name in data.get("exclude", ()):
        data["exclude"] = [other for other in data["exclude"] if other != name]
        return
    entries, functions = load().entries, available()
    if name not in entries and name not in functions:
        raise InputError(f"--add {name!r}: is no entry, custom likelihood or YAML file; {_close(name)}")
    key = "include" if name in entries else "likelihoods"
    data[key] = [*data.get(key, ()), name]


def _close(name: str) -> str:
    """The nearest names of entries and custom likelihoods; there are too many to list."""
    import difflib

    close = difflib.get_close_matches(name, [*load().entries, *available()], n=5, cutoff=0.4)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else "see `g2fit list data`"


def _drop(raw: dict[str, Any], name: str) -> None:
    """Leave out a cut, what the card added, or measurements and limits of the vintage."""
    data = raw["data"]
    places = [
        (raw, "cuts"),
        (raw, "likelihoods"),
        (data, "include"),
        (data, "likelihoods"),
        (data, "extra_measurements"),
        (data, "tables"),
    ]
    held = [(section, key) for section, key in places if name in section.get(key, ())]
    for section, key in held:
        part = section[key]
        kept = [other for other in part if other != name]
        section[key] = {other: part[other] for other in kept} if isinstance(part, dict) else kept
    if not held:
        data["exclude"] = [*data.get("exclude", ()), name]


def require_reachable(old: Card, new: Card) -> None:
    """Check that the priors of a changed card allow nothing that those of the run forbade.

    Raises
    ------
    CardError
        If other parameters are sampled, or a prior reaches beyond the run's: there are no draws to weight there.
    """
    before = {p.name: p.prior for p in old.sampled}
    after = {p.name: p.prior for p in new.sampled}
    if list(before) != list(after):
        raise CardError(
            f"the run samples {', '.join(before)}, the new priors {', '.join(after) or 'nothing'}: "
            f"{nearest(next(iter(set(before) ^ set(after))), before)}; make a run of its own (g2fit run)"
        )
    for name, prior in after.items():
        was = before[name]
        assert prior is not None
        assert was is not None
        if prior.minimum < was.minimum or prior.maximum > was.maximum:
            raise CardError(
                f"parameters.{name}.prior: the new prior reaches from {prior.minimum:g} to {prior.maximum:g}, that of "
                f"the run from {was.minimum:g} to {was.maximum:g}: there are no draws beyond it that could be "
                "weighted. Make a run of its own (g2fit run)"
            )
