"""Bayesian inference for the anomalous magnetic moments of the leptons.

>>> import g2fit
>>> model = g2fit.get_model("vll", formula="leading_order")
>>> [p.name for p in model.parameters]
['m_L', 'm_S', 'Y_L', 'Y_R', 'Y_V', 'Y_Vp']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from g2fit.card import Card
    from g2fit.models import get_model
    from g2fit.models.constants import Constants, get_constants
    from g2fit.pipeline import run
    from g2fit.posterior import Posterior
    from g2fit.results import Result

__all__ = ["Card", "Constants", "Posterior", "Result", "get_constants", "get_model", "run"]

__version__ = "0.1.0"

#: Public names and their modules, imported when first used: `g2fit --help` needs none of them.
_PLACES = {
    "Card": "g2fit.card.card",
    "Constants": "g2fit.models.constants",
    "Posterior": "g2fit.posterior.posterior",
    "Result": "g2fit.results.result",
    "get_constants": "g2fit.models.constants",
    "get_model": "g2fit.models",
    "run": "g2fit.pipeline",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'g2fit' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
