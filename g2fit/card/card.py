"""The run card: model, data, priors and sampler settings of a fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from g2fit.card.keys import with_keys
from g2fit.card.output_folder import output_folder
from g2fit.card.priors import Prior, make_prior
from g2fit.card.schema import CardFile, Cut, ParameterEntry, PriorFile, SamplerSection, validate
from g2fit.core.aliases import announce, current_card, former_card
from g2fit.core.errors import CardError, G2fitError, nearest
from g2fit.core.files import dump_yaml, fingerprint_of, read_yaml, tidy
from g2fit.core.labels import check_label
from g2fit.data import DataSection, Dataset, inline, resolve
from g2fit.likelihoods import Likelihood, build_terms
from g2fit.models import get_model, model_class
from g2fit.models.base import Model, Quantity

__all__ = ["Card", "ParameterSetting", "make_model", "target_of"]

#: Keys of the resolved card that may change when a run is continued: they set the length of its chains, or what is
#: shown of them. Whether few or many evaluations are made is kept by the run folder.
LENGTH_KEYS = (
    "output",
    "levels",
    "sampler.stop",
    "sampler.max_steps",
    "sampler.max_calls",
    "sampler.max_hours",
    "sampler.calls",
)

#: Walkers of each ensemble where the likelihood is evaluated often, and where it is evaluated seldom.
MANY_WALKERS, FEW_WALKERS = 256, 16


@dataclass(frozen=True)
class ParameterSetting:
    """Setting of a model parameter: sampled from a prior, fixed to a value, or equal to another parameter."""

    name: str
    prior: Prior | None = None
    value: float | None = None
    same_as: str | None = None
    latex: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Card:
    """A validated run card.

    Attributes
    ----------
    model_name, model_options : str, dict
        The model and its options.
    data : DataSection
        Vintage and choices, as written on the card.
    dataset : Dataset
        The data set that follows from them.
    parameters : tuple of ParameterSetting
        Settings of all parameters, in the order of the model.
    cuts : dict of str to Cut
        Allowed ranges of parameters and derived quantities.
    sampler : SamplerSection
        Sampler settings.
    output : Path
        Run folder.
    path : Path or None
        File that the card was read from.
    levels : tuple of float or None
        Probabilities of the credible regions that are shown; None for 68.27 and 95.45 %.
    """

    model_name: str
    model_options: dict[str, Any]
    data: DataSection
    dataset: Dataset
    parameters: tuple[ParameterSetting, ...]
    cuts: dict[str, Cut]
    sampler: SamplerSection
    output: Path
    path: Path | None = None
    levels: tuple[float, float] | None = None

    @classmethod
    def load(cls, path: str | Path, *, priors: str | Path | None = None, keys: Mapping[str, Any] | None = None) -> Card:
        """Read and validate a card.

        Parameters
        ----------
        path : path
            A YAML file, or a run folder with its resolved card.
        priors : path, optional
            Prior file that replaces the one of the card.
        keys : mapping, optional
            Values of other keys by their names with dots, such as ``sampler.stop.ess``, see `with_keys`.

        Raises
        ------
        CardError
            If the card is not valid; the message names file, key, value and what is allowed.
        """
        given = Path(path)
        file = given / "card.yaml" if given.is_dir() else given
        raw, lines = read_yaml(file)
        if priors is not None:
            raw = {**raw, "priors": str(Path(priors).resolve())}
        if keys:
            raw = with_keys(raw, keys)
        notes: list[str] = []
        card = cls._build(current_card(raw, notes), file, lines)
        if file is given:  # nobody writes the card of a run folder by hand
            announce(f"on {file}", notes)
        return card

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], base: str | Path = ".") -> Card:
        """Validate a card that is given as plain data; relative paths start from the folder `base`."""
        return cls._build(current_card(raw), Path(base) / "<card>", {})

    @classmethod
    def _build(cls, raw: dict[str, Any], file: Path, lines: dict[str, int]) -> Card:
        section = validate(CardFile, raw, str(file), lines)
        options = dict(section.model)
        name = options.pop("name", None)
        if not isinstance(name, str):
            raise CardError(f"{file}: model.name is missing or not a name")
        with _located(file):
            dataset = resolve(section.data, file.parent)
            entries, cuts = _prior_entries(section, file)
            cuts |= section.cuts or {}
            model = make_model(name, options, dataset, cuts)
        settings = _settings(model, entries, str(file))
        output = output_folder(section.output or f"chains/{file.stem}", file, lines)
        card = cls(
            model_name=name,
            model_options=options,
            data=inline(section.data, file.parent),
            dataset=dataset,
            parameters=settings,
            cuts=cuts,
            sampler=section.sampler,
            output=output,
            path=file if lines else None,
            levels=section.levels,
        )
        sampled = len(card.sampled)
        if sampled and card.walkers < 2 * sampled + 2:
            raise CardError(
                f"{file}: sampler.walkers = {card.walkers} is too few for {sampled} sampled parameters: "
                f"at least {2 * sampled + 2}"
            )
        vars(card)["model"] = model
        with _located(file):
            _ = card.likelihood  # refuses cuts and data that the model cannot be compared with
        return card

    @property
    def sampled(self) -> tuple[ParameterSetting, ...]:
        """The parameters with a prior, in the order of the columns of `theta`."""
        return tuple(p for p in self.parameters if p.prior is not None)

    @property
    def walkers(self) -> int:
        """Walkers of each ensemble: those of the card, or a number that suits the number of evaluations."""
        least = 2 * len(self.sampled) + 2
        if self.sampler.walkers is not None:
            return self.sampler.walkers
        return max(FEW_WALKERS, least) if self.sampler.calls == "few" else max(MANY_WALKERS, least)

    @cached_property
    def model(self) -> Model:
        """The model, built once per process."""
        return make_model(self.model_name, self.model_options, self.dataset, self.cuts)

    @cached_property
    def likelihood(self) -> Likelihood:
        """The likelihood of the data in the model, built once per process."""
        cuts = {name: cut.model_dump() for name, cut in self.cuts.items()}
        return build_terms(self.dataset, self.model, cuts)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields only: model and likelihood are built again by the process that unpickles the card."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def replace(self, **changes: Any) -> Card:
        """Return a copy with another ``output`` or other sampler settings (``seed``, ``ensembles``, …)."""
        output = Path(changes.pop("output", self.output))
        sampler = validate(SamplerSection, {**self.sampler.model_dump(), **changes}, "options", {})
        card = dataclasses.replace(self, sampler=sampler, output=output)
        vars(card).update(model=self.model, likelihood=self.likelihood)
        return card

    def resolved(self) -> dict[str, Any]:
        """Return the complete card as plain data, without references to other files."""
        parameters: dict[str, Any] = {}
        for p in self.parameters:
            if p.prior is not None:
                entry: dict[str, Any] = {"prior": {"dist": p.prior.dist, **p.prior.arguments}}
            elif p.same_as is not None:
                entry = {"same_as": p.same_as}
            else:
                entry = {"value": p.value}
            parameters[p.name] = entry
        return {
            "model": {"name": self.model_name, **self.model_options},
            "data": self.data.model_dump(mode="json", exclude_none=True),
            "parameters": parameters,
            "cuts": {name: cut.model_dump(exclude_none=True) for name, cut in self.cuts.items()},
            "sampler": self.sampler.model_dump() | {"walkers": self.walkers},
            "output": ".",
        } | ({} if self.levels is None else {"levels": list(self.levels)})

    def target(self) -> dict[str, Any]:
        """Return what determines the posterior, independently of the sampler: see `target_of`."""
        return target_of(self.resolved())

    def to_yaml(self) -> str:
        """Return the resolved card as YAML."""
        return dump_yaml(self.resolved())

    def fingerprint(self) -> str:
        """Return a hash of all that determines the chains, the same under former and present names."""
        return fingerprint_of(_identity(former_card(self.resolved())))

    def identity(self) -> dict[str, Any]:
        """Return all that determines the chains as a flat dictionary."""
        return _identity(self.resolved())


def target_of(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of a resolved card that determine its posterior, with the names that hashes are made of."""
    return {key: value for key, value in former_card(resolved).items() if key not in ("sampler", "output", "levels")}


