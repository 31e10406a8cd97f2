"""Time per point of vector-like leptons in every representation and pair, and of their likelihood on the data of 2026.

    python -m benchmarks.vll_representations

Every time is the shortest of several repetitions in one thread, in microseconds per point: predictions without and with
S, T and U for log-uniform masses of 100 GeV to 10 TeV and couplings of 0.01 to 1 of both signs, the log likelihood of
the same points, which includes S, T and U, and the time per point of finite likelihood. The last columns are ratios:
of time with and without S, T and U, and of likelihood and prediction. Predictions of [L, N] are those of the general
model, its likelihood is that of the model of 2106.01373, as in a card. The exit code is 1 if a time exceeds its target.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from benchmarks.timing import cold_start, per_point, shortest
from benchmarks.vll_kernels import sample
from g2fit import Card, Posterior
from g2fit.models import get_model
from g2fit.models.vll.representations.fields import PAIRS, REPRESENTATIONS
from g2fit.models.vll.representations.model import VectorLikeRepresentations

#: Times in microseconds per point that are aimed at: prediction, with S, T and U, and log likelihood.
TARGETS = (0.4, 1.2, 1.2)
#: Points of a batch: small enough for the cache, and for a repetition that no other process interrupts.
POINTS = 2_000
#: Every pair and every single representation.
CHOICES = (*PAIRS, *((name,) for name in REPRESENTATIONS))


def posterior(names: tuple[str, ...]) -> Posterior:
    """Return the posterior on the data of November 2026."""
    model = get_model("vll", representations=list(names), formula="exact")
    mass, coupling = {"dist": "loguniform", "min": 100.0, "max": 1e4}, {"dist": "uniform", "min": -1.0, "max": 1.0}
    priors = {p.name: {"prior": mass if p.unit == "GeV" else coupling} for p in model.parameters}
    given = {
        "model": {"name": "vll", "representations": list(names), "formula": "exact"},
        "data": {"vintage": "latest_2026_11", "exclude": ["delta_a_e"]},
        "parameters": priors,
        "output": "vll-representations",
    }
    return Posterior(Card.from_dict(given))


def of_choice(names: tuple[str, ...]) -> list[float]:
    """Microseconds per prediction, with S, T and U, per log likelihood, and that per point of finite likelihood."""
    theta = sample(POINTS, 1) if len(names) == 2 else np.ascontiguousarray(sample(POINTS, 1)[:, [0, 2]])
    models = [VectorLikeRepresentations(representations=names, self_energies=flag) for flag in (False, True)]
    times = [per_point(model, theta) for model in models]
    target = posterior(names)
    per_likelihood = shortest(lambda: target.log_likelihood(theta), clock=time.thread_time) / POINTS * 1e6
    finite = float(np.isfinite(target.log_likelihood(theta)).mean())
    return [*times, per_likelihood, per_likelihood / finite]


def main() -> None:
    """Print the table and the time of compilation."""
    print("one thread, us per point" + " " * 14 + "STU: prediction with S, T, U\n")
    print(f"{'representations':18}{'plain':>9}{'STU':>9}{'ln L':>9}{'finite':>9}{'STU/plain':>12}{'ln L/STU':>11}")
    passed = True
    for names in CHOICES:
        plain, oblique, likelihood, valid = of_choice(names)
        passed &= all(value <= limit for value, limit in zip((plain, oblique, likelihood), TARGETS, strict=True))
        ratios = f"{oblique / plain:12.2f}{likelihood / oblique:11.2f}"
        print(f"{' + '.join(names):18}{plain:9.3f}{oblique:9.3f}{likelihood:9.3f}{valid:9.3f}{ratios}", flush=True)
    print(f"{'target':18}" + "".join(f"{value:9.3f}" for value in TARGETS))
    cold = cold_start("vll", {"representations": ["L", "E"], "self_energies": True})
    print(f"\nseconds until the first prediction, with nothing compiled: {cold:.1f}")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
