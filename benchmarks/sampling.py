"""Time per point of the posterior, overhead of the sampler, and the gain over a scalar emcee script.

    python -m benchmarks.sampling

Prints three tables: microseconds per point by batch size and threads; time in and outside the likelihood in a run; and
effective draws per second compared with those of `benchmarks.plain` in emcee.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import emcee
import numpy as np

from benchmarks import plain
from benchmarks.exploring import explored
from benchmarks.timing import shortest
from g2fit import Card, Posterior
from g2fit.core.types import FloatArray
from g2fit.sampling.diagnostics import autocorrelation_time, rank_normalise
from g2fit.sampling.ensemble import make_move, prepare

ROOT = Path(__file__).resolve().parent.parent
#: Cards that are timed.
CARDS = ("vll-2021", "vll-2026", "latest-cs-vll", "mssm-2019", "joint-vll", "joint-mssm")

#: Further cards of which only the likelihood is timed: file, and options of the model that are changed.
HEAVY: dict[str, tuple[str, dict[str, object]]] = {
    "mssm-full-2019": ("mssm-full-2019", {}),
    "  all branches": ("mssm-full-2019", {"branch": "all"}),
    "higgs-mediation": ("higgs-mediation-2019", {}),
    "vll-emu-joint": ("vll-emu-joint", {}),
    "vll-3gen-2026": ("vll-3gen-2026", {}),
}


def load(name: str) -> Posterior:
    """Posterior of a shipped card or of one of `HEAVY`, with its kernels compiled."""
    file, options = HEAVY.get(name, (name, {}))
    card = Card.load(ROOT / f"analysis/{file}.yaml")
    if options:
        raw = card.resolved()
        card = Card.from_dict(raw | {"model": raw["model"] | options})
    posterior = Posterior(card)
    posterior.compile()
    return posterior


def cost() -> None:
    """Print microseconds per point of the log likelihood, by batch size and threads."""
    print("posterior: microseconds per point (log likelihood of prior draws in one thread; last columns: two threads)")
    sizes = (128, 1024, 10_000, 100_000)
    print(f"{'card':16s} " + " ".join(f"{n:>9d}" for n in sizes) + f" {'2 threads':>10s} {'gain':>6s}")
    for name in (*CARDS, *HEAVY):
        posterior = load(name)
        theta = posterior.sample_prior(np.random.default_rng(0), sizes[-1])
        times = [shortest(partial(posterior.log_likelihood, theta[:n])) / n * 1e6 for n in sizes]
        posterior.threads = 2
        double = shortest(partial(posterior.log_likelihood, theta)) / sizes[-1] * 1e6
        gain = times[-1] / double
        print(f"{name:16s} " + " ".join(f"{t:9.3f}" for t in times) + f" {double:10.3f} {gain:6.2f}")


def overhead(steps: int = 300) -> None:
    """Print the time that a run spends in the likelihood and in the sampler."""
    print(f"\nrun: microseconds per step of {256} walkers (eight updates of each), in and outside the log density")
    print(f"{'card':14s} {'likelihood':>10s} {'sampler':>10s} {'ratio':>7s}")
    for name in CARDS:
        posterior = load(name)
        start, proposal = prepare(posterior, np.random.SeedSequence(1), explored(posterior), 0)
        spent = 0.0

        def timed(z: FloatArray, posterior: Posterior = posterior) -> FloatArray:
            nonlocal spent
            begun = time.perf_counter()
            value = posterior.log_density(z)
            spent += time.perf_counter() - begun
            return value

        sampler = emcee.EnsembleSampler(256, posterior.dimension, timed, moves=make_move(proposal), vectorize=True)
        state = sampler.run_mcmc(start, 20, skip_initial_state_check=True)
        spent = 0.0
        begun = time.perf_counter()
        sampler.run_mcmc(state, steps, skip_initial_state_check=True)
        total = time.perf_counter() - begun
        ratio = (total - spent) / spent
        print(f"{name:14s} {spent / steps * 1e6:10.0f} {(total - spent) / steps * 1e6:10.0f} {ratio:7.2f}")


def ess(chain: FloatArray) -> float:
    """Smallest bulk effective sample size over the columns of (steps, walkers, D)."""
    draws = chain[None, ...]
    times = [autocorrelation_time(rank_normalise(draws[..., j])) for j in range(chain.shape[-1])]
    return float(draws[..., 0].size / max(times))


def against_plain(seconds: float = 60.0) -> None:
    """Print effective draws per second of this package, its warm-up included, and of a scalar emcee script."""
    print("\nvll-2021: effective draws per second in one process; the posterior means must agree")
    rng = np.random.default_rng(0)
    start: list[FloatArray] = []
    while len(start) < 64:
        point = plain.LOW + (plain.HIGH - plain.LOW) * rng.random(6)
        if plain.log_posterior(point) > -30.0:
            start.append(point)
    sampler = emcee.EnsembleSampler(64, 6, plain.log_posterior)
    begun = time.perf_counter()
    state = sampler.run_mcmc(np.array(start), 200)
    rate = 200 / (time.perf_counter() - begun)
    sampler.run_mcmc(state, int(seconds * rate))
    slow_time = time.perf_counter() - begun
    slow_chain = sampler.get_chain(discard=sampler.iteration // 5)
    slow = ess(slow_chain) / slow_time
    posterior = load("vll-2021")
    begun = time.perf_counter()
    start, proposal = prepare(posterior, np.random.SeedSequence(1), explored(posterior), 0)
    fast_sampler = emcee.EnsembleSampler(256, 6, posterior.log_density, moves=make_move(proposal), vectorize=True)
    fast_sampler.run_mcmc(start, 600, skip_initial_state_check=True)
    fast_time = time.perf_counter() - begun
    chain = fast_sampler.get_chain(discard=60)
    theta = np.empty((chain.size // 6, 6))
    posterior.coordinates.to_parameters(np.ascontiguousarray(chain.reshape(-1, 6)), theta, np.empty(len(theta)))
    fast_chain = np.log(theta).reshape(chain.shape)
    fast = ess(fast_chain) / fast_time
    print(f"scalar script {slow:9.1f} ESS/s    g2fit {fast:9.1f} ESS/s    gain {fast / slow:.0f}")
    for j, name in enumerate(plain.NAMES):
        a, b = slow_chain[..., j], fast_chain[..., j]
        error = np.hypot(*(x.std() * np.sqrt(autocorrelation_time(x[None]) / x.size) for x in (a, b)))
        pull = (a.mean() - b.mean()) / error
        print(f"  mean of ln {name:5s} {a.mean():8.4f} {b.mean():8.4f}  difference {pull:+.2f} sigma")


def main() -> None:
    """Print all tables."""
    cost()
    overhead()
    against_plain()


if __name__ == "__main__":
    main()
