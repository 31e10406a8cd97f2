"""The Standard Model: the null hypothesis of every comparison."""

from typing import ClassVar

from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.base import VALID, Model

__all__ = ["StandardModel"]


class StandardModel(Model):
    """The Standard Model, which has no parameters.

    It has no observables either: the likelihood takes the Standard Model value of every observable that a model does
    not predict, here of all. Its evidence is the likelihood itself.

    >>> StandardModel().parameters
    ()
    """

    name: ClassVar[str] = "sm"
    thread_safe: ClassVar[bool] = True

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Mark every point as valid."""
        reason[:] = VALID
