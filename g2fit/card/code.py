"""Which code the numbers of a card depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from g2fit.core.fingerprint import Code, code_of, refuse_other_code
from g2fit.core.own_code import session_hash
from g2fit.likelihoods import Likelihood
from g2fit.models.base import Model

__all__ = ["code_behind", "require_same_code"]

#: Modules beyond model and likelihoods that draws depend on; they lie above this one, and are named, not imported.
DRAWS = ("g2fit.posterior.posterior", "g2fit.sampling.runner", "g2fit.sampling.ensemble")


def code_behind(model: Model, likelihood: Likelihood, *modules: str) -> Code:
    """Hash of each part of the code that draws depend on, and further modules: see `g2fit.core.fingerprint.code_of`."""
    bases = [kind for kind in (*type(model).__mro__, *model.implementation.__mro__) if issubclass(kind, Model)]
    functions = [term.function for term in likelihood.custom]
    made: dict[Any, str | None] = {thing: session_hash(thing) for thing in (*bases, *functions)}
    here = {f"{thing.__qualname__} of this session": found for thing, found in made.items() if found is not None}
    return code_of([thing for thing, found in made.items() if found is None], (*DRAWS, *modules)) | here


def require_same_code(sent: Mapping[str, str], model: Model, likelihood: Likelihood) -> None:
    """Refuse a task of another process whose code differs: results of both would be put together.

    Raises
    ------
    StoreError
        If it differs; the text names the parts.
    """
    remedy = "install the same g2fit, model and likelihoods everywhere, and start all workers again"
    refuse_other_code(sent, code_behind(model, likelihood), "a task of this worker", remedy)
