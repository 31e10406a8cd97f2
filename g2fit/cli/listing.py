"""Rows of ``g2fit list``: models, data, likelihoods and priors."""

import inspect
import re
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from g2fit.core.errors import G2fitError, InputError, nearest
from g2fit.models import get_model, model_class, model_names

__all__ = ["listing"]

KINDS = ("models", "data", "likelihoods", "priors")


def listing(what: str, name: str | None = None) -> list[dict[str, Any]]:
    """Rows for ``g2fit list`` of models, data, likelihoods or priors.

    With `name` they are about one of them: the parameters, observables and options of a model, the entries of a
    vintage, or the row of a likelihood or prior.
    """
    match what:
        case "models":
            return _models() if name is None else _model(name)
        case "data":
            from g2fit.data import listing as data_listing

            return data_listing(name)
        case "likelihoods":
            from g2fit.likelihoods import listing as term_listing

            return _named(term_listing(), what, name)
        case "priors":
            return _named(_priors(), what, name)
    raise InputError(f"cannot list {what!r}; {nearest(what, KINDS)}")


def _named(rows: list[dict[str, Any]], what: str, name: str | None) -> list[dict[str, Any]]:
    """Rows with this name; all without one."""
    found = [row for row in rows if name in (None, row["name"])]
    if not found:
        raise InputError(f"{what}: there is no {name!r}; {nearest(str(name), (row['name'] for row in rows))}")
    return found


def _models() -> list[dict[str, Any]]:
    rows = []
    for name in model_names():
        try:
            summary = (model_class(name).__doc__ or "").strip().partition("\n")[0]
        except G2fitError as error:  # of another package, which must not hide all others
            rows.append({"model": name, "what": f"cannot be loaded: {error}", "parameters": ""})
            continue
        try:
            parameters = ", ".join(p.name for p in get_model(name).parameters)
        except G2fitError as error:
            summary, parameters = f"{summary} With default options: {error}".strip(), "depend on the options"
        rows.append({"model": name, "what": summary, "parameters": parameters})
    return rows


def _model(name: str) -> list[dict[str, Any]]:
    model = get_model(name)
    rows = [
        {"name": q.name, "kind": kind, "unit": q.unit or "1", "what": q.description}
        for kind, quantities in (("parameter", model.parameters), ("observable", model.observables))
        for q in quantities
    ]
    meaning = meanings(type(model.options))
    for option, field in type(model.options).model_fields.items():
        text = f"{_allowed(field.annotation)}: {meaning.get(option, '')}".rstrip(": ")
        rows.append({"name": option, "kind": "option", "unit": f"default {field.default}", "what": text})
    return rows


def meanings(kind: type) -> dict[str, str]:
    """Meaning of each attribute of a class, from the section ``Attributes`` of its docstring and those of its bases.

    >>> class Options:
    ...     \'\'\'Options.
    ...
    ...     Attributes
    ...     ----------
    ...     level, order : int
    ...         How far a loop
    ...         is expanded.
    ...     \'\'\'
    >>> meanings(Options)
    {'level': 'How far a loop is expanded.', 'order': 'How far a loop is expanded.'}
    """
    found: dict[str, str] = {}
    for part in reversed(kind.__mro__):
        text = inspect.cleandoc(part.__doc__ or "")
        _, _, section = text.partition("Attributes\n----------\n")
        section = re.split(r"\n\n(?=\w[^\n]*\n-+\n)", section)[0]
        for names, about in re.findall(r"^(\S[^\n]*?) : [^\n]*\n((?:[ ]+[^\n]*(?:\n|$)|\n)+)", section + "\n", re.M):
            found |= dict.fromkeys(re.split(r",\s*", names), " ".join(about.split()))
    return found


def _allowed(annotation: Any) -> str:
    """Values or types that an option may have.

    >>> _allowed(Literal["none", "full"]), _allowed(Annotated[float, "> 0"] | None), _allowed(dict[str, float])
    ('none | full', 'float | None', 'dict[str, float]')
    """
    if get_origin(annotation) is Annotated:
        return _allowed(get_args(annotation)[0])
    if get_origin(annotation) in (Literal, Union, UnionType):
        return " | ".join(_allowed(a) for a in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"[{', '.join('...' if a is Ellipsis else _allowed(a) for a in get_args(annotation))}]"
    if annotation is NoneType:
        return "None"
    return annotation.__name__ if type(annotation) is type else str(annotation)


def _priors() -> list[dict[str, Any]]:
    from g2fit.card.priors import DISTRIBUTIONS
    from g2fit.core.files import read_yaml

    rows = [
        {"name": dist, "kind": "distribution", "arguments": ", ".join(arguments), "what": f"scipy.stats.{dist}"}
        for dist, arguments in DISTRIBUTIONS.items()
    ]
    for path in sorted(Path("priors").rglob("*.yaml")):
        data, _ = read_yaml(path)
        arguments = ", ".join(data.get("parameters", {}))
        rows.append({"name": str(path), "kind": "file", "arguments": arguments, "what": data.get("description", "")})
    return rows
