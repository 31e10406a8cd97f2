"""Derived quantities that a card adds to a model, as formulas of its parameters and observables."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from g2fit.core.errors import ModelError
from g2fit.core.labels import check_label
from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.base import VALID, Model, Quantity
from g2fit.models.contract import MAX_REASONS, check_name
from g2fit.models.expressions import parse_expression
from g2fit.models.wrapped import Wrapped

__all__ = ["Formula", "ModelWithFormulas"]

#: Most quantities that a card may add.
MAX_FORMULAS = 50


@dataclass(frozen=True)
class Formula:
    """A derived quantity: its formula, label and unit, and the key of the card that defines it."""

    expression: str
    where: str
    latex: str = ""
    unit: str = ""


class ModelWithFormulas(Wrapped):
    """A model with further observables, each a formula of parameters, observables and formulas before it.

    A point at which a formula has no finite value is invalid; the name of the formula is part of the reason.

    Examples
    --------
    >>> from g2fit.models import get_model
    >>> model = ModelWithFormulas(get_model("vll"), {"m_ratio": Formula("m_L/m_S", "derived.m_ratio")})
    >>> float(model.predict(m_L=1000, m_S=500, Y_L=0.1, Y_R=0.1, Y_V=1, Y_Vp=0)["m_ratio"][0])
    2.0
    """

    def __init__(self, inner: Model, formulas: Mapping[str, Formula]) -> None:
        super().__init__(inner)
        self.formulas = dict(formulas)
        if len(formulas) > min(MAX_FORMULAS, MAX_REASONS - len(self.reasons)):
            raise ModelError(f"derived: {len(formulas)} quantities are too many; at most {MAX_FORMULAS} are allowed")
        parameters = [q.name for q in self.parameters]
        known = {name: name for name in [*parameters, *(q.name for q in self.observables)]}
        known |= {alias: name for alias, name in self.aliases.items() if alias not in known}
        self._expressions = []
        for name, formula in formulas.items():
            check_name(name, f"{formula.where}: the name")
            if name in known:
                raise ModelError(f"{formula.where}: model {inner.name!r} has a quantity {name!r}; choose another name")
            self._expressions.append((name, parse_expression(formula.expression, known, formula.where)))
            known[name] = name
            if formula.latex:
                check_label(formula.latex, f"{formula.where}.latex")
            latex = formula.latex or r"\mathrm{" + name.replace("_", r"\_") + "}"
            self.observables += (Quantity(name, latex, formula.unit, formula.expression),)
            self.reasons += (f"{name}_not_finite",)  # type: ignore[misc]

    @property
    def detailed(self) -> Model:
        """See `Model.detailed`."""
        inner = self.inner.detailed
        return self if inner is self.inner else ModelWithFormulas(inner, self.formulas)

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """See `Model.evaluate`."""
        own = len(self.inner.observables)
        predictions = np.empty((len(out), own))
        self.inner.evaluate(theta, predictions, reason)
        out[:, :own] = predictions
        rows = theta if self.solutions == 1 else np.repeat(theta, self.solutions, axis=0)
        values = {q.name: rows[:, i] for i, q in enumerate(self.parameters)}
        values |= {q.name: predictions[:, i] for i, q in enumerate(self.inner.observables)}
        first = len(self.inner.reasons)
        for place, (name, expression) in enumerate(self._expressions):
            found = np.broadcast_to(expression(values), len(out))
            values[name] = out[:, own + place] = np.where(reason == VALID, found, np.nan)
            reason[(reason == VALID) & ~np.isfinite(values[name])] = first + place
        out[reason != VALID] = np.nan
