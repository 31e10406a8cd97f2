"""Models that pass on what another model predicts: base class of those that check it or add to it."""

from typing import Any

from g2fit.core.types import BoolArray, FloatArray
from g2fit.models.base import Model, Ridge

__all__ = ["Wrapped"]


class Wrapped(Model):
    """A model around another one, `inner`, with the same parameters and all else that is not overridden."""

    def __init__(self, inner: Model) -> None:
        self.inner = inner
        self.name = inner.name  # type: ignore[misc]
        self.Options = type(inner.options)  # type: ignore[misc]
        self.options = inner.options
        self.parameters = tuple(inner.parameters)
        self.observables = tuple(inner.observables)
        self.reasons = tuple(inner.reasons)  # type: ignore[misc]
        self.references = tuple(inner.references)  # type: ignore[misc]
        self.thread_safe = inner.thread_safe  # type: ignore[misc]
        self.solutions = inner.solutions
        self.aliases = inner.aliases
        self.ridges = tuple(inner.ridges)
        self.mode_signs = tuple(inner.mode_signs)

    def __getattr__(self, name: str) -> Any:
        """Further attributes, which are those of the inner model."""
        if name == "inner":
            raise AttributeError(name)  # while the object is made
        return getattr(self.inner, name)

    @property
    def implementation(self) -> type[Model]:
        """Class that has the formulas."""
        return self.inner.implementation

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """See `Model.beyond`."""
        return self.inner.beyond(theta)

    def ridge_centres(
        self, ridge: Ridge, theta: FloatArray, bounds: tuple[float, float], datum: tuple[float, float]
    ) -> tuple[FloatArray, FloatArray]:
        """See `Model.ridge_centres`."""
        return self.inner.ridge_centres(ridge, theta, bounds, datum)
