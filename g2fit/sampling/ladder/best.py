"""Choice of the round of a ladder whose mixtures serve as proposals."""

import numpy as np

from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.ladder.mixture import Mixture

__all__ = ["best_round"]

#: Weight, relative to the largest, below which a draw does not count.
NEGLIGIBLE = 1e-8

#: Largest ratio of target to mixture in the comparison.
CAP = 100.0


def best_round(ladder: Ladder, log_z: float) -> tuple[list[Mixture], float]:
    """Mixtures of the round whose weights scatter least over the draws of all rounds, and their efficiency.

    The draws of a round alone do not show what its mixtures miss. Ratios of target to mixture count up to `CAP`: a few
    draws that are missed do not decide.
    """
    if not np.isfinite(log_z):
        return ladder.mixtures, ladder.efficiency
    rounds: dict[int, list[float]] = {}
    for stream in ladder.streams:
        weight = np.exp(stream.log_weight(1.0) - log_z)
        kept = weight > NEGLIGIBLE * weight.max(initial=0.0)
        z, log_target = stream.z[kept], stream.log_prior[kept] + stream.log_likelihood[kept] - log_z
        share = weight[kept] / weight[kept].sum()
        for g, source in enumerate(stream.sources):
            if source.beta == 1.0 and source.mixture is not None:
                ratio = np.exp(log_target - source.mixture.defended().log_density(z))
                rounds.setdefault(g, []).append(float(share @ np.minimum(ratio, CAP)))
    if not rounds:
        return ladder.mixtures, ladder.efficiency
    best = min(rounds, key=lambda g: sum(rounds[g]))
    mixtures = [stream.sources[best].mixture for stream in ladder.streams]
    return [mixture for mixture in mixtures if mixture is not None], len(rounds[best]) / sum(rounds[best])
