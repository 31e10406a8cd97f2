"""Fit every model to every vintage of the data: ``python analysis/vintages.py``.

Writes ``vintages.md`` (two tables), ``vintages.csv`` (a line per quantity) and ``vintages.json`` (everything) to
``analysis/output``. A fit takes seconds: the posterior is represented by weighted draws of a mixture from the
of a run fits, and the search for the best fit starts from the best of them.

chi2 is -2 ln L, correlations included, relative to data that agree perfectly with the prediction.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from g2fit import Card, Posterior
from g2fit.core.types import FloatArray
from g2fit.data import DataSection, resolve
from g2fit.inference.profile.best_fit import best_fits
from g2fit.likelihoods import build_terms
from g2fit.models import get_model
from g2fit.sampling.exploration import Exploration, explore, settings_for

HERE = Path(__file__).resolve().parent

#: Vintages with their choices of delta_a_e ("" where there is one value only).
VINTAGES = {
    "paper_2019": [""],
    "paper_2021": [""],
    "wp2020_2023": ["cs", "rb"],
    "wp2025": ["cs", "rb", "average"],
    "latest_2026_11": ["cs", "rb", "average"],
}

#: Derived quantities of each model that the tables show beside the parameters.
DERIVED = {
    "vll": ("delta_a_mu", "t_L", "t_R", "dm_mu_over_m_mu"),
    "mssm": ("delta_a_e", "delta_a_mu", "Delta_e", "Delta_mu", "m_sel_1", "m_smu_1"),
}

#: Effective number of weighted draws at which drawing stops.
ESS = 10_000
#: Number of draws at which drawing stops in any case.
MAX_DRAWS = 4_000_000


@dataclass
class Row:
    """The fit of one model to one vintage.

    Attributes
    ----------
    data, parameters : int
        Number of Gaussian data (each member of a correlation block counts) and of sampled parameters.
    chi2 : float
        chi2 at the best fit; `terms` are its parts.
    best : dict
        Parameters of the best fit.
    quantities : dict
        Posterior mean, its Monte Carlo error, standard deviation and 68.27 % interval of parameters and predictions.
    ess : float
        Effective number of draws.
    """

    vintage: str
    delta_a_e: str
    model: str
    options: dict[str, Any]
    data: int
    parameters: int
    chi2: float
    terms: dict[str, float]
    best: dict[str, float] = field(default_factory=dict)
    quantities: dict[str, dict[str, float]] = field(default_factory=dict)
    ess: float = 0.0
    fingerprint: str = ""


def data_section(vintage: str, choice: str) -> dict[str, Any]:
    """Return the section ``data`` of a card."""
    return {"vintage": vintage} | ({"delta_a_e": choice} if choice else {})


def cards(vintage: str, choice: str, formula: str | None) -> Iterator[Card]:
    """Yield the cards of the models with parameters.

    The wino mass, which the bino level of the MSSM does not contain, is put above all others: the limit on light winos
    of the newest vintage would otherwise act on the place where 1906.08768 fixed it.
    """
    chosen = formula or ("leading_order" if vintage.startswith("paper") else "improved")
    common = {"data": data_section(vintage, choice)}
    yield Card.from_dict(
        {**common, "model": {"name": "vll", "formula": chosen}, "priors": "../priors/vll-log.yaml"}, HERE
    )
    bino = {"name": "mssm", "delta": "bino", "amu": "bino", "two_loop": "leading_log"}
    yield Card.from_dict(
        {**common, "model": bino, "priors": "../priors/mssm-log.yaml", "parameters": {"M2": 3500}}, HERE
    )


def null_row(vintage: str, choice: str) -> Row:
    """Return the row of the Standard Model, which has no parameters to fit."""
    dataset = resolve(DataSection(**data_section(vintage, choice)))
    likelihood = build_terms(dataset, get_model("sm"))
    terms = {name: float(value[0]) for name, value in likelihood.chi2(np.empty((1, 0)), np.empty((1, 0))).items()}
    return Row(vintage, choice, "sm", {}, len(dataset.all_data), 0, sum(terms.values()), terms,
               fingerprint=dataset.fingerprint)  # fmt: skip


def weighted_draws(posterior: Posterior, found: Exploration, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return draws of the posterior in the sampler's coordinates, and their weights."""
    mixture = found.mixtures[0].defended()
    draws, log_weights = [np.empty((0, posterior.dimension))], [np.empty(0)]
    while True:
        z = mixture.sample(rng, 500_000)
        draws.append(z)
        log_weights.append(posterior.log_density(z) - mixture.log_density(z))
        log_weight = np.concatenate(log_weights)
        weight = np.exp(log_weight - log_weight.max())
        if weight.sum() ** 2 / (weight**2).sum() >= ESS or len(weight) >= MAX_DRAWS:
            return np.concatenate(draws), weight


def statistics(values: FloatArray, weight: FloatArray) -> dict[str, float]:
    """Return mean with its error, standard deviation, and central 68.27 % interval of weighted draws."""
    total = weight.sum()
    mean = float(values @ weight / total)
    order = np.argsort(values)
    quantiles = np.interp([0.15865, 0.84135], np.cumsum(weight[order]) / total, values[order])
    return {
        "mean": mean,
        "error": float(np.sqrt(((weight * (values - mean)) ** 2).sum()) / total),
        "sd": float(np.sqrt(weight @ (values - mean) ** 2 / total)),
        "low": float(quantiles[0]),
        "high": float(quantiles[1]),
    }


