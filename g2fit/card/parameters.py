"""Settings of the parameters, read from a card and its prior file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from g2fit.card.priors import Prior, make_prior
from g2fit.card.schema import CardFile, Cut, ParameterEntry, PriorFile, validate
from g2fit.core.errors import CardError, nearest
from g2fit.core.files import read_yaml, tidy
from g2fit.core.labels import check_label
from g2fit.models.base import Model, Quantity

__all__ = ["ParameterSetting", "prior_entries", "settings_of"]


@dataclass(frozen=True)
class ParameterSetting:
    """Setting of a model parameter: sampled from a prior, fixed to a value, or equal to another parameter."""

    name: str
    prior: Prior | None = None
    value: float | None = None
    same_as: str | None = None
    latex: str = ""
    unit: str = ""


def prior_entries(section: CardFile, file: Path) -> tuple[dict[str, Any], dict[str, Cut]]:
    """Return parameter entries (with the file of each) and cuts; those of the card override those of the prior file.

    The entries of the card come last.
    """
    entries: dict[str, Any] = {}
    cuts: dict[str, Cut] = {}
    if section.priors is not None:
        path = tidy(file.parent / section.priors)
        raw, lines = read_yaml(path)
        prior_file = validate(PriorFile, raw, str(path), lines)
        entries |= {name: (entry, str(path)) for name, entry in prior_file.parameters.items()}
        cuts |= prior_file.cuts
    own = {name: (entry, str(file)) for name, entry in (section.parameters or {}).items()}
    return {name: entry for name, entry in entries.items() if name not in own} | own, cuts


def settings_of(model: Model, entries: Mapping[str, tuple[Any, str]], file: str) -> tuple[ParameterSetting, ...]:
    """Return the setting of each parameter of a model, from the entries of card and prior file by name or alias.

    Of two entries of one parameter under different names, which must not stand in one file, the later one counts.
    """
    names = [p.name for p in model.parameters]
    by_name: dict[str, tuple[Any, str]] = {}
    given: dict[str, tuple[str, str]] = {}
    for name, (entry, where) in entries.items():
        known = model.aliases.get(name, name)
        if known not in names:
            place = f"{where}: parameters.{name}"
            raise CardError(f"{place}: model {model.name!r} has no such parameter; {nearest(name, names)}")
        other, file_of_other = given.get(known, ("", ""))
        if file_of_other == where:
            raise CardError(f"{where}: parameters.{other} and parameters.{name} are one parameter, {known}; keep one")
        given[known] = (name, where)
        by_name[known] = (entry, where)
    settings = []
    for quantity in model.parameters:
        if quantity.name not in by_name:
            wanted = f"model {model.name!r} needs a prior or a fixed value for each of {', '.join(names)}"
            raise CardError(f"{file}: parameters.{quantity.name} has no prior: {wanted}")
        entry, where = by_name[quantity.name]
        settings.append(_setting(quantity, entry, where, model))
    tied = {s.name for s in settings if s.same_as is not None}
    for s in settings:
        if s.same_as in tied:
            raise CardError(f"{file}: parameters.{s.name} is tied to {s.same_as!r}, which is tied itself")
    return tuple(settings)


def _setting(quantity: Quantity, entry: Any, where: str, model: Model) -> ParameterSetting:
    """Read an entry: a number fixes the parameter, a name ties it, a mapping has `prior`, `value` or `same_as`."""
    name, key = quantity.name, f"parameters.{quantity.name}"
    names = [p.name for p in model.parameters]
    if isinstance(entry, str):
        entry = {"same_as": entry}
    elif isinstance(entry, int | float) and not isinstance(entry, bool):
        entry = {"value": entry}
    elif not isinstance(entry, dict):
        raise CardError(f"{where}: {key} = {entry!r} must be a number, a parameter's name or a mapping with `prior`")
    if "ref" in entry:
        raise CardError(f"{where}: {key}.ref sets no starting point: the walkers start from weighted draws; remove it")
    fields = validate(ParameterEntry, entry, where, {}, key)
    given = [k for k in ("prior", "value", "same_as") if getattr(fields, k) is not None]
    if len(given) != 1:
        raise CardError(f"{where}: {key} needs exactly one of prior, value, same_as; got {given or 'none'}")
    if fields.value is not None and not abs(fields.value) < float("inf"):
        raise CardError(f"{where}: {key} = {fields.value!r} must be a finite number")
    same_as = None if fields.same_as is None else model.aliases.get(fields.same_as, fields.same_as)
    if same_as is not None and (same_as not in names or same_as == name):
        raise CardError(f"{where}: {key}: cannot be tied to {entry['same_as']!r}; {nearest(entry['same_as'], names)}")
    if fields.latex is not None:
        check_label(fields.latex, f"{where}: {key}.latex")
    if fields.unit:
        check_label(rf"\mathrm{{{fields.unit}}}", f"{where}: {key}.unit")
    prior = None if fields.prior is None else make_prior(name, fields.prior, f"{where}: ")
    latex, unit = fields.latex or quantity.latex, fields.unit or quantity.unit
    return ParameterSetting(name, prior, fields.value, same_as, latex, unit)
