"""What the models of vector-like leptons have in common that predict the scales of `g2fit.models.vll.stability`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from g2fit.models.base import Model

__all__ = ["PLANCK", "SCALES", "RunningModel"]

#: Scale in GeV up to which couplings run in results.
PLANCK = 1e19
#: Scales of the Higgs potential, see `g2fit.models.vll.predictions`.
SCALES = ("mu_zero", "mu_tunnel", "mu_landau")


class RunningModel(Model):
    """A model that lets couplings run if a card asks for their scales: as far as it needs, and further in results."""

    thread_safe = True
    options: Any  # with `run_to`, the scale in GeV up to which couplings run, or None

    @classmethod
    def options_of_cuts(cls, cuts: Mapping[str, float]) -> dict[str, Any]:
        """Let couplings run up to the largest bound on a scale of the Higgs potential; see `Model.options_of_cuts`."""
        bounds = [bound for name, bound in cuts.items() if name in SCALES]
        return {"run_to": max(bounds)} if bounds else {}

    @cached_property
    def detailed(self) -> Model:
        """The model with couplings that run up to `PLANCK`, if they run at all; see `Model.detailed`."""
        run_to = self.options.run_to
        if run_to is None or run_to >= PLANCK:
            return self
        return type(self)(**{**self.options.model_dump(), "run_to": PLANCK})
