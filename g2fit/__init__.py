"""Bayesian inference for the anomalous magnetic moments of the leptons.

>>> import g2fit
>>> model = g2fit.get_model("vll", formula="leading_order")
>>> [p.name for p in model.parameters]
['m_L', 'm_S', 'Y_L', 'Y_R', 'Y_V', 'Y_Vp']
>>> moments = model.predict(m_L=1000, m_S=[800, 900], Y_L=0.1, Y_R=0.1, Y_V=0.5, Y_Vp=0)
>>> moments["delta_a_mu"].shape
(2,)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from g2fit.card import Card
    from g2fit.inference.comparison import compare
    from g2fit.inference.evidence import evidence
    from g2fit.inference.profile.global_fit import bestfit
    from g2fit.inference.reweight.change import Change
    from g2fit.models import Model, Options, Quantity, get_model
    from g2fit.models.constants import Constants, get_constants
    from g2fit.output.interactive import Result, plot, scan
    from g2fit.output.report import report
    from g2fit.pipeline import post, run
    from g2fit.posterior import Posterior

    __version__: str

__all__ = [
    "Card",
    "Change",
    "Constants",
    "Model",
    "Options",
    "Posterior",
    "Quantity",
    "Result",
    "bestfit",
    "compare",
    "evidence",
    "get_constants",
    "get_model",
    "plot",
    "post",
    "report",
    "run",
    "scan",
]

#: Public names and their modules, imported when first used: `g2fit --help` needs none of them.
_PLACES = {
    "Card": "g2fit.card.card",
    "Change": "g2fit.inference.reweight.change",
    "Constants": "g2fit.models.constants",
    "Model": "g2fit.models.base",
    "Options": "g2fit.models.base",
    "Posterior": "g2fit.posterior.posterior",
    "Quantity": "g2fit.models.base",
    "Result": "g2fit.output.interactive",
    "bestfit": "g2fit.inference.profile.global_fit",
    "compare": "g2fit.inference.comparison.compare",
    "evidence": "g2fit.inference.evidence.run",
    "get_constants": "g2fit.models.constants",
    "get_model": "g2fit.models",
    "plot": "g2fit.output.interactive",
    "post": "g2fit.pipeline",
    "report": "g2fit.output.report",
    "run": "g2fit.pipeline",
    "scan": "g2fit.output.interactive",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":  # that of the metadata, as `g2fit --version` prints it and manifests record it
        from importlib.metadata import version

        return version("g2fit")
    if name not in _PLACES:
        raise AttributeError(f"module 'g2fit' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