def _identity(resolved: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in _flatten(resolved).items() if not key.startswith(LENGTH_KEYS)}


def _flatten(tree: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(tree, dict):
        flat: dict[str, Any] = {}
        for key, value in tree.items():
            flat |= _flatten(value, f"{prefix}.{key}" if prefix else key)
        return flat
    return {prefix: tree}


def make_model(name: str, options: Mapping[str, Any], dataset: Dataset, cuts: Mapping[str, Cut] | None = None) -> Model:
    """Build a model; options that are not given, such as ``R_tau_SM``, follow from the data and the cuts."""
    kind = model_class(name).variant(options)
    known = kind.Options.model_fields
    given = {key: [bound for bound in (cut.min, cut.max) if bound is not None] for key, cut in (cuts or {}).items()}
    bounds = {key: max(values) for key, values in given.items() if values}
    defaults = {key: value for key, value in dataset.options.items() if key in known} | kind.options_of_cuts(bounds)
    return get_model(name, **{**defaults, **options})


def _prior_entries(section: CardFile, file: Path) -> tuple[dict[str, Any], dict[str, Cut]]:
    """Return parameter entries (with the file of each) and cuts; those of the card override those of the prior file."""
    entries: dict[str, Any] = {}
    cuts: dict[str, Cut] = {}
    if section.priors is not None:
        path = tidy(file.parent / section.priors)
        raw, lines = read_yaml(path)
        prior_file = validate(PriorFile, raw, str(path), lines)
        entries |= {name: (entry, str(path)) for name, entry in prior_file.parameters.items()}
        cuts |= prior_file.cuts
    entries |= {name: (entry, str(file)) for name, entry in (section.parameters or {}).items()}
    return entries, cuts


def _settings(model: Model, entries: Mapping[str, tuple[Any, str]], file: str) -> tuple[ParameterSetting, ...]:
    names = [p.name for p in model.parameters]
    by_name: dict[str, tuple[Any, str]] = {}
    for name, (entry, where) in entries.items():
        known = model.aliases.get(name, name)
        if known not in names:
            place = f"{where}: parameters.{name}"
            raise CardError(f"{place}: model {model.name!r} has no such parameter; {nearest(name, names)}")
        by_name[known] = (entry, where)
    settings = []
    for quantity in model.parameters:
        if quantity.name not in by_name:
            wanted = f"model {model.name!r} needs a prior or a fixed value for each of {', '.join(names)}"
            raise CardError(f"{file}: parameters.{quantity.name} has no prior: {wanted}")
        entry, where = by_name[quantity.name]
        settings.append(_setting(quantity, entry, where, names))
    tied = {s.name for s in settings if s.same_as is not None}
    for s in settings:
        if s.same_as in tied:
            raise CardError(f"{file}: parameters.{s.name} is tied to {s.same_as!r}, which is tied itself")
    return tuple(settings)


def _setting(quantity: Quantity, entry: Any, where: str, names: list[str]) -> ParameterSetting:
    """Read an entry: a number fixes the parameter, a name ties it, a mapping has `prior`, `value` or `same_as`."""
    name, key = quantity.name, f"parameters.{quantity.name}"
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
    if fields.same_as is not None and (fields.same_as not in names or fields.same_as == name):
        raise CardError(f"{where}: {key}: cannot be tied to {fields.same_as!r}; {nearest(fields.same_as, names)}")
    if fields.latex is not None:
        check_label(fields.latex, f"{where}: {key}.latex")
    if fields.unit:
        check_label(rf"\mathrm{{{fields.unit}}}", f"{where}: {key}.unit")
    prior = None if fields.prior is None else make_prior(name, fields.prior, f"{where}: ")
    latex, unit = fields.latex or quantity.latex, fields.unit or quantity.unit
    return ParameterSetting(name, prior, fields.value, fields.same_as, latex, unit)


@contextmanager
def _located(file: Path) -> Iterator[None]:
    """Put the name of the card's file in front of the errors of models, data and likelihoods."""
    try:
        yield
    except CardError:
        raise
    except G2fitError as error:
        raise CardError(f"{file}: {error}") from None
