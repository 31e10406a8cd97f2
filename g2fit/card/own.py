"""The model of a card, and code of the user's that a card names: a class, functions, derived quantities."""

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from g2fit.card.schema import Cut, DerivedEntry, OwnFunction
from g2fit.core.errors import CardError
from g2fit.core.own_code import OwnCode, code_of, file_code
from g2fit.data import Dataset
from g2fit.models import model_class, model_names, own_class
from g2fit.models.base import Model
from g2fit.models.contract import guarded, is_own
from g2fit.models.derived import Formula, ModelWithFormulas

__all__ = [
    "formulas_of",
    "make_model",
    "model_code",
    "names_of",
    "own_functions",
    "place_of",
    "without_objects",
    "without_places",
]

#: Keys of the section ``model`` that are no options.
NO_OPTIONS = ("name", "file", "class", "sha256")


def without_objects(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Card with plain data in place of a model or functions that a program gives it as Python objects."""
    card = dict(raw)
    model = card.get("model")
    if isinstance(model, type) and issubclass(model, Model):
        model = model()
    if isinstance(model, ModelWithFormulas):
        raise CardError("model: is that of another card with `derived`; give the model without them")
    if isinstance(model, Model):
        kind, name = model.implementation, model.name
        options = model.options.model_dump(mode="json", exclude_unset=True)
        card["model"] = {"name": name, **(_entry("class", code_of(kind)) if _is_unnamed(kind) else {}), **options}
    if isinstance(functions := card.get("likelihoods"), Mapping):
        card["likelihoods"] = {
            name: _entry("function", code_of(item)) if inspect.isroutine(item) else item
            for name, item in functions.items()
        }
    return card


def _is_unnamed(kind: type[Model]) -> bool:
    """Whether the class is of neither this package nor an installed one, where its name would be enough."""
    return is_own(kind) and not (kind.name in model_names() and model_class(kind.name) is kind)


def _entry(kind: str, code: OwnCode) -> dict[str, Any]:
    file = {} if code.file is None else {"file": str(code.file)}
    return {**file, kind: code.name, "sha256": code.sha256}


def model_code(section: Mapping[str, Any], file: Path) -> OwnCode | None:
    """Code of the model that a card names by ``file`` and ``class``; None for a model that has a name only."""
    own, name = section.get("file"), section.get("class")
    if own is None and name is None:
        return None
    if not isinstance(name, str):
        raise CardError(f"{file}: model.class = {name!r} must be the name of a class in model.file = {own!r}")
    return _code("model", own, name, section.get("sha256"), file)


def own_functions(entries: Mapping[str, OwnFunction] | None, file: Path) -> dict[str, OwnCode]:
    """Code of the likelihoods that a card names by ``file`` and ``function``."""
    return {
        name: _code(f"likelihoods.{name}", entry.file, entry.function, entry.sha256, file)
        for name, entry in (entries or {}).items()
    }


def _code(key: str, own: Any, name: str, sha256: Any, file: Path) -> OwnCode:
    if own is None and isinstance(sha256, str):
        return OwnCode(None, name, sha256)
    if not (isinstance(own, str) and own.isprintable() and own.endswith(".py")):
        raise CardError(f"{file}: {key}.file = {own!r} must be a Python file (.py)")
    code = file_code(Path(os.path.abspath(file.parent / own)), name)  # noqa: PTH100 (links stay)
    if sha256 is not None and sha256 != code.sha256:
        raise CardError(
            f"{file}: {key}.file = {own!r} or a file that it imports has changed since {key}.sha256 = {sha256!r} was "
            "written: restore the code, or run the original card with another output folder"
        )
    return code


def place_of(kind: str, code: OwnCode, base: Path | None) -> dict[str, Any]:
    """Keys of a card that name code; the file relative to the folder `base`, if there is one."""
    entry = _entry(kind, code)
    if code.file is not None and base is not None:
        entry["file"] = Path(os.path.relpath(code.file, base)).as_posix()
    return entry


def without_places(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Resolved card without the places of files of code, which do not matter: their content has a hash."""
    card = dict(resolved)
    card["model"] = {
        key: value for key, value in card["model"].items() if key != "file" or "class" not in card["model"]
    }
    if "likelihoods" in card:
        card["likelihoods"] = {
            name: {key: value for key, value in entry.items() if key != "file"}
            for name, entry in card["likelihoods"].items()
        }
    return card


def formulas_of(derived: Mapping[str, DerivedEntry] | None, cuts: Mapping[str, Cut]) -> dict[str, Formula]:
    """Quantities that a card defines by formulas, under ``derived`` and in its cuts."""
    formulas = {
        name: Formula(entry.expression, f"derived.{name}", entry.latex, entry.unit)
        for name, entry in (derived or {}).items()
    }
    for name, cut in cuts.items():
        if cut.expression is not None:
            where = f"cuts.{name}.expression"
            if name in formulas:
                raise CardError(f"{where}: {name} is under `derived` too; define it once")
            formulas[name] = Formula(cut.expression, where)
    return formulas


def make_model(
    name: str,
    options: Mapping[str, Any],
    dataset: Dataset,
    cuts: Mapping[str, Cut] | None = None,
    code: OwnCode | None = None,
    formulas: Mapping[str, Formula] | None = None,
) -> Model:
    """Build a model; options that are not given, such as ``R_tau_SM``, follow from the data and the cuts."""
    kind = model_class(name) if code is None else own_class(code)
    where = f"model {name!r}" if code is None else f"model.class = {code.name!r} of {code.file or 'this session'}"
    if code is not None and (wrong := [key for key in NO_OPTIONS if key in kind.Options.model_fields]):
        raise CardError(f"{where}: an option cannot be called {wrong[0]!r}")
    chosen = kind.variant(options)
    known = chosen.Options.model_fields
    given = {key: [bound for bound in (cut.min, cut.max) if bound is not None] for key, cut in (cuts or {}).items()}
    bounds = {key: max(values) for key, values in given.items() if values}
    defaults = {key: value for key, value in dataset.options.items() if key in known} | chosen.options_of_cuts(bounds)
    model = guarded(kind, {**defaults, **options}, where)
    return ModelWithFormulas(model, formulas) if formulas else model


def names_of(model: Model) -> set[str]:
    """Name of a model and of the models that its class extends.

    >>> from g2fit.models import get_model
    >>> names_of(get_model("sm"))
    {'sm'}
    """
    return {model.name} | {vars(kind)["name"] for kind in model.implementation.__mro__ if "name" in vars(kind)}
