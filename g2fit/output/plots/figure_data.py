"""What the figures of a run have in common: marginal densities, best fit, measured values, the text about the run."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.inference.profile.best_fit import best_fits
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.results.best_fit import BestFit
from g2fit.results.marginals import LEVELS, Marginals

__all__ = ["FigureData"]

#: Two quantities whose ranks correlate more than this are one quantity for the eye.
SAME = 0.995

#: A quantity is a spike where its central 68.27 % fill less than this fraction of its range.
SPIKE = 0.05


class FigureData:
    """A run as its figures need it.

    Parameters
    ----------
    result : Result
        The run.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.marginals = Marginals(result)

    @cached_property
    def posterior(self) -> Posterior:
        """The run's posterior."""
        return Posterior(self.result.card)

    @cached_property
    def theta(self) -> FloatArray:
        """All draws of the parameters, shape (N, D)."""
        return np.stack([self.result.draws(name).ravel() for name in self.result.parameter_names], axis=1)

    @cached_property
    def best(self) -> BestFit:
        """The point of largest likelihood within the prior's support, over all solutions."""
        return best_fits(self.posterior, draws=self.theta)[0]

    def best_value(self, name: str) -> float:
        """Best-fit value of a quantity, as shown; NaN if it is not on the axis."""
        value = {**self.best.predictions, **self.best.parameters}[name]
        shown = float(self.marginals.axis(name).show(value))
        return shown if self.marginals.axis(name).scale == "linear" or shown > 0.0 else float("nan")

    def measured(self, name: str) -> tuple[float, float] | None:
        """Measured value and error of an observable, as shown."""
        if "observed_data" not in self.result.tree.children or name not in self.result.tree["observed_data"].data_vars:
            return None
        axis = self.marginals.axis(name)
        datum = self.result.tree["observed_data"][name]
        return float(axis.show(float(datum))), float(datum.attrs["error"]) / 10.0**axis.exponent

    @cached_property
    def parameters(self) -> list[str]:
        """The sampled parameters."""
        return self._continuous(self.result.parameter_names)

    @cached_property
    def derived(self) -> list[str]:
        """Derived quantities: those with a datum first, then the others in the model's order."""
        names = [name for name in self.result.names if name not in self.result.parameter_names]
        observed = [name for name in names if self.measured(name) is not None]
        return self._continuous(observed + [name for name in names if name not in observed])

    def is_spike(self, name: str) -> bool:
        """Whether nearly all draws of a quantity fall on one spot of its axis."""
        values = self.marginals.coordinates(name)
        inner, outer = (np.ptp(np.quantile(values, [0.5 - 0.5 * p, 0.5 + 0.5 * p])) for p in (LEVELS[0], 0.999))
        return bool(inner < SPIKE * outer)

    def _continuous(self, names: list[str]) -> list[str]:
        return [name for name in names if self.marginals.is_continuous(name)]

    def distinct(self, names: list[str], seen: list[str], most: int) -> tuple[list[str], dict[str, str]]:
        """Choose at most `most` of `names`, leaving out what only repeats another one.

        Parameters
        ----------
        names : list of str
            Candidates, best first.
        seen : list of str
            Quantities that are shown already.
        most : int
            How many to choose.

        Returns
        -------
        chosen : list of str
            The choice.
        repeats : dict of str to str
            What was left out, with the quantity that it repeats.
        """
        ranks = {name: _ranks(self.result.draws(name)) for name in (*names, *seen)}
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
        card, verdict = self.result.card, self.result.verdict
        options = ", ".join(f"{key} {value}" for key, value in card.model_options.items())
        state = "" if self.result.converged else "NOT CONVERGED: "
        return [
            f"model {card.model_name}" + (f" ({options})" if options else ""),
            f"data {card.dataset.vintage}",
            f"{state}{card.sampler.ensembles} ensembles, ESS \N{GREATER-THAN OR EQUAL TO} {verdict.ess:.0f}, "
            rf"$\hat R \leq {verdict.rhat:.4f}$",
        ]

    @property
    def levels(self) -> str:
        """The probabilities of the regions, as text."""
        return " and ".join(f"{100 * level:.2f} %" for level in LEVELS)


def _ranks(draws: FloatArray) -> FloatArray:
    ranks = np.argsort(np.argsort(draws.ravel())).astype(float)
    ranks -= ranks.mean()
    return np.asarray(ranks / np.linalg.norm(ranks))
