"""Best fits: maxima of the likelihood within the prior's support."""

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.types import FloatArray
from g2fit.inference.profile.maximise import CANDIDATES, MEMBERS, Search, Surface, candidates, maximise
from g2fit.posterior import Posterior
from g2fit.results.best_fit import BestFit, describe_point

__all__ = ["DELTA_CHI2_1D", "DELTA_CHI2_2D", "best_fits"]

#: Difference of chi squared from its minimum that bounds 68.27 and 95.45 % of one parameter.
DELTA_CHI2_1D = (1.0, 4.0)

#: Difference of chi squared from its minimum that bounds 68.27 and 95.45 % of two parameters.
DELTA_CHI2_2D = (2.30, 6.18)

#: Largest number of generations of the search for a best fit.
GLOBAL = 1000

#: Number of independent populations of the search for a best fit.
POPULATIONS = 12


#: Draws from which each search starts where evaluations are expensive.
STARTS = 4


def best_fits(
    posterior: Posterior, draws: ArrayLike | None = None, known: FloatArray | None = None, *, seed: int = 0
) -> list[BestFit]:
    """Find the points of largest likelihood within the prior's support, over all solutions and of each solution.

    Parameters
    ----------
    posterior : Posterior
        Model and data.
    draws : (N, D) array_like, optional
        Draws of a run, as further starting points.
    seed : int
        Seed of the random numbers.
    known : (N, solutions) array, optional
        Log likelihoods of all solutions of the `draws`. If they are given, evaluations are expensive: the most likely
        draws are refined once, by up to a thousand evaluations for each solution, and no other maximum is looked for.

    Returns
    -------
    list of BestFit
        The best fit; if points have several solutions, also the best fit of each solution that is allowed anywhere.
    """
    surface = Surface(posterior)
    rng = np.random.default_rng(seed)
    if known is None:
        starts, search = candidates(surface, rng, 4 * CANDIDATES, draws), Search(GLOBAL)
    else:
        starts, search = surface.box.from_parameters(np.asarray(draws, dtype=float)), Search(0, repeats=1)
    found = []
    for solution in [None, *range(surface.solutions)] if surface.solutions > 1 else [None]:
        if known is None:
            population = starts[rng.integers(0, len(starts), (POPULATIONS, 2 * MEMBERS))]
        else:
            values = known.max(axis=1) if solution is None else known[:, solution]
            population = starts[np.argsort(values)[::-1][:STARTS]][None]
        value, u = maximise(surface, population, surface.mask([]), rng, search, solution=solution)
        best = int(np.argmax(value))
        if value[best] > -np.inf:
            found.append(describe_point(posterior, surface.box.to_parameters(u[best : best + 1]), solution))
    return found
