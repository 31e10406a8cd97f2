"""Log likelihoods of one Gaussian measurement, normalised, for one prediction."""

import math

from g2fit.core.jit import scalar

__all__ = ["gaussian_log_likelihood", "log_gaussian", "log_gaussian_norm"]


@scalar
def log_gaussian_norm(plus: float, minus: float) -> float:
    """Logarithm of the normalisation of `log_gaussian`: its value where prediction and measurement agree.

    >>> round(log_gaussian_norm(1.0, 1.0), 12)
    -0.918938533205
    """
    return 0.5 * math.log(2.0 / math.pi) - math.log(plus + minus)


@scalar
def gaussian_log_likelihood(
    prediction: float, value: float, weight_above: float, weight_below: float, log_norm: float
) -> float:
    """As `log_gaussian`, with the inverse errors and the normalisation computed beforehand.

    >>> gaussian_log_likelihood(3.0, 1.0, 0.5, 1.0, 0.0)
    -0.5
    """
    pull = (value - prediction) * (weight_above if prediction > value else weight_below)
    return log_norm - 0.5 * pull * pull


@scalar
def log_gaussian(prediction: float, value: float, plus: float, minus: float, theory: float) -> float:
    """Logarithm of a Gaussian density of the measured value, given the prediction.

    The upward error holds for predictions above the measured value, the downward one for those below it; the
    density is normalised as a function of the measured value.

    Parameters
    ----------
    prediction, value : float
        Predicted and measured value.
    plus, minus : float
        Upward and downward standard deviation of the measurement.
    theory : float
        Standard deviation of the prediction, added in quadrature.

    Examples
    --------
    >>> round(log_gaussian(1.0, 0.0, 1.0, 1.0, 0.0), 12)
    -1.418938533205
    """
    if theory > 0.0:
        plus = math.hypot(plus, theory)
        minus = math.hypot(minus, theory)
    return gaussian_log_likelihood(prediction, value, 1.0 / plus, 1.0 / minus, log_gaussian_norm(plus, minus))
