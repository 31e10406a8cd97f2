"""Simulation-based calibration (1804.06788): ranks of the true parameters among the draws of their own fits.

Each fit draws a point from the prior of a card, simulates data at that point, and samples the posterior of these data
with the warm-up, moves and convergence test of a run, only shorter. If prior, likelihood, coordinates and sampler are
consistent, every rank is uniform, including those of the log likelihood and of the predictions.

The prior of vector-like leptons reaches mixings of order one, where no formula holds and the data would lie hundreds of
standard deviations from everything known. `CUTS` excludes that region for the point and for the fit alike. (Where the
vacuum must be stable up to 10 TeV, hardly any such mixing is left: of the prior of ``vll-2026.yaml`` 0.7 %.)

Limits and cuts are not random data: `g2fit.posterior.simulate.simulate_card` gives all of them the role prior, so that
the point is drawn from the region that they allow.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
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
from g2fit.results.levels import LEVELS
from g2fit.sampling.chain_file import Proposal
from g2fit.sampling.diagnostics import ess_bulk, rhat
from g2fit.sampling.ensemble import make_move, starting_points
from g2fit.sampling.exploration import explore, settings_for
from g2fit.sampling.ladder.weights import weighted_rows

#: Cuts by model class, beside those of the card: about 15 standard deviations of delta_a_mu, R_tau and the W coupling.
CUTS = {
    "VectorLikeLeptons": {
        "t_L": Cut(max=0.05, role="prior"),
        "t_R": Cut(max=0.05, role="prior"),
        "delta_a_mu": Cut(min=-1e-8, max=1e-8, role="prior"),
    },
    "VectorLikeRepresentations": {
        **{name: Cut(min=-0.025, max=0.025, role="prior") for name in ("dgL_W_mu", "dgL_Z_mu", "dgR_Z_mu")},
        "delta_a_mu": Cut(min=-1e-8, max=1e-8, role="prior"),
    },
}


@dataclass(frozen=True)
class Settings:
    """Length of a fit.

    Attributes
    ----------
    ensembles, walkers : int
        As in a run.
    prior_draws, round_draws : int
        Draws of the prior and of each round of the warm-up.
    segment : int
        Steps before convergence is judged for the first time; the number of steps doubles each time.
    max_steps : int
        Largest number of steps.
    ess, rhat : float
        Targets that every parameter must reach; the first half of the steps is discarded.
    draws : int
        Draws among which the truth is ranked; far fewer than `ess`, so that they are independent.
    """

    ensembles: int = 4
    walkers: int = 64
    prior_draws: int = 50_000
    round_draws: int = 20_000
    segment: int = 64
    max_steps: int = 16_384
    ess: float = 2_550.0
    rhat: float = 1.01
    draws: int = 255


@dataclass
class Calibration:
    """Ranks of all fits.

    Attributes
    ----------
    card : str
        File of the card.
    key : str
        Hash of card, seed and settings: fits with the same key belong together.
    draws : int
        Draws among which each truth is ranked.
    ranks : dict of str to list of int
        For each quantity and fit, the number of draws below the truth.
    steps : list of int
        Number of steps of each fit.
    efficiency : list of float
        Efficiency of the mixture of each warm-up.
    unconverged : list of int
        Indices of the fits that ended before their targets were reached; they are ranked all the same.
    seconds : float
        Time that all fits took.
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
        """One row for each quantity: mean rank, p-values of uniformity, and shares of truths in central intervals.

        Of quantities with the same ranks (R_tau and dgL_W_mu are monotonic functions of t_L) only the first is listed.
        """
        rows: list[dict[str, Any]] = []
        seen: list[list[int]] = []
        for name, ranks in self.ranks.items():
            if ranks not in seen:
                seen.append(ranks)
                mean = float((np.mean(ranks) + 0.5) / (self.draws + 1))
                shares = [central_share(ranks, self.draws, mass) for mass in LEVELS]
                rows.append({"quantity": name, "mean": mean, **uniformity(ranks, self.draws), "central": shares})
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
    """p-values of the hypothesis that ranks from 0 to `draws` are uniform, by chi2 and by Kolmogorov-Smirnov.

    >>> rng = np.random.default_rng(1)
    >>> good = uniformity(rng.integers(0, 256, 1000), 255)
    >>> good["chi2"] > 0.01, good["ks"] > 0.01, uniformity(rng.binomial(255, 0.5, 1000), 255)["chi2"] < 1e-100
    (True, True, True)
    """
    ranks = np.asarray(ranks)
    counts = np.histogram(ranks, bins=np.linspace(-0.5, draws + 0.5, bins + 1))[0]
    # ranks are spread over their cells, since the test assumes a continuous distribution
    inside = np.random.default_rng(0).random(len(ranks))
    return {
        "chi2": float(stats.chisquare(counts).pvalue),
        "ks": float(stats.kstest((ranks + inside) / (draws + 1), "uniform").pvalue),
    }


