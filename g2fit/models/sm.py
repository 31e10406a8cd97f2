"""The Standard Model: the null hypothesis of every comparison."""

from __future__ import annotations

from typing import ClassVar

from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.base import VALID, Model

__all__ = ["StandardModel"]


class StandardModel(Model):
    """No parameter and no shift: every observable has its Standard Model value.

    It declares no observable of its own. A likelihood takes the Standard Model value of whatever a model does not
    predict, hence of everything here; the evidence of this model is its likelihood.

    >>> StandardModel().parameters
    ()
    """

    name: ClassVar[str] = "sm"

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Every point, of which there is only one kind, is valid."""
        reason[:] = VALID
