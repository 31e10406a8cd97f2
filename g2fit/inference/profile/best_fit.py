"""Best fits: maxima of the likelihood within the prior's support."""

import numpy as np
from numpy.typing import ArrayLike

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


def best_fits(posterior: Posterior, *, draws: ArrayLike | None = None, seed: int = 0) -> list[BestFit]:
    """Find the points of largest likelihood within the prior's support, over all solutions and of each solution.

    Parameters
    ----------
    posterior : Posterior
        Model and data.
    draws : (N, D) array_like, optional
        Draws of a run, as further starting points.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    list of BestFit
        The best fit; if points have several solutions, also the best fit of each solution that is allowed anywhere.
    """
    surface = Surface(posterior)
    rng = np.random.default_rng(seed)
    starts = candidates(surface, rng, 4 * CANDIDATES, draws)
    found = []
    for solution in [None, *range(surface.solutions)] if surface.solutions > 1 else [None]:
        population = starts[rng.integers(0, len(starts), (POPULATIONS, 2 * MEMBERS))]
        value, u = maximise(surface, population, surface.mask([]), rng, Search(GLOBAL), solution=solution)
        best = int(np.argmax(value))
        if value[best] > -np.inf:
            found.append(describe_point(posterior, surface.box.to_parameters(u[best : best + 1]), solution))
    return found
