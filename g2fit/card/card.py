"""The run card: model, data, priors and sampler settings of a fit."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from g2fit.card.code import code_behind, require_same_code
from g2fit.card.identity import identity_of, target_of
from g2fit.card.keys import with_keys
from g2fit.card.own import (
    NO_OPTIONS,
    formulas_of,
    make_model,
    model_code,
    names_of,
    own_functions,
    place_of,
    without_objects,
)
from g2fit.card.parameters import ParameterSetting, prior_entries, settings_of
from g2fit.card.schema import CardFile, Cut, DerivedEntry, SamplerSection, validate
from g2fit.core.aliases import announce, current_card, former_card, named_options
from g2fit.core.errors import CardError, G2fitError
from g2fit.core.files import dump_yaml, fingerprint_of, read_yaml, tidy
from g2fit.core.html import html_table, html_text
from g2fit.core.manifest import require_card_of_folder
from g2fit.core.own_code import OwnCode
from g2fit.data import DataSection, Dataset, inline, resolve
from g2fit.data.theory import check_models
from g2fit.likelihoods import Likelihood, build_terms
from g2fit.likelihoods.plugins import custom_of_file
from g2fit.models.base import Model

__all__ = ["Card", "ParameterSetting", "make_model", "target_of"]

#: Walkers of each ensemble where the likelihood is evaluated often, and where it is evaluated seldom.
MANY_WALKERS, FEW_WALKERS = 256, 16

#: Largest number of characters of a run folder's path on a card.
MAX_OUTPUT = 1000


@dataclass(frozen=True, repr=False)
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
    own_model : OwnCode or None
        The class of the model, if a user has written it.
    derived : dict of str to DerivedEntry
        Derived quantities by formulas.
    own_likelihoods : dict of str to OwnCode
        Functions of the user's that are terms of the likelihood.
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
    own_model: OwnCode | None = None
    derived: dict[str, DerivedEntry] = dataclasses.field(default_factory=dict)
    own_likelihoods: dict[str, OwnCode] = dataclasses.field(default_factory=dict)

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
        else:
            require_card_of_folder(given, card)
        return card

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], base: str | Path = ".") -> Card:
        """Validate a card that is given as plain data; relative paths start from the folder `base`.

        The section ``model`` may be a `Model`, or a class of one, and an entry of ``likelihoods`` a function. If they
        are defined in a file, the card names that file; if not, as in a notebook, the fit runs in this process only.
        """
        return cls._build(current_card(without_objects(raw)), Path(base) / "<card>", {})

    @classmethod
    def _build(cls, raw: dict[str, Any], file: Path, lines: dict[str, int]) -> Card:
        section = validate(CardFile, raw, str(file), lines)
        with _located(file):
            code = model_code(section.model, file)
            dataset = resolve(section.data, file.parent)
        own = code is not None
        options = {key: value for key, value in section.model.items() if key not in (NO_OPTIONS if own else ("name",))}
        name = section.model.get("name", "" if own else None)
        if not isinstance(name, str):
            raise CardError(f"{file}: model.name is missing or not a name")
        with _located(file):
            entries, cuts = prior_entries(section, file)
            cuts |= section.cuts or {}
            formulas = formulas_of(section.derived, cuts)
            model = make_model(name, options, dataset, cuts, code, formulas)
            check_models(section.data.theory_uncertainty, names_of(model), model.name)
            functions = own_functions(section.likelihoods, file)
        if name and name != model.name:
            raise CardError(f"{file}: model.name = {name!r}, but the class of model.file has the name {model.name!r}")
        settings = settings_of(model, entries, str(file))
        output = _output(section.output or f"chains/{file.stem}", file, lines)
        card = cls(
            model_name=model.name if own else name,
            model_options=options if own else named_options(name, options, vars(model.options)),
            data=inline(section.data, file.parent),
            dataset=dataset,
            parameters=settings,
            cuts=cuts,
            sampler=section.sampler,
            output=output,
            path=file if lines else None,
            levels=section.levels,
            own_model=code,
            derived=section.derived or {},
            own_likelihoods=functions,
        )
        _require_walkers(card, f"{file}: sampler.walkers")
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

    @property
    def session(self) -> list[str]:
        """Names of classes and functions on the card that no file defines: only this process has them."""
        codes = [self.own_model, *self.own_likelihoods.values()]
        return [code.name for code in codes if code is not None and code.file is None]

    @cached_property
    def model(self) -> Model:
        """The model, built once per process."""
        formulas = formulas_of(self.derived, self.cuts)
        return make_model(self.model_name, self.model_options, self.dataset, self.cuts, self.own_model, formulas)

    @cached_property
    def likelihood(self) -> Likelihood:
        """The likelihood of the data in the model, built once per process."""
        cuts = {name: cut.model_dump() for name, cut in self.cuts.items()}
        functions = [custom_of_file(name, code) for name, code in self.own_likelihoods.items()]
        likelihood = build_terms(self.dataset, self.model, cuts, functions)
        if "sent_code" in vars(self):  # by another process
            require_same_code(vars(self)["sent_code"], self.model, likelihood)
        return likelihood

    def code(self, *modules: str) -> dict[str, str]:
        """Hash of each part of the code that draws, and what further modules compute, depend on."""
        return code_behind(self.model, self.likelihood, *modules)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields and the hashes of the code.

        Model and likelihood are built again by the process that unpickles the card, which must have the same code.

        Raises
        ------
        CardError
            If another process could not build them.
        """
        if self.session:
            raise CardError(
                f"{self.session[0]} is defined in this session only: write it to a file to use several processes, or "
                "use one worker (workers=1)"
            )
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return fields | {"sent_code": self.code()}

    def replace(self, **changes: Any) -> Card:
        """Return a copy with another ``output`` or other sampler settings (``seed``, ``ensembles``, …)."""
        output = Path(changes.pop("output", self.output))
        sampler = validate(SamplerSection, {**self.sampler.model_dump(), **changes}, "options", {})
        card = dataclasses.replace(self, sampler=sampler, output=output)
        _require_walkers(card, "options: walkers")
        vars(card).update(model=self.model, likelihood=self.likelihood)
        return card

    def resolved(self, base: Path | None = None) -> dict[str, Any]:
        """Return the complete card as plain data, without references to other files of data.

        The paths of the user's own code are absolute, or relative to the folder `base`.
        """
        parameters: dict[str, Any] = {}
        for p in self.parameters:
            if p.prior is not None:
                entry: dict[str, Any] = {"prior": {"dist": p.prior.dist, **p.prior.arguments}}
            elif p.same_as is not None:
                entry = {"same_as": p.same_as}
            else:
                entry = {"value": p.value}
            parameters[p.name] = entry
        own: dict[str, Any] = {}
        if self.derived:
            own["derived"] = {name: entry.model_dump(exclude_defaults=True) for name, entry in self.derived.items()}
        if self.own_likelihoods:
            own["likelihoods"] = {n: place_of("function", code, base) for n, code in self.own_likelihoods.items()}
        place = {} if self.own_model is None else place_of("class", self.own_model, base)
        return {
            "model": {"name": self.model_name, **place, **self.model_options},
            "data": self.data.model_dump(mode="json", exclude_none=True),
            **own,
            "parameters": parameters,
            "cuts": {name: cut.model_dump(exclude_none=True) for name, cut in self.cuts.items()},
            "sampler": self.sampler.model_dump() | {"walkers": self.walkers},
            "output": ".",
        } | ({} if self.levels is None else {"levels": list(self.levels)})

    def target(self) -> dict[str, Any]:
        """Return what determines the posterior, independently of the sampler: see `target_of`."""
        return target_of(self.resolved())

    def to_yaml(self) -> str:
        """Return the resolved card as YAML, for the run folder."""
        return dump_yaml(self.resolved(self.output))

    def fingerprint(self) -> str:
        """Return a hash of all that determines the chains, the same under former and present names."""
        return fingerprint_of(identity_of(former_card(self.resolved())))

    def identity(self) -> dict[str, Any]:
        """Return all that determines the chains as a flat dictionary."""
        return identity_of(self.resolved())

    def __repr__(self) -> str:
        sampled = ", ".join(p.name for p in self.sampled) or "nothing to sample"
        return f"<card: model {self.model_name}, data {self.dataset.vintage}, {sampled}, output {str(self.output)!r}>"

    def _repr_html_(self) -> str:
        """Parameters and terms of the likelihood as tables, for notebooks."""
        settings = [
            (p.name, f"{p.prior.dist} {p.prior.arguments}" if p.prior else p.same_as or p.value)
            for p in self.parameters
        ]
        terms = zip(self.likelihood.names, self.likelihood.roles, strict=True)
        return (
            f"<p>{html_text(repr(self))}</p>{html_table('parameters', ('name', 'prior or value'), settings)}"
            f"{html_table('terms of the likelihood', ('name', 'role'), terms)}"
        )