def central_share(ranks: ArrayLike, draws: int, mass: float) -> float:
    """Share of the truths that lie in the central credible interval of a mass, between equal tails.

    >>> round(central_share(np.arange(256), 255, 0.5), 12)
    0.5
    """
    position = (np.asarray(ranks) + 0.5) / (draws + 1)
    return float((np.abs(position - 0.5) < 0.5 * mass).mean())


def sample(posterior: Posterior, rng: np.random.Generator, settings: Settings) -> tuple[FloatArray, int, float, bool]:
    """Draws of a posterior, shape (draws, D); the steps taken, the efficiency of the exploration, and convergence."""
    chosen = replace(
        settings_for("many", posterior.dimension, None), first=settings.prior_draws, draws=settings.round_draws
    )
    seed = np.random.SeedSequence(int(rng.integers(2**63)))
    found = explore(posterior.dimension, [seed], chosen, lambda _, z: posterior.log_density(z))
    proposal = None
    samplers, states = [], []
    for i in range(settings.ensembles):
        if found.useful:
            rows = weighted_rows(found.log_weight, settings.walkers, rng)
            start = found.z[rows] + 1e-9 * rng.standard_normal((len(rows), posterior.dimension))  # none are equal
            mixture = found.mixtures[i % len(found.mixtures)].defended()
            proposal = Proposal(mixture, float(found.efficiencies[0]))
        else:
            start = starting_points(posterior, rng, settings.walkers)
        samplers.append(
            emcee.EnsembleSampler(
                settings.walkers, posterior.dimension, posterior.log_density, moves=make_move(proposal), vectorize=True
            )
        )
        random = np.random.RandomState(np.random.MT19937(int(rng.integers(2**32)))).get_state(legacy=True)
        states.append(State(start, random_state=random))
    steps, segment, done = 0, settings.segment, False
    while steps < settings.max_steps and not done:
        for i, sampler in enumerate(samplers):
            states[i] = sampler.run_mcmc(states[i], segment, skip_initial_state_check=True)
        steps += segment
        segment = steps  # twice as many steps each time
        chain = np.stack([sampler.get_chain(discard=steps // 2) for sampler in samplers])
        done = all(
            rhat(chain[..., j]) <= settings.rhat and ess_bulk(chain[..., j]) >= settings.ess
            for j in range(posterior.dimension)
        )
    flat = chain.reshape(-1, posterior.dimension)
    z = np.ascontiguousarray(flat[rng.choice(len(flat), size=settings.draws, replace=False)])
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    return theta, steps, float(found.efficiencies[0]) if found.useful else 0.0, done


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
    """Fit many sets of simulated data and rank the truth in each.

    Parameters
    ----------
    card : Card
        Model, data and priors.
    fits : int
        Number of simulated data sets.
    seed : int
        Seed of all random numbers.
    settings : Settings, optional
        Length of the fits.
    altered : callable
        Changes the card between simulation and fit, to introduce an error that the ranks should reveal.
    begun : Calibration, optional
        Earlier fits of the same card, seed and settings, which are continued.
    report : callable
        Called with the calibration after each fit.
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
    """Hash of everything that determines the fits."""
    return hashlib.sha256(f"{card.fingerprint()} {seed} {settings}".encode()).hexdigest()[:16]


def quantities(posterior: Posterior, theta: FloatArray) -> dict[str, FloatArray]:
    """Quantities that are ranked: the parameters, the log likelihood, and the predictions compared with data."""
    inputs, rows = posterior.solutions(theta)
    compared = posterior.likelihood.predicted(rows, inputs)
    fixed = posterior.likelihood.sm_valued
    moving = {item.name for item in posterior.likelihood.compared if item.datum.observable not in fixed}
    return (
        dict(zip(posterior.names, theta.T, strict=True))
        | {"log_likelihood": posterior.log_likelihood(theta)}
        | {name: values for name, values in compared.items() if name in moving}
    )


def prepared(card: Card, error_scale: float = 1.0, full_prior: bool = False) -> Card:
    """Card with the additional cuts of its model and with rescaled errors of the anomalous magnetic moments."""
    cuts = dict(card.cuts) if full_prior else card.cuts | CUTS.get(type(card.model).__name__, {})
    moments = [d.observable for d in card.dataset.all_data if d.observable.startswith("delta_a_")]
    scales = {} if error_scale == 1.0 else dict.fromkeys(moments, error_scale)
    data = card.data.model_copy(update={"error_scale": scales})
    return dataclasses.replace(card, cuts=cuts, data=data, dataset=resolve(data))