def fitted_row(vintage: str, choice: str, card: Card, seed: int) -> Row:
    """Return the row of a model with parameters."""
    posterior = Posterior(card)
    rng = np.random.default_rng(seed)
    settings = settings_for("many", posterior.dimension, None)
    seeds = [np.random.SeedSequence(seed)]
    found = explore(posterior.dimension, seeds, settings, lambda _, z: posterior.log_density(z))
    if not found.useful:
        raise posterior.nearly_empty(posterior.sample_prior(rng, 100_000), 0, 100_000)
    z, weight = weighted_draws(posterior, found, rng)
    kept = weight > 1e-12
    z, weight = np.ascontiguousarray(z[kept]), weight[kept]
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    predictions = posterior.predict(theta)
    draws = theta[rng.choice(len(theta), size=20_000, p=weight / weight.sum())]
    best = best_fits(posterior, draws=draws, seed=seed)[0].parameters
    inputs, rows = posterior.solutions([[best[name] for name in posterior.names]])
    terms = {name: float(value[0]) for name, value in posterior.likelihood.chi2(rows, inputs).items()}
    shown = dict(zip(posterior.names, theta.T, strict=True))
    shown |= {name: predictions[name] for name in DERIVED[card.model_name]}
    return Row(
        vintage=vintage,
        delta_a_e=choice,
        model=card.model_name,
        options=card.model_options,
        data=len(card.dataset.all_data),
        parameters=posterior.dimension,
        chi2=sum(terms.values()),
        terms=terms,
        best=best,
        quantities={name: statistics(values, weight) for name, values in shown.items()},
        ess=float(weight.sum() ** 2 / (weight**2).sum()),
        fingerprint=card.dataset.fingerprint,
    )


def label(row: Row) -> str:
    """Return the name of the vintage with its choice of delta_a_e."""
    names = {"cs": "Cs", "rb": "Rb", "average": "average"}
    return row.vintage + (f", {names[row.delta_a_e]}" if row.delta_a_e else "")


def markdown(rows: list[Row]) -> str:
    """Write two tables: chi2 at the best fit, and posterior means with standard deviations."""
    models = {"sm": "SM", "vll": "vector-like leptons", "mssm": "MSSM (bino)"}
    lines = [
        "# Vintages of data",
        "",
        "chi2 at the best fit, relative to data that agree perfectly; in brackets its part from delta_a_e and "
        "delta_a_mu. Vector-like leptons: partners of the muon only, six parameters; formula `leading_order` "
        "on the papers' vintages and `improved` on the others. "
        "MSSM: bino level, seven parameters. Priors: `priors/*-log.yaml`.",
        "",
        "| vintage | data | " + " | ".join(models.values()) + " |",
        "|---|---|" + "---|" * len(models),
    ]
    by_label: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_label.setdefault(label(row), {})[row.model] = row
    for name, found in by_label.items():
        cells = [f"{r.chi2:.2f} ({r.terms.get('delta_a_e', 0):.2f}, {r.terms.get('delta_a_mu', 0):.2f})"
                 for r in (found[m] for m in models)]  # fmt: skip
        lines.append(f"| {name} | {found['sm'].data} | " + " | ".join(cells) + " |")
    for model in ("vll", "mssm"):
        chosen = [row for row in rows if row.model == model]
        names = list(chosen[0].quantities)
        lines += ["", f"Posterior mean ± standard deviation, {models[model]} (masses in GeV):", ""]
        lines += ["| vintage | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
        for row in chosen:
            cells = [f"{q['mean']:.3g} ± {q['sd']:.2g}" for q in row.quantities.values()]
            lines.append(f"| {label(row)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write(rows: list[Row], folder: Path) -> None:
    """Write the three files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vintages.md").write_text(markdown(rows))
    (folder / "vintages.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    with (folder / "vintages.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["vintage", "delta_a_e", "model", "data", "chi2", "quantity", "best",
                        "mean", "error", "sd", "low", "high"])  # fmt: skip
        for row in rows:
            head = [row.vintage, row.delta_a_e, row.model, row.data, f"{row.chi2:.6g}"]
            for name, numbers in (row.quantities or {"": {}}).items():
                best = row.best.get(name)
                table.writerow([*head, name, "" if best is None else f"{best:.6g}"]
                               + [f"{value:.6g}" for value in numbers.values()])  # fmt: skip
    print(folder / "vintages.md")


def main() -> None:
    """Fit all models to all vintages and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "output")
    parser.add_argument("--vintage", nargs="*", choices=list(VINTAGES), default=list(VINTAGES))
    parser.add_argument("--formula", choices=["leading_order", "improved", "exact"], help="of vector-like leptons")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rows = []
    for vintage in arguments.vintage:
        for choice in VINTAGES[vintage]:
            rows.append(null_row(vintage, choice))
            for card in cards(vintage, choice, arguments.formula):
                rows.append(fitted_row(vintage, choice, card, arguments.seed))
                print(f"{label(rows[-1])}: {rows[-1].model}, chi2 {rows[-1].chi2:.2f}, ESS {rows[-1].ess:.0f}",
                      file=sys.stderr)  # fmt: skip
    write(rows, arguments.out)


if __name__ == "__main__":
    main()
