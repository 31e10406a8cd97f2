"""The run card: what to fit, with which data and priors, and how to sample it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from g2fit.card.priors import Prior, make_prior
from g2fit.card.schema import CardFile, Cut, ParameterEntry, PriorFile, SamplerSection, validate
from g2fit.core.aliases import announce, current_card, former_card
from g2fit.core.errors import CardError, G2fitError, nearest
from g2fit.core.files import dump_yaml, fingerprint_of, read_yaml
from g2fit.data import DataSection, Dataset, inline, resolve
from g2fit.likelihoods import Likelihood, build_terms
from g2fit.models import get_model, model_class
from g2fit.models.base import Model

__all__ = ["Card", "ParameterSetting", "target_of"]

#: Keys of the resolved card that may change between two starts of the same run: they set its length, not its course.
LENGTH_KEYS = ("output", "sampler.stop", "sampler.max_steps")

#: Longest path of a run folder on a card.
MAX_OUTPUT = 1000


@dataclass(frozen=True)
class ParameterSetting:
    """One model parameter on a card: sampled from a prior, fixed to a value, or tied to another parameter."""

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
        Vintage and choices, as on the card.
    dataset : Dataset
        The measurements that these choices give.
    parameters : tuple of ParameterSetting
        One for every parameter of the model, in the model's order.
    cuts : dict of str to Cut
        Allowed ranges of parameters and derived quantities.
    sampler : SamplerSection
        Sampler settings.
    output : Path
        Run folder.
    path : Path or None
        File the card was read from.
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

    @classmethod
    def load(cls, path: str | Path, *, priors: str | Path | None = None) -> Card:
        """Read and validate a card.

        Parameters
        ----------
        path : path
            A YAML file, or a run folder (its resolved card is read).
        priors : path, optional
            A prior file to use instead of the card's.

        Raises
        ------
        CardError
            Naming file, key, value and what is allowed.
        """
        given = Path(path)
        file = given / "card.yaml" if given.is_dir() else given
        raw, lines = read_yaml(file)
        if priors is not None:
            raw = {**raw, "priors": str(Path(priors).resolve())}
        notes: list[str] = []
        card = cls._build(current_card(raw, notes), file, lines)
        if file is given:  # nobody writes the card of a run folder by hand
            announce(f"on {file}", notes)
        return card

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], base: str | Path = ".") -> Card:
        """Validate a card given as plain data; relative paths start at the folder `base`."""
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
            model = _make_model(name, options, dataset)
        entries, cuts = _prior_entries(section, file)
        settings = _settings(model, entries, str(file))
        cuts |= section.cuts or {}
        with _located(file):  # refuses cuts and data that this model cannot be compared with
            likelihood = _make_likelihood(dataset, model, cuts)
        output = _output(section.output or f"chains/{file.stem}", file, lines)
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
        )
        sampled = len(card.sampled)
        if sampled and section.sampler.walkers < 2 * sampled + 2:
            raise CardError(
                f"{file}: sampler.walkers = {section.sampler.walkers} is too few for {sampled} sampled parameters: "
                f"at least {2 * sampled + 2}"
            )
        vars(card).update(model=model, likelihood=likelihood)
        return card

    @property
    def sampled(self) -> tuple[ParameterSetting, ...]:
        """The parameters with a prior, in the card's order: the columns of `theta`."""
        return tuple(p for p in self.parameters if p.prior is not None)

    @cached_property
    def model(self) -> Model:
        """The card's model, built once per card and process."""
        return _make_model(self.model_name, self.model_options, self.dataset)

    @cached_property
    def likelihood(self) -> Likelihood:
        """Likelihood of the data in the model, built once per card and process."""
        return _make_likelihood(self.dataset, self.model, self.cuts)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: whoever receives the card builds model and likelihood again."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def replace(self, **changes: Any) -> Card:
        """Return a copy with other values of ``output`` or of sampler settings (``seed``, ``ensembles``, …)."""
        output = Path(changes.pop("output", self.output))
        sampler = validate(SamplerSection, {**self.sampler.model_dump(), **changes}, "options", {})
        card = dataclasses.replace(self, sampler=sampler, output=output)
        vars(card).update(model=self.model, likelihood=self.likelihood)
        return card

    def resolved(self) -> dict[str, Any]:
        """Everything the card means, as plain data without references to other files."""
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
            "sampler": self.sampler.model_dump(),
            "output": ".",
        }

    def target(self) -> dict[str, Any]:
        """What of the resolved card determines its posterior, whoever samples it and wherever: see `target_of`."""
        return target_of(self.resolved())

    def to_yaml(self) -> str:
        """Format the resolved card."""
        return dump_yaml(self.resolved())

    def fingerprint(self) -> str:
        """Hash of all that determines the course of the chains, the same under former and present names."""
        return fingerprint_of(_identity(former_card(self.resolved())))

    def identity(self) -> dict[str, Any]:
        """Flat dictionary of all that determines the course of the chains."""
        return _identity(self.resolved())


