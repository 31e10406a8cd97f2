"""Random points of the MSSM in an absurdly wide box, and what must hold at each of them.

Masses run from 10 GeV to 1e7 GeV, |mu| to 1e7 GeV, with both signs of mu, M1 and M2, and tan(beta) from 1 to 100. In
one third of the points some parameters coincide exactly or up to the last digits.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from g2fit.models.base import UNUSED, Model

#: Options of all one-loop and photonic diagrams.
BINO: dict[str, object] = {"delta": "bino", "amu": "bino", "two_loop": "leading_log"}
FULL: dict[str, object] = {"delta": "full", "amu": "full", "two_loop": "photonic"}
#: Model, options, and the share of the points that a study gives them.
CONFIGURATIONS: tuple[tuple[str, dict[str, object], float], ...] = (
    ("mssm", FULL | {"vacuum": "off"}, 0.2),
    ("mssm", FULL | {"two_loop": "full", "vacuum": "off"}, 0.1),
    ("mssm", FULL | {"two_loop": "full", "delta_logarithms": True, "heavy_scale": 500.0, "vacuum": "off"}, 0.1),
    ("mssm", FULL | {"branch": "all", "vacuum": "off"}, 0.2),
    ("mssm", FULL | {"couplings": "running", "trilinear": True}, 0.1),
    ("mssm", BINO | {"vacuum": "off"}, 0.1),
    ("mssm", {"delta": "decoupled", "amu": "full", "two_loop": "leading_log", "vacuum": "off"}, 0.1),
    ("mssm_higgs_mediation", FULL | {"vacuum": "off"}, 0.08),
    ("mssm_higgs_mediation", BINO | {"vacuum": "off"}, 0.015),
    ("mssm_higgs_mediation", FULL | {"spectrum": "rge", "delta_b": 0.2}, 0.005),
)
#: Quantities that are infinite where the vacuum fit allows no mixing at all (soft masses below 100 GeV).
INFINITE = ("vac_ratio_e", "vac_ratio_mu", "vac_ratio_tau")


def draw(model: Model, n: int, rng: np.random.Generator) -> np.ndarray:
    """Random points of the box, one third of them degenerate; shape (n, parameters)."""
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
    """Number of points with each reason code, and a list of what is wrong with the predictions."""
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
