"""Samplers that `benchmarks.calls` compares: each runs to its own end, with default settings except those named here.

All are asked for an effective sample size of `ESS`. A sampler is a function of a target and a seed; the target counts
its calls.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from benchmarks.targets import OutOfTimeError, Target
from g2fit.core.files import fingerprint_of
from g2fit.core.fingerprint import code_of
from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.mixture import log_normal
from g2fit.sampling.ladder.weights import effective_draws

#: Effective sample size to be reached.
ESS = 4000

#: Dimension above which nested sampling draws new points by slice sampling instead of rejection.
REJECTION = 10

#: Live points of blackjax, of which a tenth is replaced in each step: for ESS 4000 about as many as dynesty uses.
LIVE_POINTS = 1000

#: Markov chains that pypmc starts from, their steps, and Gaussians for each group of chains that agree.
CHAINS, CHAIN_STEPS, GAUSSIANS = 10, 1000, 15

#: Draws of pypmc in each round of importance sampling, and most rounds.
PMC_DRAWS, PMC_ROUNDS = 2000, 50

#: Log likelihood of points that are not allowed, for samplers that accept finite numbers only.
FLOOR = -1e100


class Outcome(NamedTuple):
    """What a sampler states: ln Z, its standard error, and the effective size of its weighted draws."""

    log_z: float
    error: float
    ess: float


Sampler = Callable[[Target, int], Outcome]


def finite(target: Target) -> Callable[[FloatArray], FloatArray]:
    """Log likelihood of points of the unit cube, with `FLOOR` where it is not finite."""

    def log_likelihood(u: FloatArray) -> FloatArray:
        value = target.log_likelihood_in_cube(np.ascontiguousarray(np.atleast_2d(u)))
        return np.where(np.isfinite(value), value, FLOOR)

    return log_likelihood


def same(u: FloatArray) -> FloatArray:
    """Prior transform of the unit cube to itself."""
    return u


def nautilus(target: Target, seed: int, n_live: int = 1000) -> Outcome:
    """Run nautilus with 1000 live points; the error of ln Z is the one of its paper, 1/sqrt(ESS)."""
    import nautilus as package

    sampler = package.Sampler(same, finite(target), target.dimension, n_live=n_live, vectorized=True, seed=seed)
    sampler.run(n_eff=ESS)
    return Outcome(float(sampler.log_z), float(1.0 / np.sqrt(sampler.n_eff)), float(sampler.n_eff))


def nautilus_2000(target: Target, seed: int) -> Outcome:
    """Run nautilus with 2000 live points, its default."""
    return nautilus(target, seed, 2000)


def dynesty(target: Target, seed: int) -> Outcome:
    """Run dynamic nested sampling by dynesty."""
    import dynesty as package

    log_likelihood = finite(target)
    sampler = package.DynamicNestedSampler(
        lambda u: float(log_likelihood(u)[0]),
        same,
        target.dimension,
        sample="rslice" if target.dimension > REJECTION else "auto",
        rstate=np.random.default_rng(seed),
    )
    sampler.run_nested(n_effective=ESS, print_progress=False)
    found = sampler.results
    return Outcome(float(found.logz[-1]), float(found.logzerr[-1]), effective_draws(found.logwt))


def pocomc(target: Target, seed: int) -> Outcome:
    """Run preconditioned Monte Carlo by pocoMC, with ln Z by importance sampling from its last flow."""
    import pocomc as package
    from scipy.stats import norm

    prior = package.Prior([norm(0.0, 1.0)] * target.dimension)
    sampler = package.Sampler(prior, target.log_likelihood, target.dimension, vectorize=True, random_state=seed)
    sampler.run(n_total=ESS, progress=False)
    _, weights, _, _ = sampler.posterior()
    log_z, error = sampler.evidence()
    return Outcome(float(log_z), float(error), float(weights.sum() ** 2 / (weights @ weights)))


def ultranest(target: Target, seed: int) -> Outcome:
    """Run reactive nested sampling by UltraNest, above ten dimensions with steps along slices."""
    import ultranest as package
    from ultranest.stepsampler import SliceSampler, generate_mixture_random_direction

    logging.getLogger("ultranest").setLevel(logging.ERROR)
    np.random.seed(seed)  # noqa: NPY002 (UltraNest uses numpy's global generator)
    names = [f"u{j}" for j in range(target.dimension)]
    sampler = package.ReactiveNestedSampler(names, finite(target), transform=same, vectorized=True)
    if target.dimension > REJECTION:
        sampler.stepsampler = SliceSampler(
            nsteps=2 * target.dimension, generate_direction=generate_mixture_random_direction
        )
    found = sampler.run(show_status=False, viz_callback=False, min_ess=ESS)
    return Outcome(float(found["logz"]), float(found["logzerr"]), float(found["ess"]))


def pypmc(target: Target, seed: int) -> Outcome:
    """Run population Monte Carlo by pypmc as its manual does: chains, a mixture of their patches, importance sampling.

    The chains start from the best of 100 prior draws each. The mixture is adapted after each round; all rounds count,
    each with the weights of its own mixture.
    """
    from pypmc.density.gauss import LocalGauss
    from pypmc.mix_adapt.pmc import gaussian_pmc
    from pypmc.mix_adapt.r_value import make_r_gaussmix
    from pypmc.sampler.importance_sampling import ImportanceSampler
    from pypmc.sampler.markov_chain import AdaptiveMarkovChain

    np.random.seed(seed)  # noqa: NPY002 (pypmc uses numpy's global generator)
    dimension, rng = target.dimension, np.random.default_rng(seed)

    def log_density(z: FloatArray) -> float:
        value = float(target.log_likelihood(z[None, :])[0])
        return value + float(log_normal(z[None, :])[0]) if np.isfinite(value) else -np.inf

    chains = []
    for _ in range(CHAINS):
        z = rng.standard_normal((100, dimension))
        start = z[np.argmax(target.log_likelihood(z))]
        chain = AdaptiveMarkovChain(log_density, LocalGauss(np.eye(dimension) * 2.38**2 / dimension), start)
        for _ in range(4):
            chain.run(CHAIN_STEPS // 4)
            chain.adapt()
        chains.append(chain.samples[:][CHAIN_STEPS // 4 :])
    mixture, weights = None, np.empty(0)
    for gaussians in (GAUSSIANS, GAUSSIANS // 3, GAUSSIANS // 7, 1):  # fewer where patches are too small
        with contextlib.suppress(np.linalg.LinAlgError):
            mixture = make_r_gaussmix(chains, K_g=gaussians)
            break
    if mixture is None:
        raise ValueError("pypmc: no mixture could be made from its chains")
    for _ in range(PMC_ROUNDS):
        sampler = ImportanceSampler(log_density, mixture)
        origin = sampler.run(PMC_DRAWS, trace_sort=True)
        new = sampler.weights[:][:, 0]
        weights = np.concatenate([weights, new])
        if weights.sum() ** 2 > ESS * (weights @ weights):
            break
        mixture = gaussian_pmc(sampler.samples[:], mixture, new, origin, mincount=dimension + 2)
    mean = weights.mean()
    error = weights.std() / np.sqrt(len(weights)) / mean
    return Outcome(float(np.log(mean)), float(error), float(weights.sum() ** 2 / (weights @ weights)))


def blackjax(target: Target, seed: int) -> Outcome:
    """Run nested slice sampling by blackjax until the live points hold a thousandth of the evidence.

    The likelihood is called back from compiled code, so that seconds are no measure of blackjax. The calls include
    points that a batch computes for slices that have ended. The error is the scatter of ln Z over simulated volumes of
    the shells.
    """
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from blackjax import nss
    from blackjax.ns import utils

    def evaluate(z: Any) -> FloatArray:
        points = np.asarray(z, dtype=float)
        value = target.log_likelihood(points.reshape(-1, target.dimension)).reshape(points.shape[:-1])
        return np.where(np.isfinite(value), value, FLOOR)

    def log_likelihood(z: Any) -> Any:
        shape = jax.ShapeDtypeStruct(z.shape[:-1], z.dtype)
        return jax.pure_callback(evaluate, shape, z, vmap_method="expand_dims")

    def log_prior(z: Any) -> Any:
        return -0.5 * jnp.sum(z * z) - 0.5 * target.dimension * jnp.log(2.0 * jnp.pi)

    steps = max(5, 2 * target.dimension)  # as its documentation advises
    algorithm = nss(log_prior, log_likelihood, steps, LIVE_POINTS // 10)
    key, first = jax.random.split(jax.random.key(seed))
    state = algorithm.init(jax.random.normal(first, (LIVE_POINTS, target.dimension)), first)
    step, dead = jax.jit(algorithm.step), []
    try:
        while state.integrator.logZ_live - state.integrator.logZ > np.log(1e-3):
            key, now = jax.random.split(key)
            state, info = step(now, state)
            dead.append(info)
    except jax.errors.JaxRuntimeError:
        if target.out_of_time:
            raise OutOfTimeError(f"not finished after {target.calls} calls") from None
        raise
    found = utils.finalise(state, dead, update_info=False)
    log_z = jax.scipy.special.logsumexp(utils.log_weights(key, found), axis=0)
    return Outcome(float(log_z.mean()), float(log_z.std()), float(utils.ess(key, found)))


def g2fit_few(target: Target, seed: int) -> Outcome:
    """Explore with few evaluations, by two ladders as a run does."""
    return _explored("few", target, seed)


def g2fit_many(target: Target, seed: int) -> Outcome:
    """Explore with many evaluations, by two ladders as a run does."""
    return _explored("many", target, seed)


def _explored(calls: str, target: Target, seed: int) -> Outcome:
    from g2fit.sampling.exploration import explore, seeds_of, settings_for

    def log_density(_: int, z: FloatArray) -> FloatArray:
        return target.log_likelihood(z) + log_normal(z)

    found = explore(target.dimension, seeds_of(seed), settings_for(calls, target.dimension, None), log_density)
    return Outcome(*found.evidence, found.ess)


#: Samplers by name, and the package that each needs.
SAMPLERS: dict[str, tuple[Sampler, str]] = {
    "g2fit-few": (g2fit_few, "g2fit"),
    "g2fit-many": (g2fit_many, "g2fit"),
    "nautilus": (nautilus, "nautilus"),
    "nautilus-2000": (nautilus_2000, "nautilus"),
    "dynesty": (dynesty, "dynesty"),
    "pocomc": (pocomc, "pocomc"),
    "ultranest": (ultranest, "ultranest"),
    "pypmc": (pypmc, "pypmc"),
    "blackjax": (blackjax, "blackjax"),
}

#: Names of the distributions of packages that are called otherwise.
DISTRIBUTIONS = {"nautilus": "nautilus-sampler"}


def installed(name: str) -> bool:
    """Whether the package of a sampler is installed."""
    return find_spec(SAMPLERS[name][1]) is not None


def version_of(name: str) -> str:
    """Version of a sampler's package; of g2fit, a hash of the code that explores."""
    package = SAMPLERS[name][1]
    if package == "g2fit":
        return fingerprint_of(code_of([], ["g2fit.sampling.exploration"]))[:16]
    return version(DISTRIBUTIONS.get(package, package))


def run(name: str, target: Target, seed: int) -> Outcome:
    """Run a sampler; its warnings are not shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SAMPLERS[name][0](target, seed)