def target_of(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resolved card determines its posterior, under the names that hashes are made of."""
    return {key: value for key, value in former_card(resolved).items() if key not in ("sampler", "output")}


def _identity(resolved: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in _flatten(resolved).items() if not key.startswith(LENGTH_KEYS)}


def _flatten(tree: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(tree, dict):
        flat: dict[str, Any] = {}
        for key, value in tree.items():
            flat |= _flatten(value, f"{prefix}.{key}" if prefix else key)
        return flat
    return {prefix: tree}


def _make_model(name: str, options: Mapping[str, Any], dataset: Dataset) -> Model:
    """Build a model; the data decide some options (such as ``R_tau_SM``), unless the card sets them under `model`."""
    known = model_class(name).Options.model_fields
    from_data = {key: value for key, value in dataset.options.items() if key in known and key not in options}
    return get_model(name, **options, **from_data)


def _make_likelihood(dataset: Dataset, model: Model, cuts: Mapping[str, Cut]) -> Likelihood:
    return build_terms(dataset, model, {name: cut.model_dump() for name, cut in cuts.items()})


def _output(text: str, file: Path, lines: Mapping[str, int]) -> Path:
    """Run folder of a card; a file from elsewhere cannot choose one far from itself, a program can."""
    place = Path(os.path.abspath(file.parent / text)) if "\0" not in text else None  # noqa: PTH100 (links stay)
    near = Path(os.path.abspath(file.parent)).parent  # noqa: PTH100
    if not text.isprintable() or len(text) > MAX_OUTPUT or (lines and (place is None or near not in place.parents)):
        where = f"{file}:{lines['output']}" if "output" in lines else str(file)
        raise CardError(
            f"{where}: output = {text[:MAX_OUTPUT]!r} must be a printable path in the folder of the card or in the one "
            "above it; any other place can be given on the command line (--out)"
        )
    return file.parent / text


def _prior_entries(section: CardFile, file: Path) -> tuple[dict[str, Any], dict[str, Cut]]:
    """Parameter entries and cuts: those of the prior file, with the card's own in front."""
    entries: dict[str, Any] = {}
    cuts: dict[str, Cut] = {}
    if section.priors is not None:
        path = file.parent / section.priors
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
            raise CardError(f"{where}: parameters.{name}: model {model.name!r} has no such parameter; "
                            f"{nearest(name, names)}")  # fmt: skip
        by_name[known] = (entry, where)
    settings = []
    for quantity in model.parameters:
        if quantity.name not in by_name:
            raise CardError(f"{file}: parameters.{quantity.name} has no prior: model {model.name!r} needs a prior or "
                            f"a fixed value for each of {', '.join(names)}")  # fmt: skip
        entry, where = by_name[quantity.name]
        settings.append(_setting(quantity.name, quantity.latex, quantity.unit, entry, where, names))
    tied = {s.name for s in settings if s.same_as is not None}
    for s in settings:
        if s.same_as in tied:
            raise CardError(f"{file}: parameters.{s.name} is tied to {s.same_as!r}, which is tied itself")
    return tuple(settings)


def _setting(name: str, latex: str, unit: str, entry: Any, where: str, names: list[str]) -> ParameterSetting:
    """One parameter: a bare number fixes it, a name ties it, a mapping holds a prior (or ``value``, ``same_as``)."""
    key = f"parameters.{name}"
    if isinstance(entry, bool) or entry is None:
        raise CardError(f"{where}: {key} = {entry!r} must be a number, a parameter's name or a mapping with `prior`")
    if isinstance(entry, int | float):
        entry = {"value": entry}
    elif isinstance(entry, str):
        entry = {"same_as": entry}
    elif not isinstance(entry, dict):
        raise CardError(f"{where}: {key} must be a number, a parameter's name or a mapping with `prior`")
    if "ref" in entry:
        raise CardError(
            f"{where}: {key}.ref: starting points cannot be chosen; the warm-up draws the walkers from the prior and "
            "moves them to the posterior: leave `ref` out"
        )
    fields = validate(ParameterEntry, entry, where, {}, key)
    given = [k for k in ("prior", "value", "same_as") if getattr(fields, k) is not None]
    if len(given) != 1:
        raise CardError(f"{where}: {key} needs exactly one of prior, value, same_as; got {given or 'none'}")
    if fields.value is not None and not abs(fields.value) < float("inf"):
        raise CardError(f"{where}: {key} = {fields.value!r} must be a finite number")
    if fields.same_as is not None and (fields.same_as not in names or fields.same_as == name):
        raise CardError(f"{where}: {key}: cannot be tied to {fields.same_as!r}; {nearest(fields.same_as, names)}")
    prior = None if fields.prior is None else make_prior(name, fields.prior, f"{where}: ")
    return ParameterSetting(name, prior, fields.value, fields.same_as, fields.latex or latex, fields.unit or unit)


@contextmanager
def _located(file: Path) -> Iterator[None]:
    """Put the file's name in front of errors from outside the card."""
    try:
        yield
    except CardError:
        raise
    except G2fitError as error:
        raise CardError(f"{file}: {error}") from None
