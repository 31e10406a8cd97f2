"""The effect of partners of the electron on tau decays and G_F: ``python analysis/electron_partners.py``.

Partners of the muon alone make the muon couple less than the electron: R_tau = Gamma(tau -> mu)/Gamma(tau -> e) falls,
away from its measured value, and the Fermi constant of muon decay is shifted once. Partners of the electron with the
same mixing (sec. IV of 2106.01373) restore R_tau, and shift the Fermi constant twice as much. The script fits
``vll-emu-joint.yaml`` and the same card without the electron's partners, and writes ``electron_partners.md`` and
``.json`` to ``analysis/output``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from g2fit import Card, Posterior, Result
from g2fit.core.files import write_text
from g2fit.core.types import FloatArray
from g2fit.inference.profile.best_fit import best_fits
from g2fit.models import get_model
from g2fit.pipeline import execute

HERE = Path(__file__).resolve().parent
CARD = HERE / "vll-emu-joint.yaml"


def cards(folder: Path) -> dict[str, Card]:
    """Return cards with and without partners of the electron, for the same data."""
    both = Card.load(CARD)
    data = {"vintage": "paper_joint", "gf_shift": True, "electroweak": "gf_shift", "ew_block": "leptonic10"}
    sampler = {"seed": both.sampler.seed}
    models = {
        "mu": ({"name": "vll", "formula": "exact", "generations": ["mu"]}, "vll-log.yaml"),
        "e, mu": ({"name": "vll", "formula": "exact", "generations": ["e", "mu"]}, "vll-emu-log.yaml"),
    }
    found = {}
    for i, (name, (model, priors)) in enumerate(models.items()):
        content = {"model": model, "data": data, "priors": f"../priors/{priors}", "sampler": sampler}
        found[name] = Card.from_dict(content | {"output": str(folder / f"fit-{i}")}, HERE)
        if found[name].dataset.fingerprint != both.dataset.fingerprint:
            raise SystemExit(f"{CARD} has other data than this script")
    return found


def fitted(card: Card) -> dict[str, Any]:
    """Fit a card, and return R_tau, the Fermi constant and the best fit."""
    verdict = execute(card)
    result, posterior = Result(card.output), Posterior(card)
    datum = next(d for d in card.dataset.all_data if d.observable == "R_tau")
    if datum.value is None:
        raise SystemExit(f"{card.dataset}: R_tau has no measured value")
    theta = np.column_stack([np.ravel(result.draws(name)) for name in posterior.names])
    best = best_fits(posterior, draws=theta[:: max(1, len(theta) // 20_000)], seed=1)[0].parameters
    inputs, rows = posterior.solutions([[best[name] for name in posterior.names]])
    terms = {name: float(value[0]) for name, value in posterior.likelihood.chi2(rows, inputs).items()}
    return {
        "ess": float(verdict.ess),
        "rhat": float(verdict.rhat),
        "pull_R_tau": statistics((datum.value - np.ravel(result.draws("R_tau"))) / datum.error),
        "G_mu_shift": statistics(np.ravel(result.draws("G_mu_ratio")) - 1.0),
        "t_L_mu": statistics(np.ravel(result.draws("t_L_mu" if "t_L_mu" in result.names else "t_L"))),
        "best_fit": {"chi2": sum(terms.values()), "terms": terms, "parameters": best},
    }


def statistics(values: FloatArray) -> list[float]:
    """Return mean and standard deviation."""
    return [float(values.mean()), float(values.std())]


def at_equal_mixing() -> dict[str, dict[str, float]]:
    """Return the relative shifts of R_tau and the Fermi constant over t_L, which is the same for all generations.

    >>> shifts = at_equal_mixing()
    >>> {name: round(found["G_mu_shift"], 2) for name, found in shifts.items()}
    {'mu': -0.5, 'e, mu': -1.0}
    >>> round(shifts["mu"]["R_tau_shift"], 2), abs(shifts["e, mu"]["R_tau_shift"]) < 1e-9
    (-1.0, True)
    """
    found = {}
    for generations in (["mu"], ["e", "mu"]):
        model = get_model("vll", formula="exact", generations=generations)
        kinds = {"m_": 2000.0, "Y_L": 0.3}
        point = [
            next((value for start, value in kinds.items() if p.name.startswith(start)), 1e-9) for p in model.parameters
        ]
        none = [1e-9 if p.name.startswith("Y_") else value for p, value in zip(model.parameters, point, strict=True)]
        shifted = model.predict([point, none])
        t = float(shifted["t_L_mu" if len(generations) > 1 else "t_L"][0])
        ratio = {name: shifted[name][0] / shifted[name][1] - 1.0 for name in ("R_tau", "G_mu_ratio")}
        found[", ".join(generations)] = {
            "R_tau_shift": float(ratio["R_tau"] / t),
            "G_mu_shift": float(ratio["G_mu_ratio"] / t),
        }
    return found


def markdown(fits: dict[str, Any], equal: dict[str, dict[str, float]]) -> str:
    """Write both tables."""

    def text(pair: list[float], unit: float = 1.0) -> str:
        return f"{pair[0] / unit:.2f} ± {pair[1] / unit:.2f}"

    lines = [
        "# Partners of the electron",
        "",
        "Shift of R_tau = Γ(τ→μ)/Γ(τ→e) and of the Fermi constant of muon decay, relative, in units of a common t_L:",
        "",
        "| partners of | R_tau | G_mu |",
        "|---|---|---|",
        *(f"| {name} | {x['R_tau_shift']:+.3f} | {x['G_mu_shift']:+.3f} |" for name, x in equal.items()),
        "",
        "Fits of the same data (`paper_joint`, G_F shift, leptonic electroweak block), formula `exact`; mean ± "
        "standard deviation of the posterior:",
        "",
        "| partners of | pull of R_tau | G_mu shift (1e-3) | t_L of the muon (1e-3) | χ² | of R_tau | of delta_a_e |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, fit in fits.items():
        best = fit["best_fit"]
        cells = [
            name,
            text(fit["pull_R_tau"]),
            text(fit["G_mu_shift"], 1e-3),
            text(fit["t_L_mu"], 1e-3),
            f"{best['chi2']:.2f}",
            *(f"{best['terms'].get(term, float('nan')):.2f}" for term in ("R_tau", "delta_a_e")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit both cards and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "output")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fits = {name: fitted(card) for name, card in cards(Path(folder)).items()}
    equal = at_equal_mixing()
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_text(arguments.out / "electron_partners.json", json.dumps({"fits": fits, "equal": equal}, indent=1) + "\n")
    write_text(arguments.out / "electron_partners.md", markdown(fits, equal))
    print(markdown(fits, equal))


if __name__ == "__main__":
    main()
