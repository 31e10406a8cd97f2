"""What makes an exploration doubtful: two ladders that disagree, poor mixtures, regions that these miss."""

import math

import numpy as np
from scipy.stats import kstwobign

from g2fit.sampling.exploration import Exploration
from g2fit.sampling.ladder.weights import effective_draws

__all__ = ["disagreements", "doubts", "p_value"]

#: Efficiency below which the result is doubted.
POOR = 0.02

#: Share of missed points above which it is.
MISSED = 0.01

#: Standard errors by which two ladders may differ in ln Z, and smallest p-value of the comparison of their draws.
AGREEMENT, P_VALUE = 3.5, 1e-3


def doubts(found: Exploration) -> list[str]:
    """Reasons to doubt the draws and the evidence, a sentence each."""
    if not found.useful:
        return [f"exploration: the posterior was not reached within {int(found.calls.sum())} evaluations"]
    told = []
    if found.efficiencies.min() < POOR:
        told.append(f"exploration: the mixtures are poor (efficiency {found.efficiencies.min():.3f})")
    if found.missed.max() > MISSED:
        told.append(f"exploration: walkers find regions that the mixtures miss ({100 * found.missed.max():.0f} %)")
    return told + disagreements(found)


def disagreements(found: Exploration) -> list[str]:
    """In what the two ladders disagree, a sentence each: the evidence, or the draws, and with them shares of modes."""
    told = []
    difference, error = float(np.ptp(found.log_z)), float(np.hypot.reduce(found.errors))
    if difference > AGREEMENT * error:
        told.append(
            f"exploration: two independent ladders differ in ln Z by {difference:.3f} ± {error:.3f}: "
            "a mode may be missed"
        )
    p = p_value(found)
    if p < P_VALUE:
        told.append(f"exploration: the draws of two independent ladders differ (p = {p:.1e}): a mode may be missed")
    return told


def p_value(found: Exploration) -> float:
    """Smallest p-value, times the number of coordinates, of Kolmogorov-Smirnov tests between the ladders."""
    if len(found.log_z) < 2:
        return 1.0
    first, second = found.ladder == 0, found.ladder == 1
    sizes = [effective_draws(found.log_weight[mask]) for mask in (first, second)]
    scale = math.sqrt(sizes[0] * sizes[1] / (sizes[0] + sizes[1]))
    weights = np.exp(found.log_weight - found.log_weight.max())
    signed = np.where(first, weights / weights[first].sum(), 0.0)
    signed -= np.where(second, weights / weights[second].sum(), 0.0)
    largest = 0.0
    for column in found.z.T:
        largest = max(largest, float(np.abs(np.cumsum(signed[np.argsort(column)])).max()))
    return float(min(1.0, found.z.shape[1] * float(kstwobign.sf(scale * largest))))
