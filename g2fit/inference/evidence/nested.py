"""Nested sampling as an external check. It needs the package dynesty (the extra ``[nested]``)."""

import importlib
import time
import warnings
from typing import Any

import numpy as np
import scipy.special

from g2fit.core.errors import InputError
from g2fit.core.types import FloatArray
from g2fit.inference.evidence.estimate import Estimate, Report, no_report, without_cuts
from g2fit.inference.evidence.target import Target, prior_fraction
from g2fit.sampling.ladder.mixture import log_normal

__all__ = ["nested_sampling"]

#: Log likelihood that stands for a likelihood of zero, which dynesty cannot rank.
FLOOR = -1e100

#: Prior draws that determine the share of the prior that its cuts allow.
FRACTION_DRAWS = 2**17


def nested_sampling(
    target: Target,
    seed: np.random.SeedSequence,
    *,
    live: int = 500,
    tolerance: float = 0.01,
    report: Report = no_report,
) -> Estimate:
    """Integrate a target by nested sampling with dynesty, in the coordinates of the chart.

    There are `live` live points; the run ends when the estimated remainder of ln Z is below the `tolerance`.

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
    fraction = prior_fraction(target, np.random.default_rng(cut_seed), FRACTION_DRAWS)
    log_z, error = without_cuts(float(found.logz[-1]), float(found.logzerr[-1]), fraction)
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
