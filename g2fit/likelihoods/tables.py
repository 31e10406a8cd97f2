"""Tables of numbers from which the compiled loops compute the terms of a likelihood."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from g2fit.core.errors import DataError, nearest
from g2fit.core.jit import interpreted
from g2fit.core.types import FloatArray
from g2fit.data import Datum, Group, Limit
from g2fit.likelihoods.gaussian import log_gaussian_norm
from g2fit.likelihoods.kernel import CONSTANT, HARD, PARAMETER, PREDICTION, SMOOTH, TermTables
from g2fit.likelihoods.standard_model import sm_value
from g2fit.models.base import Model, Quantity

__all__ = ["Source", "Tables", "find"]


@dataclass(frozen=True)
class Source:
    """A number that a term uses: ``offset + factor * column`` of the predictions or parameters."""

    kind: int
    column: int = 0
    offset: float = 0.0
    factor: float = 1.0

    def of(self, theta: FloatArray | None, predictions: FloatArray) -> FloatArray:
        """Values for rows of predictions and the parameters of the same rows."""
        if self.kind == CONSTANT:
            return np.full(len(predictions), self.offset)
        table = predictions if self.kind == PREDICTION else theta
        if table is None:
            raise DataError("an observable is a parameter of the model: give `theta` too")
        return np.asarray(self.offset + self.factor * table[:, self.column])


def find(model: Model, name: str) -> tuple[Source, Quantity] | None:
    """Find a quantity by name or alias among the observables and parameters of a model."""
    wanted = model.aliases.get(name, name)
    for kind, quantities in ((PREDICTION, model.observables), (PARAMETER, model.parameters)):
        for column, quantity in enumerate(quantities):
            if quantity.name == wanted:
                return Source(kind, column), quantity
    return None


def source_of(model: Model, observable: str, options: Mapping[str, float | bool]) -> tuple[Source, bool]:
    """Return the source of an observable's prediction, and whether it is the Standard Model value.

    If data and model use different Standard Model values of the ratio R_tau, the prediction is rescaled.
    """
    found = find(model, observable)
    if found is None:
        return Source(CONSTANT, offset=sm_value(observable, options)), True
    source, quantity = found
    if observable == "R_tau" and quantity.sm:
        return Source(source.kind, source.column, factor=sm_value(observable, options) / quantity.sm), False
    return source, False


def required(model: Model, name: str, where: str) -> tuple[Source, Quantity]:
    """As `find`, for a quantity that the model must have; `where` names the key of the card in the error."""
    found = find(model, name)
    if found is None:
        known = [q.name for q in (*model.parameters, *model.observables)] + list(model.aliases)
        raise DataError(
            f"{where}: model {model.name!r} has no parameter or observable {name!r}; {nearest(name, known)}"
        )
    return found


@dataclass
class Tables:
    """Rows of `g2fit.likelihoods.kernel.TermTables`, added term by term."""

    sources: list[Source] = field(default_factory=list)
    gaussians: list[tuple[tuple[int, int, int], tuple[float, ...]]] = field(default_factory=list)
    blocks: list[tuple[int, int, int, int]] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    cuts: list[tuple[tuple[int, int, int, int, int, int], tuple[float, float, float]]] = field(default_factory=list)
    curves: list[tuple[int, ...]] = field(default_factory=list)
    nodes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def add_gaussian(self, term: int, source: Source, datum: Datum, value: float, size: Source | None) -> None:
        """Add an independent measurement; `size` is a prediction whose absolute value is a theory error."""
        place = self._add(source)
        error = -1 if size is None else self._add(size)
        theory = datum.theory
        log_norm = interpreted(log_gaussian_norm)(datum.plus, datum.minus)
        errors = (datum.plus, datum.minus, theory.absolute, theory.relative)
        row = (value, *errors, 1.0 / datum.plus, 1.0 / datum.minus, log_norm)
        self.gaussians.append(((term, place, error), row))

    def add_block(self, term: int, sources: list[Source], group: Group, values: list[float]) -> None:
        """Add a multivariate Gaussian.

        Members that the model leaves at their Standard Model values are constant. The others follow the conditional
        Gaussian: with the precision matrix A, split into varying (v) and constant (c) members,
        chi2 = (x_v - m)^T A_vv (x_v - m) + r_c^T S r_c, m = mu_v - A_vv^-1 A_vc r_c, S the Schur complement.
        """
        covariance = group.covariance + np.diag([datum.theory.absolute**2 for datum in group.data])
        log_norm = -0.5 * (len(values) * math.log(2.0 * math.pi) + np.linalg.slogdet(covariance)[1])
        varying = [i for i, source in enumerate(sources) if source.kind != CONSTANT]
        constant = [i for i, source in enumerate(sources) if source.kind == CONSTANT]
        residual = np.array([sources[i].offset - values[i] for i in constant])
        mean = np.array([values[i] for i in varying])
        if constant:
            # Conditional mean and covariance of the varying members, marginal Gaussian of the constant ones.
            marginal = covariance[np.ix_(constant, constant)]
            gain = np.linalg.solve(marginal, covariance[np.ix_(constant, varying)]).T
            log_norm -= 0.5 * float(residual @ np.linalg.solve(marginal, residual))
            mean = mean + gain @ residual
            covariance = covariance[np.ix_(varying, varying)] - gain @ covariance[np.ix_(constant, varying)]
        cholesky = np.linalg.cholesky(np.linalg.inv(covariance)).T if varying else np.empty((0, 0))
        first = len(self.sources)
        self.sources += [sources[i] for i in varying]
        self.blocks.append((term, first, len(varying), len(self.numbers)))
        self.numbers += [float(log_norm), *mean.tolist(), *cholesky.ravel().tolist()]

    def add_cut(
        self,
        term: int,
        source: Source,
        bounds: tuple[float, float],
        *,
        width: float | None = None,
        rivals: Sequence[Source] = (),
        absolute: bool = False,
    ) -> None:
        """Add an allowed range of a quantity, or of its absolute value where that is below those of its rivals.

        With a width its bounds are smooth steps.
        """
        place = self._add(source)
        kind = HARD if width is None else SMOOTH
        self.cuts.append(((term, place, kind, len(self.sources), len(rivals), absolute), (*bounds, width or 1.0)))
        self.sources += rivals

    def add_curve(
        self,
        term: int,
        quantity: Source,
        abscissa: Source,
        limit: Limit,
        rivals: Sequence[Source] = (),
    ) -> None:
        """Add a limit on the absolute value of a quantity whose bound is a curve in another one, the abscissa."""
        kind = HARD if limit.kind == "hard" else SMOOTH
        places = (self._add(quantity), self._add(abscissa))
        first, upper = len(self.nodes), int(limit.side == "upper")
        row = (term, *places, kind, len(self.sources), len(rivals), upper, first, len(limit.curve))
        self.curves.append(row)
        self.sources += rivals
        for (x, bound), (next_x, next_bound) in pairwise((*limit.curve, limit.curve[-1])):
            exponent = math.log(next_bound / bound) / math.log(next_x / x) if next_x > x else 0.0
            self.nodes.append((x, bound, exponent, limit.width))

    def _add(self, source: Source) -> int:
        self.sources.append(source)
        return len(self.sources) - 1

    def arrays(self) -> TermTables:
        """Return what the compiled loops read."""
        return TermTables(
            origin=np.array([(s.kind, s.column) for s in self.sources], dtype=np.int64).reshape(-1, 2),
            scale=np.array([(s.offset, s.factor) for s in self.sources], dtype=float).reshape(-1, 2),
            gaussian_index=np.array([index for index, _ in self.gaussians], dtype=np.int64).reshape(-1, 3),
            gaussian_numbers=np.array([row for _, row in self.gaussians], dtype=float).reshape(-1, 8),
            block_index=np.array(self.blocks, dtype=np.int64).reshape(-1, 4),
            block_numbers=np.array(self.numbers, dtype=float),
            cut_index=np.array([index for index, _ in self.cuts], dtype=np.int64).reshape(-1, 6),
            cut_numbers=np.array([row for _, row in self.cuts], dtype=float).reshape(-1, 3),
            curve_index=np.array(self.curves, dtype=np.int64).reshape(-1, 9),
            curve_nodes=np.array(self.nodes, dtype=float).reshape(-1, 4),
        )
