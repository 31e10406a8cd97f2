"""Time per point of the likelihoods, by vintage and model.

    python -m benchmarks.likelihoods

Draws of the shipped priors are evaluated in one thread, in chunks of rows as a sampler evaluates them. Prints
microseconds per point of the predictions, of the terms given the predictions, and of the whole log likelihood.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.timing import shortest
from g2fit import Card, Posterior
from g2fit.core.parallel.threads import CHUNK
from g2fit.data import load
from g2fit.data.composition import inherited

ROOT = Path(__file__).resolve().parent.parent
#: Models and the prior file of each.
PRIORS = {"vll": "priors/vll-log.yaml", "mssm": "priors/mssm-log.yaml"}

#: Draws of the prior that are evaluated.
POINTS = 50 * CHUNK


def costs(card: Card) -> tuple[int, int, float, float, float]:
    """Number of data and of terms, and microseconds per point of predictions, terms and the log likelihood."""
    posterior = Posterior(card)
    theta = posterior.priors.sample(np.random.default_rng(1), POINTS)
    inputs, predictions = posterior.solutions(theta)
    reason = np.empty(len(predictions), dtype=np.int8)
    terms = np.empty((len(predictions), len(posterior.likelihood.names)))
    chunks = [slice(start, start + CHUNK) for start in range(0, POINTS, CHUNK)]

    def predict() -> None:
        for rows in chunks:
            posterior.model.evaluate(inputs[rows], predictions[rows], reason[rows])

    def evaluate_terms() -> None:
        for rows in chunks:
            posterior.likelihood.evaluate(inputs[rows], predictions[rows], terms[rows])

    of_models, of_terms, of_both = (
        shortest(f, clock=time.thread_time) / POINTS * 1e6
        for f in (predict, evaluate_terms, lambda: posterior.log_likelihood(theta))
    )
    return len(card.dataset.all_data), terms.shape[1], of_models, of_terms, of_both


def section(vintage: str) -> dict[str, str]:
    """Section ``data`` of a card, with the moment of the electron from rubidium where there is a choice."""
    return {"vintage": vintage} | ({"delta_a_e": "rb"} if inherited(load(), vintage).choose_one else {})


def row(found: tuple[int, int, float, float, float]) -> str:
    """Columns of the table for one card."""
    data, terms, *times = found
    return f"{data:4d} {terms:5d} " + " ".join(f"{time:8.3f}" for time in times)


def main() -> None:
    """Print the table."""
    print(f"{'vintage':28s} {'model':5s} {'data':>4s} {'terms':>5s} {'predict':>8s} {'terms':>8s} {'log L':>8s}  us")
    for vintage in load().vintages:
        for model, priors in PRIORS.items():
            card = Card.from_dict({"model": {"name": model}, "data": section(vintage), "priors": priors}, ROOT)
            print(f"{vintage:28s} {model:5s} {row(costs(card))}", flush=True)
    for block in ("paper_pair", "conditional3", "leptonic10", "pole20"):
        data = {"vintage": "paper_2019", "ew_block": block, "exclude": ["delta_a_mu", "delta_a_e"]}
        card = Card.from_dict({"model": {"name": "vll"}, "data": data, "priors": PRIORS["vll"]}, ROOT)
        print(f"{'block ' + block:28s} vll   {row(costs(card))}", flush=True)


if __name__ == "__main__":
    main()
