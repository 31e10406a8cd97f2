"""Simulation-based calibration (1804.06788): ranks of true parameters among the draws of their own fits.

    python -m benchmarks.sbc [CARD …] [--fits 512] [--error-scale 1] [--out analysis/output/sbc]

Each fit draws a point from the card's prior, data at that point, and the posterior of these data with the run's own
warm-up, moves and convergence test, only shorter. If prior, likelihood, coordinates and sampler agree, every rank is
uniform, that of the log likelihood and of the predictions included. Writes the ranks (JSON) and their histograms; what
is there of the same card and seed is continued.

The prior of vector-like leptons reaches mixings of order one, where no formula holds and the data would lie hundreds
of standard deviations from all that is known; `CUTS` leaves that out (of point and fit alike), ``--full-prior`` not.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import emcee
import numpy as np
from emcee.state import State
from numpy.typing import ArrayLike
from scipy import stats

from g2fit import Card, Posterior
from g2fit.card.schema import Cut
from g2fit.core.files import write_text
from g2fit.core.types import FloatArray
from g2fit.data import resolve
from g2fit.posterior.simulate import simulate_card
from g2fit.sampling.chain_file import Proposal
from g2fit.sampling.diagnostics import ess_bulk, rhat
from g2fit.sampling.ensemble import USELESS, make_move, starting_points
from g2fit.sampling.mixture import resample
from g2fit.sampling.warmup import adapt

#: Smallest p-value that passes.
LEVEL = 0.01

#: Cuts by model, beside those of the card: about 15 standard deviations of delta_a_mu, of R_tau and of the W coupling.
CUTS = {
    "vll": {
        "t_L": Cut(max=0.05, role="prior"),
        "t_R": Cut(max=0.05, role="prior"),
        "delta_a_mu": Cut(min=-1e-8, max=1e-8, role="prior"),
    }
}


@dataclass(frozen=True)
class Settings:
    """Length of a fit.

    Attributes
    ----------
    ensembles, walkers : int
        As in a run.
    prior_draws, round_draws : int
        Of the warm-up.
    block, longest : int
        Steps between two looks at the convergence, and most steps.
    ess, rhat : float
        Targets of every quantity; the first half of the steps is left out.
    draws : int
        Draws that the truth is ranked among; far fewer than `ess`, so that they are independent.
    """

    ensembles: int = 4
    walkers: int = 64
    prior_draws: int = 50_000
    round_draws: int = 20_000
    block: int = 64
    longest: int = 16_384
    ess: float = 2_550.0
    rhat: float = 1.01
    draws: int = 255


@dataclass
class Calibration:
    """Ranks of all fits.

    Attributes
    ----------
    key : str
        Of card, seed and settings: fits with the same key belong together.
    ranks : dict of str to list of int
        For each quantity and fit, how many draws lie below the truth.
    steps : list of int
        Steps that each fit took.
    unconverged : list of int
        Fits that ended before their targets were met; they are ranked all the same.
    """

    card: str
    key: str
    draws: int
    ranks: dict[str, list[int]] = field(default_factory=dict)
    steps: list[int] = field(default_factory=list)
    efficiency: list[float] = field(default_factory=list)
    unconverged: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def table(self) -> list[dict[str, Any]]:
        """Give a row for each quantity: mean rank and p-values of uniformity.

        Quantities with the same ranks (R_tau is monotonous in t_L, as dgL_W_mu is) stand there once.
        """
        rows: list[dict[str, Any]] = []
        seen: list[list[int]] = []
        for name, ranks in self.ranks.items():
            if ranks not in seen:
                seen.append(ranks)
                mean = float((np.mean(ranks) + 0.5) / (self.draws + 1))
                rows.append({"quantity": name, "mean": mean, **uniformity(ranks, self.draws)})
        return rows

    def save(self, path: Path) -> None:
        """Write everything as JSON."""
        write_text(path, json.dumps({"fits": len(self.steps), "table": self.table(), **asdict(self)}, indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read what `save` wrote."""
        content = json.loads(path.read_text())
        return cls(**{name: content[name] for name in cls.__dataclass_fields__})


def uniformity(ranks: ArrayLike, draws: int, bins: int = 16) -> dict[str, float]:
    """p-values that ranks 0 … draws are uniform: chi2 of a histogram, and Kolmogorov-Smirnov.

    >>> rng = np.random.default_rng(1)
    >>> good = uniformity(rng.integers(0, 256, 1000), 255)
    >>> good["chi2"] > 0.01, good["ks"] > 0.01, uniformity(rng.binomial(255, 0.5, 1000), 255)["chi2"] < 1e-100
    (True, True, True)
    """
    ranks = np.asarray(ranks)
    counts = np.histogram(ranks, bins=np.linspace(-0.5, draws + 0.5, bins + 1))[0]
    # spread over their cell, the ranks have a continuous distribution, as the test assumes
    inside = np.random.default_rng(0).random(len(ranks))
    return {
        "chi2": float(stats.chisquare(counts).pvalue),
        "ks": float(stats.kstest((ranks + inside) / (draws + 1), "uniform").pvalue),
    }


