"""Exploration of a posterior in one process, as a run with many evaluations does it."""

from __future__ import annotations

from g2fit import Posterior
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for


def explored(posterior: Posterior, seed: int = 1) -> Exploration | None:
    """Exploration by two ladders; None in the parameters themselves, where ensembles start from the prior."""
    if posterior.coordinates.name == "raw":
        return None
    settings = settings_for("many", posterior.dimension, None)
    return explore(posterior.dimension, seeds_of(seed), settings, lambda _, z: posterior.log_density(z))
