"""Comparison of samplers: g2fit, emcee with its own moves, a scalar emcee script, nested samplers and bilby.

    python -m benchmarks.samplers [CARD …] [--seconds 30] [--all] [--only NAME …] [--record FILE]

All samplers evaluate the same compiled likelihood (in batches where they can) in one process of this machine, for the
same time. Prints the wall time; the effective sample size (ESS); the time until it reaches 4000, which is extrapolated
from the rate; ln Z with its stated error and its deviation from the truth; and how far g2fit is ahead, in time to ESS
4000 and in effective draws per second, its exploration included. A chain whose autocorrelation window does not close
only gives bounds. Without ``--all`` only samplers that need nothing installed are compared. Finally a whole run of
ridge-extreme is timed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import multiprocessing as mp
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import recording
from benchmarks.exploring import explored
from g2fit import Card, Posterior
from g2fit.core.types import FloatArray
from g2fit.sampling.diagnostics import autocorrelation_time

ROOT = Path(__file__).resolve().parent.parent
#: Cards that are sampled by default.
CARDS = ("ridge", "ridge-extreme", "mssm-2019", "vll-2021")

#: Effective sample size to be reached.
TARGET = 4000.0


def chain_report(chain: FloatArray, seconds: float) -> dict[str, Any]:
    """Smallest pooled effective sample size of a chain (steps, walkers, D); ``bound`` if the window does not close."""
    steps = len(chain)
    taus = [autocorrelation_time(chain[None, ..., j]) for j in range(chain.shape[-1])]
    tau = max(taus)
    ess = chain.shape[0] * chain.shape[1] / tau
    return {"ess": ess, "bound": tau > steps / 5.1, "seconds": seconds, "tau": tau}


def ours(name: str, limit: float) -> dict[str, Any]:
    """Explore, and run one ensemble; ln Z is that of the exploration. The time includes all of it."""
    import emcee

    from g2fit.sampling.ensemble import make_move, prepare

    posterior = Posterior(Card.load(ROOT / f"analysis/{name}.yaml"))
    begun = time.perf_counter()
    found = explored(posterior)
    assert found is not None
    start, proposal = prepare(posterior, np.random.SeedSequence(1), found, 0)
    sampler = emcee.EnsembleSampler(
        256, posterior.dimension, posterior.log_density, moves=make_move(proposal), vectorize=True
    )
    state: Any = start
    reached = None
    while reached is None and time.perf_counter() - begun < 4.0 * limit:
        state = sampler.run_mcmc(state, 50, skip_initial_state_check=True)
        if reached is None and chain_report(sampler.get_chain(discard=sampler.iteration // 5), 1.0)["ess"] > TARGET:
            reached = time.perf_counter() - begun
    report = chain_report(sampler.get_chain(discard=sampler.iteration // 5), time.perf_counter() - begun)
    report["to_target"] = reached
    log_z, report["error"] = found.evidence
    report["log_z"] = log_z - float(np.log(posterior.prior_fraction(np.random.default_rng(2))[0]))
    return report


def raw_emcee(name: str, limit: float, moves: Any, scalar: bool = False) -> dict[str, Any]:
    """Run emcee in the parameters themselves, with its own moves and walkers from the prior; 20 % are discarded."""
    import emcee

    posterior = raw_posterior(name)
    rng = np.random.default_rng(3)
    theta = posterior.sample_prior(rng, 50_000)
    log_likelihood = posterior.log_likelihood(theta)
    start = theta[np.argsort(log_likelihood + rng.gumbel(size=len(theta)))[::-1][:256]]

    def one(x: FloatArray) -> float:
        return float(posterior.log_density(x[None, :])[0])

    sampler = emcee.EnsembleSampler(
        256 if not scalar else 64,
        posterior.dimension,
        one if scalar else posterior.log_density,
        moves=moves,
        vectorize=not scalar,
    )
    begun = time.perf_counter()
    state = sampler.run_mcmc(start if not scalar else start[:64], 50, skip_initial_state_check=True)
    while time.perf_counter() - begun < limit:
        state = sampler.run_mcmc(state, 200 if not scalar else 20, skip_initial_state_check=True)
    return chain_report(sampler.get_chain(discard=sampler.iteration // 5), time.perf_counter() - begun)


def raw_posterior(name: str) -> Posterior:
    """Posterior of a card in the parameters themselves."""
    card = Card.load(ROOT / f"analysis/{name}.yaml")
    return Posterior(card.replace(coordinates="raw"))


def unit_cube(name: str) -> tuple[Posterior, Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
    """Prior transform and log likelihood of batches for nested samplers; the likelihood is zero where a cut rejects."""
    posterior = raw_posterior(name)
    columns = posterior.priors.priors

    def transform(u: FloatArray) -> FloatArray:
        u = np.atleast_2d(u)
        return np.stack([prior.ppf(np.ascontiguousarray(u[:, j])) for j, prior in enumerate(columns)], axis=1)

    def log_l(theta: FloatArray) -> FloatArray:
        points = np.ascontiguousarray(np.atleast_2d(theta))
        value = posterior.log_likelihood(points) + np.minimum(posterior.log_prior(points), 0.0) * 0.0
        allowed = np.isfinite(posterior.log_prior(points)) & np.isfinite(value)
        return np.where(allowed, value, -1e100)

    return posterior, transform, log_l


def nested(
    log_z: float,
    error: float,
    weights: FloatArray | None,
    seconds: float,
    posterior: Posterior,
    n: float | None = None,
    cut: bool = False,
) -> dict[str, Any]:
    """Report of a nested sampler, which may have been `cut` short; Z is divided by the prior fraction, as in g2fit."""
    fraction = posterior.prior_fraction(np.random.default_rng(0))[0]
    ess = n if n is not None else float(weights.sum() ** 2 / (weights**2).sum()) if weights is not None else 0.0
    log_z -= float(np.log(fraction))
    return {"log_z": log_z, "error": error, "ess": ess, "seconds": seconds, "bound": False, "cut": cut}


def dynesty(name: str, limit: float) -> dict[str, Any]:
    """Run dynesty with 1000 live points and random slices."""
    import dynesty as package

    posterior, transform, log_l = unit_cube(name)
    sampler = package.NestedSampler(
        lambda x: float(log_l(x)[0]),
        lambda u: transform(u)[0],
        posterior.dimension,
        nlive=1000,
        sample="rslice",
        rstate=np.random.default_rng(4),
    )
    begun, cut = time.perf_counter(), False
    for _ in sampler.sample(dlogz=0.01, add_live=False):
        if time.perf_counter() - begun > limit:
            cut = True
            break
    for _ in sampler.add_live_points():
        pass
    result = sampler.results
    weights = np.exp(result.logwt - result.logz[-1])
    spent = time.perf_counter() - begun
    return nested(float(result.logz[-1]), float(result.logzerr[-1]), weights, spent, posterior, cut=cut)


def nautilus(name: str, limit: float) -> dict[str, Any]:
    """Run nautilus with 1000 live points; the exploration phase is discarded."""
    import nautilus as package

    posterior, transform, log_l = unit_cube(name)
    sampler = package.Sampler(transform, log_l, posterior.dimension, n_live=1000, vectorized=True, seed=4)
    begun = time.perf_counter()
    done = sampler.run(discard_exploration=True, n_eff=4000, timeout=limit)
    error = 1.0 / np.sqrt(max(sampler.n_eff, 1.0))
    return nested(
        float(sampler.log_z), float(error), None, time.perf_counter() - begun, posterior, sampler.n_eff, not done
    )


def ultranest(name: str, limit: float) -> dict[str, Any]:
    """Run UltraNest with a slice sampler and 400 live points."""
    import ultranest as package
    from ultranest.stepsampler import SliceSampler, generate_mixture_random_direction

    posterior, transform, log_l = unit_cube(name)
    sampler = package.ReactiveNestedSampler(posterior.names, log_l, transform=transform, vectorized=True)
    sampler.stepsampler = SliceSampler(
        nsteps=2 * posterior.dimension, generate_direction=generate_mixture_random_direction
    )
    begun = time.perf_counter()
    rate = 40_000
    result = sampler.run(
        show_status=False, viz_callback=False, min_num_live_points=400, max_ncalls=int(limit * rate), frac_remain=0.01
    )
    spent = time.perf_counter() - begun
    cut = result["ncall"] >= int(limit * rate)
    return nested(float(result["logz"]), float(result["logzerr"]), None, spent, posterior, result["ess"], cut)


def bilby(name: str, limit: float) -> dict[str, Any]:
    """Run bilby, a front end to dynesty, with its defaults and 500 live points."""
    import bilby as package

    posterior, _, log_l = unit_cube(name)

    class Likelihood(package.Likelihood):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

        def log_likelihood(self, parameters: Any = None) -> float:
            values = parameters if parameters is not None else self.parameters
            return float(log_l(np.array([values[key] for key in posterior.names]))[0])

    priors = {}
    for key, prior in zip(posterior.names, posterior.priors.priors, strict=True):
        if prior.dist == "loguniform" and prior.minimum < 0:
            priors[key] = package.core.prior.LogUniform(-prior.maximum, -prior.minimum, key)
        elif prior.dist == "loguniform":
            priors[key] = package.core.prior.LogUniform(prior.minimum, prior.maximum, key)
        else:
            priors[key] = package.core.prior.Uniform(prior.minimum, prior.maximum, key)
    flipped = [k for k, p in zip(posterior.names, posterior.priors.priors, strict=True) if p.maximum < 0]
    inner = Likelihood.log_likelihood

    def signed(self: Any, parameters: Any = None) -> float:
        values = dict(parameters if parameters is not None else self.parameters)
        for key in flipped:
            values[key] = -values[key]
        return inner(self, values)

    Likelihood.log_likelihood = signed  # type: ignore[method-assign]
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = package.run_sampler(
            Likelihood(),
            priors,
            sampler="dynesty",
            nlive=500,
            outdir=folder,
            label="x",
            verbose=False,
            dlogz=0.1,
            check_point_plot=False,
            print_method="interval-600",
            resume=False,
        )
    size = float(len(result.posterior))
    return nested(
        float(result.log_evidence), float(result.log_evidence_err), None, time.perf_counter() - begun, posterior, size
    )


def contenders() -> dict[str, Callable[[str, float], dict[str, Any]]]:
    """Functions that run each sampler, by name; g2fit first."""
    import emcee

    return {
        "g2fit": ours,
        "emcee stretch, raw": lambda n, t: raw_emcee(n, t, emcee.moves.StretchMove()),
        "emcee DE, raw": lambda n, t: raw_emcee(n, t, emcee.moves.DEMove()),
        "emcee scalar script": lambda n, t: raw_emcee(n, t, None, scalar=True),
        "dynesty": dynesty,
        "nautilus": nautilus,
        "ultranest": ultranest,
        "bilby": bilby,
    }


def _child(name: str, card: str, limit: float, pipe: Any) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            pipe.send(contenders()[name](card, limit))
        except Exception as error:  # noqa: BLE001  the failure of a sampler is its result
            pipe.send({"failed": f"{type(error).__name__}: {error}"[:90]})


def run(name: str, card: str, limit: float) -> dict[str, Any]:
    """Run one sampler in a process of its own, which is killed soon after twice its time limit."""
    here, there = mp.get_context("spawn").Pipe()
    process = mp.get_context("spawn").Process(target=_child, args=(name, card, limit, there))
    process.start()
    report: dict[str, Any] = {"failed": f"no result after {2 * limit:.0f} s"}
    if here.poll(2 * limit + 30.0):
        with contextlib.suppress(EOFError):
            report = here.recv()
    process.kill()
    process.join()
    return report


def time_to_target(report: dict[str, Any]) -> float:
    """Seconds until ESS 4000, measured or extrapolated; a lower bound if the report has ``bound`` or ``cut``."""
    if report.get("cut"):
        return float(report["seconds"])
    return float(report.get("to_target") or TARGET * report["seconds"] / max(report["ess"], 1e-9))


def show(card: str, name: str, report: dict[str, Any], truth: float | None, best: dict[str, Any] | None) -> None:
    """Print one row of the table; `best` is the report with which this one is compared."""
    if "failed" in report:
        print(f"{card:14s} {name:20s} {report['failed']}", flush=True)
        return
    rate = report["ess"] / report["seconds"]
    less = "<" if report["bound"] else " "
    more = ">" if report["bound"] or report.get("cut") else " "
    row = f"{card:14s} {name:20s} {report['seconds']:7.1f} s  ESS {less}{report['ess']:8.0f}  {less}{rate:9.1f}/s"
    row += f"  to ESS 4000 {more}{time_to_target(report):8.1f} s"
    if best is not None:
        times = time_to_target(report) / time_to_target(best)
        row += f"  behind {more}{times:8.1f} x, {more}{best['ess'] / best['seconds'] / rate:8.1f} x in ESS/s"
    if "log_z" in report:
        row += f"  ln Z {report['log_z']:9.4f} ± {report['error']:.4f}"
        if truth is not None:
            row += f"  off by {report['log_z'] - truth:+.3f}"
    print(row, flush=True)


def row_of(card: str, name: str, report: dict[str, Any], truth: float | None) -> dict[str, Any]:
    """Numbers of one sampler on one card."""
    row: dict[str, Any] = {"card": card, "sampler": name, "failed": report.get("failed")}
    if "failed" not in report:
        row["at_least"] = bool(report["bound"] or report.get("cut"))
        row |= {"seconds": time_to_target(report), "ess": report["ess"], "spent": report["seconds"]}
        if "log_z" in report and truth is not None:
            row |= {"off": report["log_z"] - truth, "error": report["error"]}
    return row


def whole_run(name: str) -> None:
    """Print the time of a whole run, from its card to its result."""
    from g2fit.pipeline import execute

    with tempfile.TemporaryDirectory() as folder:
        card = Card.load(ROOT / f"analysis/{name}.yaml").replace(output=folder)
        begun = time.perf_counter()
        verdict = execute(card)
        print(
            f"g2fit run {name}: {time.perf_counter() - begun:.1f} s to ESS {verdict.ess:.0f}, R-hat {verdict.rhat:.4f}"
        )


def main() -> None:
    """Print the table for the cards of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", default=list(CARDS))
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--all", action="store_true", help="include the samplers that have to be installed")
    parser.add_argument("--only", nargs="*", default=None)
    recording.add_option(parser)
    arguments = parser.parse_args()
    rows = []
    truths = json.loads((ROOT / "benchmarks/truths.json").read_text())
    names = arguments.only or [name for name in contenders() if arguments.all or name == "g2fit" or "emcee" in name]
    for card in arguments.cards:
        posterior = Posterior(Card.load(ROOT / f"analysis/{card}.yaml"))
        posterior.compile()
        truth = truths.get(card, {}).get("log_z")
        best = None
        for name in names:
            report = run(name, card, arguments.seconds)
            show(card, name, report, truth, best)
            rows.append(row_of(card, name, report, truth))
            if name == "g2fit" and "failed" not in report:
                best = report
    if "ridge-extreme" in arguments.cards:
        whole_run("ridge-extreme")
    recording.write(arguments.record, {"limit": arguments.seconds, "passed": True, "rows": rows})


if __name__ == "__main__":
    main()