def sample(posterior: Posterior, rng: np.random.Generator, settings: Settings) -> tuple[FloatArray, int, float, bool]:
    """Draws of a posterior (draws, D), the steps taken, the efficiency of the warm-up, and whether it converged."""
    adaptation = adapt(
        posterior.log_density,
        posterior.dimension,
        rng,
        prior_draws=settings.prior_draws,
        round_draws=settings.round_draws,
    )
    good = adaptation is not None and adaptation.efficiency >= USELESS
    proposal = None
    samplers, states = [], []
    for _ in range(settings.ensembles):
        if good:
            assert adaptation is not None
            start = resample(adaptation.draws, adaptation.log_weight, settings.walkers, rng)
            start = start + 1e-9 * rng.standard_normal(start.shape)  # equal walkers would move together
            proposal = Proposal(adaptation.mixture, adaptation.efficiency, adaptation.rounds)
        else:
            start = starting_points(posterior, rng, settings.walkers)
        samplers.append(
            emcee.EnsembleSampler(
                settings.walkers, posterior.dimension, posterior.log_density, moves=make_move(proposal), vectorize=True
            )
        )
        random = np.random.RandomState(np.random.MT19937(int(rng.integers(2**32)))).get_state(legacy=True)
        states.append(State(start, random_state=random))
    steps, block, done = 0, settings.block, False
    while steps < settings.longest and not done:
        for i, sampler in enumerate(samplers):
            states[i] = sampler.run_mcmc(states[i], block, skip_initial_state_check=True)
        steps += block
        block = steps  # twice as long each time
        chain = np.stack([sampler.get_chain(discard=steps // 2) for sampler in samplers])
        done = all(
            rhat(chain[..., j]) <= settings.rhat and ess_bulk(chain[..., j]) >= settings.ess
            for j in range(posterior.dimension)
        )
    flat = chain.reshape(-1, posterior.dimension)
    z = np.ascontiguousarray(flat[rng.choice(len(flat), size=settings.draws, replace=False)])
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    return theta, steps, adaptation.efficiency if adaptation is not None else 0.0, done


def calibrate(
    card: Card,
    fits: int,
    seed: int = 1,
    *,
    settings: Settings | None = None,
    altered: Callable[[Card], Card] = lambda card: card,
    begun: Calibration | None = None,
    report: Callable[[Calibration], None] = lambda calibration: None,
) -> Calibration:
    """Fit many sets of simulated data.

    Parameters
    ----------
    card : Card
        Model, data and priors.
    fits : int
        How many.
    seed : int
        Of everything.
    settings : Settings, optional
        Length of the fits.
    altered : callable
        Changes the card between simulation and fit: something wrong that the ranks should show.
    begun : Calibration, optional
        Fits of the same card, seed and settings that were made before.
    report : callable
        Given what there is after each fit.
    """
    settings = settings or Settings()
    result = begun if begun is not None else Calibration(str(card.path), key(card, seed, settings), settings.draws)
    for index, child in enumerate(np.random.SeedSequence(seed).spawn(fits)):
        if index < len(result.steps):
            continue
        started = time.perf_counter()
        point, walk = child.spawn(2)
        simulated = simulate_card(card, None, int(point.generate_state(1, np.uint64)[0] >> 1))
        record = simulated.data.simulated
        assert record is not None
        posterior = Posterior(altered(simulated))
        theta, steps, efficiency, converged = sample(posterior, np.random.default_rng(walk), settings)
        truth = np.array([[record.point[name] for name in posterior.names]])
        drawn, true = quantities(posterior, theta), quantities(posterior, truth)
        for name, values in drawn.items():
            result.ranks.setdefault(name, []).append(int((values < true[name][0]).sum()))
        result.steps.append(steps)
        result.efficiency.append(efficiency)
        if not converged:
            result.unconverged.append(index)
        result.seconds += time.perf_counter() - started
        report(result)
    return result


def key(card: Card, seed: int, settings: Settings) -> str:
    """Hash of all that determines the fits."""
    return hashlib.sha256(f"{card.fingerprint()} {seed} {settings}".encode()).hexdigest()[:16]


def quantities(posterior: Posterior, theta: FloatArray) -> dict[str, FloatArray]:
    """Give what is ranked: the parameters, the log likelihood, and the predictions that are compared with data."""
    inputs, rows = posterior.solutions(theta)
    compared = posterior.likelihood.predicted(rows, inputs)
    moving = {item.name for item in posterior.likelihood.compared if item.datum.observable not in
              posterior.likelihood.sm_valued}  # fmt: skip
    return (
        dict(zip(posterior.names, theta.T, strict=True))
        | {"log_likelihood": posterior.log_likelihood(theta)}
        | {name: values for name, values in compared.items() if name in moving}
    )


def draw(calibration: Calibration, path: Path) -> None:
    """Draw the histograms of the ranks, with the band that holds 95 % of the bins."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    bins, fits = 16, len(calibration.steps)
    low, high = stats.binom(fits, 1.0 / bins).ppf([0.025, 0.975])
    columns = 4
    table = calibration.table()
    lines = -(-len(table) // columns)
    figure, axes = plt.subplots(lines, columns, figsize=(2.4 * columns, 1.9 * lines), sharex=True, sharey=True,
                                layout="constrained", squeeze=False)  # fmt: skip
    edges = np.linspace(0.0, 1.0, bins + 1)
    for axis in axes.flat[len(table) :]:
        axis.remove()
    for index, (axis, row) in enumerate(zip(axes.flat, table, strict=False)):
        ranks = (np.array(calibration.ranks[row["quantity"]]) + 0.5) / (calibration.draws + 1)
        axis.axhspan(low, high, color="0.88", lw=0)
        axis.axhline(fits / bins, color="0.5", lw=0.8)
        axis.stairs(np.histogram(ranks, edges)[0], edges, color="C0", lw=1.2)
        axis.set_title(f"{row['quantity']}   p = {min(row['chi2'], row['ks']):.2f}", fontsize=8)
        axis.tick_params(labelsize=7, labelbottom=index + columns >= len(table))
    axes[0, 0].set(xlim=(0, 1), ylim=(0, None), xticks=(0, 0.5, 1), xticklabels=("0", "0.5", "1"))
    figure.supxlabel("rank of the truth", fontsize=8)
    figure.supylabel(f"fits in a bin, of {fits}", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".pdf", ".png"):
        figure.savefig(path.with_name(path.name + suffix), dpi=160)
    plt.close(figure)


def show(calibration: Calibration) -> bool:
    """Print the table of p-values; return whether all pass."""
    steps = np.array(calibration.steps)
    print(
        f"\n{calibration.card}: {len(steps)} fits in {calibration.seconds:.0f} s; steps median {np.median(steps):.0f}, "
        f"longest {steps.max()}; {len(calibration.unconverged)} not converged"
    )
    print(f"{'quantity':20s} {'mean rank':>9s} {'p(chi2)':>8s} {'p(KS)':>8s}")
    passed = True
    for row in calibration.table():
        passed &= min(row["chi2"], row["ks"]) > LEVEL
        print(f"{row['quantity']:20s} {row['mean']:9.3f} {row['chi2']:8.3f} {row['ks']:8.3f}")
    return passed


def prepared(card: Card, error_scale: float = 1.0, full_prior: bool = False) -> Card:
    """Card with the cuts of its model, and with other errors of the anomalous magnetic moments."""
    cuts = dict(card.cuts) if full_prior else card.cuts | CUTS.get(card.model_name, {})
    moments = [d.observable for d in card.dataset.all_data if d.observable.startswith("delta_a_")]
    scales = {} if error_scale == 1.0 else dict.fromkeys(moments, error_scale)
    data = card.data.model_copy(update={"error_scale": scales})
    return dataclasses.replace(card, cuts=cuts, data=data, dataset=resolve(data))


def main() -> None:
    """Calibrate the cards of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", default=["analysis/vll-2021.yaml", "analysis/mssm-2019.yaml"])
    parser.add_argument("--fits", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--error-scale", type=float, default=1.0, help="factor on the errors of delta_a_e, delta_a_mu")
    parser.add_argument("--full-prior", action="store_true", help="no cuts but those of the card")
    parser.add_argument("--out", type=Path, default=Path("analysis/output/sbc"))
    arguments = parser.parse_args()

    passed = True
    for name in arguments.cards:
        card = prepared(Card.load(name), arguments.error_scale, arguments.full_prior)
        suffix = "" if arguments.error_scale == 1.0 else f"-errors-{arguments.error_scale:g}"
        suffix += "-full-prior" if arguments.full_prior else ""
        target = arguments.out / (Path(name).stem + suffix)
        file = target.with_name(target.name + ".json")
        begun = Calibration.load(file) if file.exists() else None
        if begun is not None and begun.key != key(card, arguments.seed, Settings()):
            begun = None

        def report(calibration: Calibration, file: Path = file) -> None:
            if len(calibration.steps) % 16 == 0:
                calibration.save(file)
                print(f"{len(calibration.steps)} of {arguments.fits} fits", file=sys.stderr)

        calibration = calibrate(card, arguments.fits, arguments.seed, begun=begun, report=report)
        passed &= show(calibration)
        calibration.save(file)
        draw(calibration, target)
        print(file)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
