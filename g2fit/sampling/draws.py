"""Draws of a run, read from its chains."""

from pathlib import Path

import numpy as np

from g2fit.core.errors import StoreError
from g2fit.core.same_densities import same_densities
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.run_folder import RunFolder

__all__ = ["check_density", "load_draws", "quantities_of", "solution_stream"]


def load_draws(
    posterior: Posterior, folder: RunFolder, start: int, stop: int, thin: int, *, derived: bool = True
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Draws of a run: the steps ``start:stop:thin`` of its chains, mapped to parameters, and the derived quantities.

    Returns
    -------
    theta : (ensembles, steps, walkers, D) array
        Sampled parameters.
    quantities : dict of str to (ensembles, steps, walkers) array
        Every sampled parameter and, if `derived`, every derived quantity, by name.
    """
    ensembles = posterior.card.sampler.ensembles
    chains = np.stack([folder.chain(i).read("chain", start, stop, thin) for i in range(ensembles)])
    flat = np.ascontiguousarray(chains.reshape(-1, posterior.dimension))
    theta = np.empty_like(flat)
    posterior.coordinates.to_parameters(flat, theta, np.empty(len(flat)))
    draws = theta.reshape(*chains.shape[:3], -1)
    return draws, quantities_of(posterior, draws, derived=derived)


def quantities_of(posterior: Posterior, draws: FloatArray, *, derived: bool = True) -> dict[str, FloatArray]:
    """Every sampled parameter of draws (..., D) and, if `derived`, every derived quantity, by name, shape (...)."""
    shape, theta = draws.shape[:-1], draws.reshape(-1, posterior.dimension)
    quantities = {name: theta[:, j].reshape(shape) for j, name in enumerate(posterior.names)}
    if derived:
        predictions = posterior.predict_drawn(theta, solution_stream(posterior.card.sampler.seed))
        for quantity in posterior.model.observables:
            if quantity.derived:
                quantities[quantity.name] = predictions[quantity.name].reshape(shape)
    return quantities


def solution_stream(seed: int) -> np.random.Generator:
    """Random numbers that choose among the solutions of each draw, independent of those of the chains."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2**31,)))


def check_density(posterior: Posterior, z: FloatArray, stored: FloatArray, path: Path) -> None:
    """Check that stored walkers (N, D) still have their stored log densities (N,), up to rounding.

    Raises
    ------
    StoreError
        If they have not: the chains in `path` must not follow two posteriors.
    """
    if not same_densities(posterior.log_density(z), stored):
        raise StoreError(
            f"{path}: these draws were made by another version of model, data or coordinates; "
            "remove them and run the card again"
        )
