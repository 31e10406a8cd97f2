"""What the figures of one run have in common: marginal densities, best fit, measured values, text about the run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.results import Result
from g2fit.results.best_fit import BestFit
from g2fit.results.levels import Levels, level_text
from g2fit.results.marginals import Marginals

if TYPE_CHECKING:
    from g2fit.models.base import Quantity
    from g2fit.posterior import Posterior

__all__ = ["FigureData"]

#: Quantities whose ranks have a larger correlation than this look the same in a figure; only one of them is drawn.
SAME = 0.995

#: A quantity is a spike if its central 68.27 % fill less than this fraction of its axis.
SPIKE = 0.05

#: Smallest share of the draws beyond the validity of the fit that figures mention.
SHOWN = 0.01


class FigureData:
    """What the figures of one run need."""

    def __init__(self, result: Result, levels: Levels | None = None) -> None:
        self.result = result
        #: The probabilities of the regions.
        self.levels = levels or result.levels
        self.marginals = Marginals(result, self.levels)

    @property
    def level_texts(self) -> str:
        """The probabilities of the regions, in words."""
        return " and ".join(map(level_text, self.levels))

    @cached_property
    def posterior(self) -> Posterior:
        """The run's posterior."""
        return self.result.posterior

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Parameters and observables of the model by name."""
        model = self.posterior.model
        return {q.name: q for q in (*model.parameters, *model.observables)}

    @cached_property
    def best(self) -> BestFit:
        """The point of largest likelihood within the prior's support, over all solutions."""
        return best_fits_of(self.result)[0]

    def best_value(self, name: str) -> float:
        """Best-fit value of a quantity, as shown; NaN if it is not on the axis."""
        value = {**self.best.predictions, **self.best.parameters}[name]
        shown = float(self.marginals.axis(name).show(value))
        return shown if self.marginals.axis(name).scale != "log" or shown > 0.0 else float("nan")

    def measured(self, name: str) -> tuple[float, float] | None:
        """Measured value and error of an observable, as shown."""
        if name not in self.result.observed:
            return None
        axis = self.marginals.axis(name)
        value, error = self.result.observed[name]
        return float(axis.show(value)), error / 10.0**axis.exponent

    @cached_property
    def parameters(self) -> list[str]:
        """The sampled parameters that have a density."""
        return [name for name in self.result.parameter_names if self.marginals.is_continuous(name)]

    @cached_property
    def derived(self) -> list[str]:
        """Derived quantities: those with a datum first, then the others in the model's order."""
        names = [name for name in self.result.names if name not in self.result.parameter_names]
        names = [name for name in names if self.marginals.is_continuous(name)]
        return sorted(names, key=lambda name: name not in self.result.observed)

    def is_spike(self, name: str) -> bool:
        """Whether nearly all draws of a quantity lie in a small part of its axis."""
        values = self.marginals.coordinates(name)
        inner, outer = (np.ptp(np.quantile(values, [0.5 - 0.5 * p, 0.5 + 0.5 * p])) for p in (0.6827, 0.999))
        return bool(inner < SPIKE * outer)

    def distinct(self, names: list[str], seen: list[str], most: int) -> tuple[list[str], dict[str, str]]:
        """Choose at most `most` of `names`, the best first, that repeat neither one another nor what was `seen` before.

        Returns the choice, and what was left out with the quantity that it repeats.
        """
        ranks = {name: self.marginals.ranks(name) for name in (*names, *seen)}
        chosen: list[str] = []
        repeats: dict[str, str] = {}
        for name in names:
            same = [other for other in (*seen, *chosen) if abs(ranks[name] @ ranks[other]) > SAME]
            if same:
                repeats[name] = same[0]
            elif len(chosen) < most:
                chosen.append(name)
        return chosen, repeats

    @cached_property
    def about(self) -> list[str]:
        """What was fitted and how well it converged, one line each."""
        result, verdict = self.result, self.result.verdict
        settings = result.manifest["card"]
        given = {key.removeprefix("model."): value for key, value in settings.items() if key.startswith("model.")}
        options = ", ".join(f"{key} {value}" for key, value in given.items() if key != "name")
        state = "" if result.converged else "NOT CONVERGED: "
        draws = "weighted draws" if result.weighted else f"{settings['sampler.ensembles']} ensembles"
        return [
            f"model {result.model_name}" + (f" ({options})" if options else ""),
            f"data {result.vintage}",
            f"{state}{draws}, ESS \N{GREATER-THAN OR EQUAL TO} {verdict.ess:.0f}, "
            rf"$\hat R \leq {verdict.rhat:.4f}$",
        ]

    @cached_property
    def beyond(self) -> list[str]:
        """What the options of the model leave out, with the share of the draws at which it matters, one line each."""
        lines = [f"{share:.0%}: {text}" for text, share in self.result.beyond.items() if share >= SHOWN]
        return ["draws beyond the validity of this fit", *lines] if lines else []
