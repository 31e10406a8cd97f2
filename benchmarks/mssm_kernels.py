"""Time per point of the MSSM predictions, by level of the formulas, batch size and number of threads.

    python -m benchmarks.mssm_kernels

Every time is the shortest of several repetitions, in microseconds per point for both leptons. Points are drawn from
priors like those of the shipped cards; vacuum and tachyon conditions apply. Most draws are invalid and take less time:
a table of its own is for valid points.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.timing import cold_start, per_point, shortest
from g2fit import Card, Posterior
from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import FloatArray
from g2fit.models import get_model
from g2fit.models.base import Model

#: Options of all one-loop and photonic diagrams.
BINO: dict[str, object] = {"delta": "bino", "amu": "bino", "two_loop": "leading_log"}
FULL: dict[str, object] = {"delta": "full", "amu": "full", "two_loop": "photonic"}
#: Label, model, options, and the time per point in microseconds that is aimed at in one thread and batches of 1e5.
LEVELS: tuple[tuple[str, str, dict[str, object], float | None], ...] = (
    ("mia", "mssm", {"delta": "mia", "amu": "mia"}, None),
    ("bino", "mssm", BINO, 1.0),
    ("decoupled, amu full", "mssm", {"delta": "decoupled", "amu": "full"}, None),
    ("full", "mssm", FULL, 1.5),
    ("full, any vacuum", "mssm", FULL | {"vacuum": "off"}, None),
    ("full, running", "mssm", FULL | {"couplings": "running"}, None),
    ("bino, all branches", "mssm", BINO | {"branch": "all"}, None),
    ("full, all branches", "mssm", FULL | {"branch": "all"}, 2.5),
    ("full, two loops", "mssm", FULL | {"two_loop": "full"}, None),
    ("mediation bino", "mssm_higgs_mediation", BINO, None),
    ("mediation full", "mssm_higgs_mediation", FULL, 35.0),
    ("mediation full, rge", "mssm_higgs_mediation", FULL | {"spectrum": "rge", "delta_b": 0.1}, None),
)
#: Card whose prior the valid points are drawn from.
CARD = Path(__file__).parent.parent / "analysis" / "mssm-full-2019.yaml"
#: Label, options beside those of the card, and target in microseconds for prediction and likelihood in one thread.
VALID: tuple[tuple[str, dict[str, object], float], ...] = (
    ("full", {}, 1.5),
    ("full, all branches", {"branch": "all"}, 2.5),
    ("full, two loops", {"two_loop": "full"}, 1.5),
    ("same, no Barr-Zee", {"two_loop": "full", "barr_zee": False}, 1.5),
)
#: Parameters with a uniform distribution; that of the others is log-uniform.
UNIFORM = ("tan_beta", "M1", "M2")
#: Range of each parameter but the slepton masses, in GeV.
RANGES = {
    "M1": (500.0, 3000.0),
    "M2": (300.0, 3000.0),
    "mu": (2e4, 1e6),
    "tan_beta": (20.0, 80.0),
    "m_bar": (3e4, 1e6),
    "d": (100.0, 1e4),
}

#: Range of the slepton masses, in GeV.
SLEPTONS = (300.0, 1e4)


def sample(model: Model, n: int, seed: int = 0) -> FloatArray:
    """Draw points with mu < 0 < M1 and sleptons of 300 GeV to 10 TeV, shape (n, parameters)."""
    rng = np.random.default_rng(seed)
    columns = []
    for parameter in model.parameters:
        low, high = RANGES.get(parameter.name, SLEPTONS)
        draw = (
            rng.uniform(low, high, n)
            if parameter.name in UNIFORM
            else np.exp(rng.uniform(np.log(low), np.log(high), n))
        )
        columns.append(-draw if parameter.name == "mu" else draw)
    return np.stack(columns, axis=1)


def valid_points(posterior: Posterior, n: int, seed: int = 0) -> FloatArray:
    """Draw from a prior until n points are valid, shape (n, parameters)."""
    rng = np.random.default_rng(seed)
    kept: list[FloatArray] = []
    while sum(map(len, kept)) < n:
        theta = posterior.sample_prior(rng, n)
        reason = posterior.predict(theta)["reason"].reshape(n, -1)
        kept.append(theta[(reason == 0).any(axis=1)])
    return np.concatenate(kept)[:n]


def print_valid_points() -> None:
    """Print the table of valid points: prediction alone, and with the likelihood, by threads."""
    card = Card.load(CARD)
    theta = valid_points(Posterior(card), 100_000)
    threads = sorted({1, 2, available_cores()})
    print("\n1e5 valid points of mssm-full-2019, one thread, us per point; likelihood: with prediction, by threads")
    print(f"{'level':22} {'prediction':>12} {'likelihood':>12} {'target':>8}" + "".join(f"{t:>10}" for t in threads))
    for label, options, target in VALID:
        plain = card.resolved()
        posterior = Posterior(Card.from_dict(plain | {"model": plain["model"] | options}))
        alone = per_point(posterior.model, theta)
        times = []
        for t in threads:
            with posterior.shared_by(t):
                times.append(shortest(lambda: posterior.log_likelihood(theta), 2.0) / len(theta) * 1e6)  # noqa: B023
        print(
            f"{label:22} {alone:12.2f} {times[0]:12.2f} {target:8.1f}"
            + "".join(f"{t:10.2f}" for t in times)
            + f"   speed-up {times[0] / times[-1]:.2f}"
        )


def main() -> None:
    """Print all tables."""
    print("one thread, batch of 1e5 (mediation: 2e4), us per point, both leptons")
    print(f"{'level':22} {'us':>8} {'target':>8} {'valid points':>14}")
    for label, name, options, target in LEVELS:
        model = get_model(name, **options)
        n = 20_000 if name == "mssm_higgs_mediation" else 100_000
        valid = (model.predict(sample(model, 5000))["reason"] == 0).reshape(5000, -1).any(axis=1).mean()
        aim = "" if target is None else f"{target:8.1f}"
        print(f"{label:22} {per_point(model, sample(model, n)):8.2f} {aim:>8} {valid:14.2f}")
    print_valid_points()
    sizes = (1, 10, 100, 1_000, 10_000, 100_000)
    print("\none thread, us per point by batch size\n" + " " * 22 + "".join(f"{n:>10}" for n in sizes))
    chosen = [level for level in LEVELS if level[0] in ("bino", "full", "full, all branches")]
    for label, name, options, _ in chosen:
        model = get_model(name, **options)
        print(f"{label:22}" + "".join(f"{per_point(model, sample(model, n)):10.2f}" for n in sizes))
    threads = sorted({1, 2, available_cores()})
    print(
        "\nbatch of 1e5 in chunks of rows, us per point by threads\n" + " " * 22 + "".join(f"{t:>10}" for t in threads)
    )
    for label, name, options, _ in chosen:
        model = get_model(name, **options)
        theta = sample(model, 100_000)
        times = [per_point(model, theta, t) for t in threads]
        print(f"{label:22}" + "".join(f"{t:10.2f}" for t in times) + f"   speed-up {times[0] / times[-1]:.2f}")
    print("\nseconds until the first prediction, with nothing compiled")
    for label, name, options, _ in LEVELS:
        if label in ("bino", "full", "full, two loops", "mediation full"):
            print(f"{label:22} {cold_start(name, options):8.1f}")


if __name__ == "__main__":
    main()
