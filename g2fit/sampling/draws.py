"""Draws of a run, read from its chains in blocks: the memory needed does not grow with the run."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from g2fit.core.errors import StoreError
from g2fit.core.same_densities import same_densities
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.run_folder import RunFolder

__all__ = [
    "LEAST_WALKERS",
    "Part",
    "check_density",
    "load_draws",
    "part_to_judge",
    "part_to_keep",
    "quantities_in_batches",
    "quantities_of",
    "solution_stream",
]

#: Most steps per ensemble by which a run is judged; more would cost time and add hardly any precision.
JUDGED_STEPS = 256

#: Draws by which a run is judged, about, and least number of walkers per ensemble that they are of.
JUDGED, LEAST_WALKERS = 1 << 21, 16

#: Steps that are kept at least, if the chain has them, before walkers are left out.
LEAST_STEPS = 30

#: Draws that are mapped to parameters at once, and bytes of the quantities that are kept in memory together.
BLOCK, BATCH_BYTES = 1 << 16, 512 << 20


class Part(NamedTuple):
    """Part of the draws of a run: the same steps and walkers of every ensemble."""

    steps: range
    walkers: slice = slice(None)

    def size(self, walkers: int) -> int:
        """Number of the walkers that it has of each ensemble of so many."""
        return len(range(walkers)[self.walkers])


def part_to_judge(steps: int, ensembles: int, walkers: int) -> Part:
    """Draws by which a run is judged: 256 to 511 steps of each ensemble after the first fifth, or all that there are.

    They are those of all walkers, unless that would be more than 2 million draws: then of evenly spaced walkers, at
    least 16 of each ensemble.

    >>> part_to_judge(1000, 4, 256)
    Part(steps=range(200, 1000, 3), walkers=slice(None, None, 1))
    >>> part_to_judge(500, 64, 10_000).size(10_000)
    81
    """
    discard = steps // 5
    chosen = range(discard, steps, max(1, (steps - discard) // JUDGED_STEPS))
    most = max(LEAST_WALKERS, JUDGED // (ensembles * max(1, len(chosen))))
    return Part(chosen, slice(None, None, -(-walkers // most)))


def part_to_keep(discard: int, steps: int, thin: int, walkers: int, most: int) -> Part:
    """Draws of a result: every so many-th step or fewer, so that there are at most about so many of each ensemble.

    If fewer than 30 steps would remain, they are draws of evenly spaced walkers instead of all.

    >>> part_to_keep(200, 1000, 3, 256, 100_000)
    Part(steps=range(200, 1000, 3), walkers=slice(None, None, 1))
    >>> part_to_keep(200, 1000, 3, 10_000, 6250)
    Part(steps=range(200, 1000, 27), walkers=slice(None, None, 48))
    """
    every = max(1, -(-walkers * min(LEAST_STEPS, steps - discard) // most))
    kept = -(-walkers // every)
    return Part(range(discard, steps, max(thin, -(-(steps - discard) * kept // most))), slice(None, None, every))


def load_draws(posterior: Posterior, folder: RunFolder, part: Part) -> FloatArray:
    """Sampled parameters of a part of the draws, shape (ensembles, steps, walkers, D)."""
    shape = (posterior.card.sampler.ensembles, len(part.steps), part.size(posterior.card.walkers))
    theta = np.empty((*shape, posterior.dimension))
    for ensemble, steps, draws in _blocks(posterior, folder, part):
        theta[ensemble, steps] = draws
    return theta


def _blocks(posterior: Posterior, folder: RunFolder, part: Part) -> Iterator[tuple[int, slice, FloatArray]]:
    """Blocks of draws in order: ensemble, place among the steps of the part, parameters (steps, walkers, D)."""
    length = max(1, BLOCK // part.size(posterior.card.walkers))
    for ensemble in range(posterior.card.sampler.ensembles):
        chain = folder.chain(ensemble)
        for first in range(0, len(part.steps), length):
            steps = part.steps[first : first + length]
            z = chain.read("chain", steps.start, steps[-1] + 1, steps.step, part.walkers)
            flat = z.reshape(-1, posterior.dimension)
            theta = np.empty_like(flat)
            posterior.coordinates.to_parameters(flat, theta, np.empty(len(flat)))
            yield ensemble, slice(first, first + len(steps)), theta.reshape(z.shape)


def quantities_in_batches(
    posterior: Posterior, folder: RunFolder, part: Part, *, derived: bool = True
) -> Iterator[dict[str, FloatArray]]:
    """Every sampled parameter and, if `derived`, every derived quantity of a part of the draws, some at a time.

    Each batch is a dictionary of arrays (ensembles, steps, walkers) by name. Predictions are computed again for each.
    """
    names = [*posterior.names, *(q.name for q in posterior.model.observables if q.derived and derived)]
    shape = (posterior.card.sampler.ensembles, len(part.steps), part.size(posterior.card.walkers))
    count = max(1, int(BATCH_BYTES // (8 * np.prod(shape))))
    for begin in range(0, len(names), count):
        batch = {name: np.empty(shape) for name in names[begin : begin + count]}
        predicted, random = not batch.keys() <= {*posterior.names}, solution_stream(posterior.card.sampler.seed)
        for ensemble, steps, theta in _blocks(posterior, folder, part):
            found = quantities_of(posterior, theta, random if predicted else None)
            for name, values in batch.items():
                values[ensemble, steps] = found[name]
        yield batch


def quantities_of(posterior: Posterior, draws: FloatArray, random: np.random.Generator | None) -> dict[str, FloatArray]:
    """Every sampled parameter of draws (..., D) by name, shape (...).

    With random numbers, which choose among the solutions of the model, every derived quantity, too.
    """
    shape, theta = draws.shape[:-1], draws.reshape(-1, posterior.dimension)
    quantities = {name: theta[:, j].reshape(shape) for j, name in enumerate(posterior.names)}
    if random is not None:
        predictions = posterior.predict_drawn(theta, random)
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
