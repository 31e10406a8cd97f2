"""Models by name: those of this package, and those that other packages provide."""

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from g2fit.core.errors import ModelError, nearest
from g2fit.core.own_code import OwnCode, errors_explained, file_code
from g2fit.models.base import Model, Options, Quantity
from g2fit.models.contract import guarded, is_own

__all__ = ["MODELS", "Model", "Options", "Quantity", "get_model", "model_class", "model_names", "own_class"]

#: Name of a model to module and class; the module is imported when the model is used.
MODELS: dict[str, str] = {
    "sm": "g2fit.models.sm:StandardModel",
    "vll": "g2fit.models.vll.model:VectorLikeLeptons",
    "mssm": "g2fit.models.mssm.model:Mssm",
    "mssm_higgs_mediation": "g2fit.models.mssm.higgs_mediation:MssmHiggsMediation",
}

#: Group of the entry points through which other packages provide models.
ENTRY_POINTS = "g2fit.models"


def model_names() -> list[str]:
    """Return the names of all models, those of other packages included."""
    return sorted({*MODELS, *(point.name for point in entry_points(group=ENTRY_POINTS))})


def model_class(name: str) -> type[Model]:
    """Return the class of the model `name`, or of ``FILE.py:CLASS``; raise ModelError if there is no such model."""
    file, separator, attribute = name.rpartition(".py:")
    if separator:
        own: type[Model] = own_class(file_code(Path(f"{file}.py"), attribute))
        return own
    if name in MODELS:
        module, _, attribute = MODELS[name].partition(":")
        found: type[Model] = getattr(import_module(module), attribute)
        return found
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            with errors_explained(f"model {name!r} of {point.value}"):
                loaded: type[Model] = point.load()
            return loaded
    raise ModelError(f"unknown model {name!r}; {nearest(name, model_names())}")


def get_model(name: str, **options: Any) -> Model:
    """Return the model `name` with the given options.

    The name is one that `model_names` lists, or ``FILE.py:CLASS`` for a class in a Python file.

    Raises
    ------
    ModelError
        If there is no such model, or an option is unknown or invalid.

    Examples
    --------
    >>> get_model("vll", formula="leading_order").name
    'vll'
    >>> [p.name for p in get_model("vll", representations=["E"]).parameters]
    ['M_E', 'lambda_E']
    """
    return guarded(model_class(name), options, f"model {name!r}")


def own_class(code: OwnCode) -> type[Model]:
    """Return a model's class that a user has written.

    Raises
    ------
    ModelError
        If it is no model, or has the name of a model of this package.
    """
    kind = code.load()
    if not (isinstance(kind, type) and issubclass(kind, Model)):
        raise ModelError(f"{code.file}: {code.name} is not a class derived from g2fit.models.Model")
    if is_own(kind) and getattr(kind, "name", None) in MODELS:
        raise ModelError(f"{code.file}: name = {kind.name!r} is that of a model of g2fit; choose another name")
    return kind
