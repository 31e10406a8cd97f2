"""Best fits of a run, which are found only once."""

from g2fit.results import Result
from g2fit.results.best_fit import BestFit

__all__ = ["best_fits_of"]


def best_fits_of(result: Result) -> list[BestFit]:
    """Return the best fits of a run: the overall one, then that of each solution of a model with several.

    They are those that were stored at the end of the run. For a run of an old version, which stored none, they are
    found now and, where its folder can be written, kept.
    """
    found = result.stored_best_fits()
    if found is None:
        from g2fit.inference.profile.best_fit import best_fits

        found = best_fits(result.posterior, draws=result.theta)
        result.keep_best_fits(found)
    return found
