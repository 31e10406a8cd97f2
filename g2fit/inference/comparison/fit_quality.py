"""Quality of a fit: best fit, information criteria and posterior-predictive p-values."""

import math
from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np
import scipy.special

from g2fit.core.types import FloatArray
from g2fit.inference.profile.best_fit import best_fits
from g2fit.likelihoods.goodness import goodness
from g2fit.posterior import Posterior
from g2fit.results.best_fit import BestFit, describe_point

__all__ = ["fit_quality"]


def fit_quality(
    posterior: Posterior, theta: FloatArray, rng: np.random.Generator, best: BestFit | None = None
) -> dict[str, Any]:
    r"""Best fit, information criteria and posterior-predictive p-values.

    With k free parameters and n data, AIC = 2k - 2 ln L_max and BIC = k ln n - 2 ln L_max. The posterior-predictive
    p-value of a term is the mean over the posterior of the probability that replicated data have a larger chi squared
    (Gelman, Meng & Stern 1996): for a Gaussian term with n data the mean of :math:`1 - F_{\chi^2_n}(\chi^2(\theta))`.
    Limits and custom likelihoods have no chi squared and are left out.

    `theta` (N, D) are draws of the posterior; one solution of each is chosen at random. The best fit is looked for if
    it is not known.

    Returns
    -------
    dict
        ``best_fit``, ``chi2`` (by term and in total, at the best fit), ``data``, ``parameters``, ``aic``, ``bic``,
        ``p_value`` (of chi squared at the best fit, None without degrees of freedom), ``predictive_p`` (by term and
        in total).
    """
    seed = int(rng.integers(2**31)) if posterior.dimension else 0
    if best is None:
        found = best_fits(posterior, draws=theta, seed=seed) if posterior.dimension else []
        best = found[0] if found else describe_point(posterior, theta)
    chi2 = {**best.chi2, "total": sum(best.chi2.values())}
    sizes = Counter(item.term for item in posterior.likelihood.compared)  # measurements in each Gaussian term
    data, k = sum(sizes.values()), posterior.dimension
    inputs, rows = posterior.solutions(theta, posterior.draw_solutions(theta, rng))
    drawn = posterior.likelihood.chi2(rows, inputs)
    predictive = {name: float(scipy.special.chdtrc(sizes[name], values).mean()) for name, values in drawn.items()}
    total = np.sum(list(drawn.values()), axis=0) if drawn else np.zeros(1)
    if data:
        predictive["total"] = float(scipy.special.chdtrc(data, total).mean())
    return {
        "best_fit": asdict(best),
        "chi2": chi2,
        "data": data,
        "parameters": k,
        "aic": 2.0 * k - 2.0 * best.log_likelihood,
        "bic": k * math.log(max(data, 1)) - 2.0 * best.log_likelihood,
        "p_value": goodness(best.chi2, data, k)["p_value"],
        "predictive_p": predictive,
    }
