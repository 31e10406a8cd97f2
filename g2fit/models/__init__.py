"""Models by name: those of this package, and those that other packages provide."""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from g2fit.core.errors import ModelError, nearest
from g2fit.models.base import Model, Options, Quantity

__all__ = ["MODELS", "Model", "Options", "Quantity", "get_model", "model_class", "model_names"]

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
    """Return the class of the model `name`; raise ModelError if there is no such model."""
    if name in MODELS:
        module, _, attribute = MODELS[name].partition(":")
        found: type[Model] = getattr(import_module(module), attribute)
        return found
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            loaded: type[Model] = point.load()
            return loaded
    raise ModelError(f"unknown model {name!r}; {nearest(name, model_names())}")


def get_model(name: str, **options: Any) -> Model:
    """Return the model `name` with the given options.

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
    return model_class(name).variant(options)(**options)