def _require_walkers(card: Card, place: str) -> None:
    """Refuse a number of walkers that is too small for the sampled parameters; `place` names the key."""
    sampled = len(card.sampled)
    if sampled and card.walkers < 2 * sampled + 2:
        raise CardError(
            f"{place} = {card.walkers} is too few for {sampled} sampled parameters: at least {2 * sampled + 2}"
        )


def _output(text: str, file: Path, lines: Mapping[str, int]) -> Path:
    """Return the run folder; a card from somebody else must not choose one far from itself, a program may."""
    place = Path(os.path.abspath(file.parent / text)) if "\0" not in text else None  # noqa: PTH100 (links stay)
    near = Path(os.path.abspath(file.parent)).parent  # noqa: PTH100
    if not text.isprintable() or len(text) > MAX_OUTPUT or (lines and (place is None or near not in place.parents)):
        where = f"{file}:{lines['output']}" if "output" in lines else str(file)
        raise CardError(
            f"{where}: output = {text[:MAX_OUTPUT]!r} must be a printable path in the folder of the card or in the one "
            "above it; any other place can be given on the command line (--out)"
        )
    return tidy(file.parent / text)


@contextmanager
def _located(file: Path) -> Iterator[None]:
    """Put the name of the card's file in front of the errors of models, data and likelihoods."""
    try:
        yield
    except CardError:
        raise
    except G2fitError as error:
        raise CardError(f"{file}: {error}") from None
