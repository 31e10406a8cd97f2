"""Models by name: those of the package, and those that other packages bring."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from g2fit.core.errors import ModelError, nearest
from g2fit.models.base import Model, Options, Quantity

__all__ = ["MODELS", "Model", "Options", "Quantity", "get_model", "model_class", "model_names"]

#: Name on a card to the place of the class; imported when asked for.
MODELS: dict[str, str] = {
    "sm": "g2fit.models.sm:StandardModel",
    "vll": "g2fit.models.vll.model:VectorLikeLeptons",
    "mssm": "g2fit.models.mssm.model:Mssm",
    "mssm_higgs_mediation": "g2fit.models.mssm.higgs_mediation:MssmHiggsMediation",
}

#: Entry-point group through which other packages add models.
ENTRY_POINTS = "g2fit.models"


def model_names() -> list[str]:
    """Names of all models: the package's own and those of other packages."""
    return sorted({*MODELS, *(point.name for point in entry_points(group=ENTRY_POINTS))})


def model_class(name: str) -> type[Model]:
    """Class of the model called `name`.

    Raises
    ------
    ModelError
        If there is none.
    """
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
    """Make the model called `name` with its options.

    Examples
    --------
    >>> get_model("vll", formula="seed").name
    'vll'
    """
    return model_class(name)(**options)
