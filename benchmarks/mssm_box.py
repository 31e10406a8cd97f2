"""Many random points over an absurdly wide box: no exception, no hang, no unexplained NaN.

``python -m benchmarks.mssm_box [POINTS]`` takes 1e7 points by default. Masses run from 10 GeV to 1e7 GeV, |mu| to
1e7 GeV, both signs of mu, M1 and M2, tan(beta) from 1 to 100; in a third of the points some parameters coincide
exactly or to within the last digits.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import numpy as np

from g2fit.models import get_model
from g2fit.models.base import UNUSED, Model

FULL = {"delta": "full", "amu": "full", "qed": "photonic"}
#: Model, options, and the share of the points.
CONFIGURATIONS: tuple[tuple[str, dict[str, object], float], ...] = (
    ("mssm", FULL | {"vacuum": "off"}, 0.4),
    ("mssm", FULL | {"branch": "all", "vacuum": "off"}, 0.2),
    ("mssm", FULL | {"couplings": "running", "trilinear": True}, 0.1),
    ("mssm", {"vacuum": "off"}, 0.1),
    ("mssm", {"delta": "decoupled", "amu": "full", "qed": "leading_log", "vacuum": "off"}, 0.1),
    ("mssm_higgs_mediation", FULL | {"vacuum": "off"}, 0.08),
    ("mssm_higgs_mediation", {"vacuum": "off"}, 0.015),
    ("mssm_higgs_mediation", FULL | {"spectrum": "rge", "delta_b": 0.2}, 0.005),
)
#: Quantities that are infinite where the vacuum fit allows no mixing at all (soft masses below 100 GeV).
INFINITE = ("vac_ratio_e", "vac_ratio_mu", "vac_ratio_tau")
CHUNK = 4_000


def draw(model: Model, n: int, rng: np.random.Generator) -> np.ndarray:
    """Points of the box, a third of them degenerate."""
    names = [p.name for p in model.parameters]
    theta = 10 ** rng.uniform(1, 7, (n, len(names)))
    for name in ("M1", "M2", "mu", "A_e", "A_mu"):
        if name in names:
            theta[:, names.index(name)] *= rng.choice([-1.0, 1.0], n)
    theta[:, names.index("tan_beta")] = 10 ** rng.uniform(0, 2, n)
    masses = [k for k, name in enumerate(names) if name != "tan_beta"]
    degenerate = rng.random(n) < 1 / 3
    common = 10 ** rng.uniform(1, 7, n)
    for k in masses:
        joins = degenerate & (rng.random(n) < 0.7)
        shift = 1.0 + rng.choice([0.0, 0.0, 1e-15, 1e-9, 1e-4], n) * rng.choice([-1.0, 1.0], n)
        theta[joins, k] = (np.sign(theta[:, k]) * common * shift)[joins]
    exactly_one = degenerate & (rng.random(n) < 0.1)
    theta[exactly_one, names.index("tan_beta")] = 1.0
    return theta


def examine(model: Model, theta: np.ndarray) -> tuple[Counter[str], list[str]]:
    """Count reason codes, and say what should not be."""
    prediction = model.predict(theta)
    reason = prediction.pop("reason")
    faults = []
    if not np.isin(reason, [UNUSED, *range(len(model.reasons))]).all():
        faults.append("an unknown reason code")
    valid = reason == 0
    for name, values in prediction.items():
        if not np.isnan(values[~valid]).all():
            faults.append(f"{name} is not NaN at an invalid point")
        allowed = np.isfinite(values) | (np.isposinf(values) if name in INFINITE else False)
        bad = np.flatnonzero((valid & ~allowed).reshape(len(theta), -1).any(axis=1))
        if len(bad):
            faults.append(f"{name} is not finite at {theta[bad[0]].tolist()}")
    for lepton in ("e", "mu"):
        product = prediction[f"y_{lepton}"] * (1 + prediction[f"Delta_{lepton}"])
        if not (product[valid] > 0).all():
            faults.append(f"y_{lepton} does not give a positive mass")
        ordered = np.abs(prediction[f"m_{'sel' if lepton == 'e' else 'smu'}_1"][valid])
        if not (ordered <= prediction[f"m_{'sel' if lepton == 'e' else 'smu'}_2"][valid] * (1 + 1e-12)).all():
            faults.append(f"slepton masses of {lepton} are not ordered")
    codes, counts = np.unique(reason, return_counts=True)
    named = {int(c): "unused" if c == UNUSED else model.reasons[c] for c in codes}
    return Counter({named[int(c)]: int(k) for c, k in zip(codes, counts, strict=True)}), faults


def main() -> int:
    points = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    rng = np.random.default_rng(20260)
    failed = False
    for name, options, share in CONFIGURATIONS:
        model = get_model(name, **options)
        examine(model, draw(model, 10, rng))  # compiles
        total: Counter[str] = Counter()
        faults: list[str] = []
        n, slowest, start = max(1, int(points * share)), 0.0, time.perf_counter()
        for first in range(0, n, CHUNK):
            size = min(CHUNK, n - first)
            begin = time.perf_counter()
            counted, found = examine(model, draw(model, size, rng))
            slowest = max(slowest, (time.perf_counter() - begin) / size)
            total += counted
            faults += found
        seconds = time.perf_counter() - start
        print(f"{name} {options}: {n} points in {seconds:.0f} s, slowest block {slowest * 1e6:.1f} us a point")
        print("   " + ", ".join(f"{reason} {count}" for reason, count in total.most_common()))
        for fault in faults[:10]:
            print(f"   FAULT: {fault}")
        failed |= bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
