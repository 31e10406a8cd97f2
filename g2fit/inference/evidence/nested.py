"""A nested sampler as an external check; it needs the package dynesty (the extra ``[nested]``)."""

from __future__ import annotations

import importlib
import time
import warnings
from typing import Any

import numpy as np
import scipy.special

from g2fit.core.errors import InputError
from g2fit.core.types import FloatArray
from g2fit.inference.evidence.estimate import Estimate, Report
from g2fit.inference.evidence.target import Target, log_normal

__all__ = ["nested_sampling"]

#: Stands for a likelihood of zero, which dynesty cannot rank.
FLOOR = -1e100

#: Draws of the prior for the share that its cuts leave.
FRACTION_DRAWS = 2**17


def nested_sampling(
    target: Target,
    seed: np.random.SeedSequence,
    *,
    live: int = 500,
    tolerance: float = 0.01,
    report: Report = lambda name, done, total, log_z, error: None,
) -> Estimate:
    """Integrate a target by dynesty, in the coordinates of the chart.

    Parameters
    ----------
    target : Target
        What to integrate.
    seed : numpy.random.SeedSequence
        Source of random numbers.
    live : int
        Live points.
    tolerance : float
        Stop when at most this much of ln Z is missing.

    Raises
    ------
    InputError
        If dynesty is not installed.
    """
    try:
        dynesty: Any = importlib.import_module("dynesty")
    except ImportError:
        raise InputError(
            "nested sampling needs the package dynesty, which is not installed: pip install 'g2fit[nested]'"
        ) from None
    begun = time.monotonic()
    sample_seed, cut_seed = seed.spawn(2)

    def log_ratio(z: FloatArray) -> float:
        value = float((target.log_density(z[None, :]) - log_normal(z[None, :]))[0])
        return max(value, FLOOR)

    report("nested", 0, 1, float("nan"), float("nan"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dynesty's own, about plateaus at FLOOR
        sampler = dynesty.NestedSampler(
            log_ratio,
            scipy.special.ndtri,
            target.dimension,
            nlive=live,
            sample="rslice",
            rstate=np.random.default_rng(sample_seed),
        )
        sampler.run_nested(dlogz=tolerance, print_progress=False)
    found = sampler.results
    log_z, error = float(found.logz[-1]), float(found.logzerr[-1])
    rng = np.random.default_rng(cut_seed)
    allowed = target.allowed(rng.random((FRACTION_DRAWS, target.dimension)))
    fraction = (1.0, 0.0)
    if allowed is not None:
        p = float(allowed.mean())
        fraction = (p, float(np.sqrt(p * (1.0 - p) / len(allowed))))
        log_z, error = log_z - float(np.log(p)), float(np.hypot(error, fraction[1] / p))
    share = np.exp(found.logwt - found.logz[-1])
    report("nested", 1, 1, log_z, error)
    return Estimate(
        name="nested",
        method=f"nested sampling (dynesty {dynesty.__version__}, {live} live points)",
        log_z=log_z,
        error=error,
        seconds=time.monotonic() - begun,
        draws=int(np.sum(found.ncall)),
        efficiency=float(share.sum() ** 2 / (share**2).sum() / np.sum(found.ncall)),
        largest_weight=float(share.max() / share.sum()),
        prior_fraction=fraction,
    )
