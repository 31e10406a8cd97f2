"""Draws of large runs: what is judged and kept of them, and how much memory that takes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from g2fit import Card, Posterior, Result
from g2fit.results.save import save_result
from g2fit.sampling import diagnostics, draws
from g2fit.sampling.chain_file import Segment
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.draws import Part, load_draws, part_to_judge, part_to_keep, quantities_in_batches
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import Runner
from tests.support.scale import write_fit

ENSEMBLES, WALKERS, STEPS, DIMENSION = 6, 500, 90, 5


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Posterior, RunFolder]:
    """Walkers of many ensembles that follow autoregressive processes of order one, with a time of 4 steps."""
    folder = tmp_path_factory.mktemp("run")
    card = Card.load(write_fit(folder, DIMENSION, ensembles=ENSEMBLES, walkers=WALKERS))
    posterior, run = Posterior(card), RunFolder(card.output)
    run.open(card)
    state = np.random.RandomState(1).get_state(legacy=True)
    rng = np.random.default_rng(1)
    for index in range(ENSEMBLES):
        z = rng.normal(size=(STEPS, WALKERS, DIMENSION))
        for step in range(1, STEPS):
            z[step] = 0.6 * z[step - 1] + 0.8 * z[step]
        density = posterior.log_density(z.reshape(-1, DIMENSION)).reshape(STEPS, WALKERS)
        segment = Segment(z, density, np.full(WALKERS, 0.5 * STEPS), state, posterior.take_counts())
        run.chain(index).append(segment)
    return posterior, run


def judged(run: tuple[Posterior, RunFolder]) -> Verdict:
    return Runner(*run, workers=1).judge(STEPS)


def test_what_is_judged_and_kept() -> None:
    for ensembles, walkers, steps in ((4, 256, 100), (4, 256, 1000), (8, 512, 5000), (4, 16, 10**6), (64, 256, 100)):
        part = part_to_judge(steps, ensembles, walkers)
        assert part.size(walkers) == walkers
        assert part.steps == range(steps // 5, steps, max(1, (steps - steps // 5) // 256))
    for ensembles, walkers in ((64, 10_000), (64, 256), (1024, 256), (1024, 65_536), (4, 65_536)):
        for steps in (1, 2, 100, 319, 640, 10**6):
            part = part_to_judge(steps, ensembles, walkers)
            size = ensembles * len(part.steps) * part.size(walkers)
            assert 1 <= size <= max(draws.JUDGED, ensembles * 512 * draws.LEAST_WALKERS)
            part = part_to_keep(steps // 5, steps, 2, walkers, 400_000 // ensembles)
            size = ensembles * len(part.steps) * part.size(walkers)
            assert 1 <= size <= 1.2 * 400_000
            assert len(part.steps) >= min(14, (steps - steps // 5) / 2)


def test_parts_of_the_chains(run: tuple[Posterior, RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    posterior, folder = run
    everything = load_draws(posterior, folder, Part(range(STEPS)))
    assert everything.shape == (ENSEMBLES, STEPS, WALKERS, DIMENSION)
    z = folder.chain(2).read("chain", 0, STEPS)[7]
    np.testing.assert_allclose(posterior.coordinates.from_parameters(everything[2, 7]), z, atol=1e-9)
    part = Part(range(18, STEPS, 3), slice(None, None, 7))
    wanted = everything[:, 18::3, ::7]
    for block in (1 << 16, 1):
        monkeypatch.setattr(draws, "BLOCK", block)
        np.testing.assert_array_equal(load_draws(posterior, folder, part), wanted)
        for size in (1 << 30, 1):
            monkeypatch.setattr(draws, "BATCH_BYTES", size)
            batches = list(quantities_in_batches(posterior, folder, part))
            assert len(batches) == (1 if size > 1 else DIMENSION + 1)
            found = {name: values for batch in batches for name, values in batch.items()}
            assert list(found) == [*posterior.names, "square"]
            np.testing.assert_array_equal(found["x3"], wanted[..., 3])
            np.testing.assert_allclose(found["square"], (wanted**2).sum(axis=-1))


def test_a_verdict_does_not_depend_on_batches_and_hardly_on_the_number_of_walkers(
    run: tuple[Posterior, RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged(run)
    assert 3.0 < whole.tau < 5.0
    monkeypatch.setattr(draws, "BATCH_BYTES", 1)
    monkeypatch.setattr(diagnostics, "JUDGED_BYTES", 1)
    assert judged(run) == whole
    monkeypatch.setattr(draws, "JUDGED", ENSEMBLES * (STEPS - STEPS // 5) * 50)
    some = judged(run)
    assert some.tau == pytest.approx(whole.tau, rel=0.2)
    assert some.ess == pytest.approx(whole.ess, rel=0.2)  # that of all walkers
    assert whole.rhat < some.rhat < 1.01


def test_memory_does_not_grow_with_the_run(run: tuple[Posterior, RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    """All draws after the first fifth take 8.6 MB; 2 % of that are judged and kept here."""
    posterior, folder = run
    for name, value in {"JUDGED": 1 << 12, "BLOCK": 1 << 10, "BATCH_BYTES": 1 << 16}.items():
        monkeypatch.setattr(draws, name, value)
    monkeypatch.setattr("g2fit.sampling.chain_file.BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr("g2fit.results.save.MAX_IN_ALL", 1 << 12)
    monkeypatch.setattr("g2fit.results.save.PRIOR_DRAWS", 100)
    judged(run)  # imports take memory, too
    tracemalloc.start()
    try:
        verdict = judged(run)
        _, judging = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        save_result(posterior, folder, verdict)
        _, saving = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert judging < 4e6
    assert saving < 8e6
    result = Result(folder.path)
    assert result.walkers == len({*result.array("sample_stats", "walker").ravel()}) < WALKERS
    values = result.draws("x1")
    assert values.shape[0] == ENSEMBLES
    assert values.size < 1.2 * (1 << 12)
    steps, walkers = (
        result.by_step(result.array("sample_stats", "step")),
        result.by_step(result.array("sample_stats", "walker")),
    )
    everything = load_draws(posterior, folder, Part(range(STEPS)))
    np.testing.assert_array_equal(values[3], everything[3, steps[3].astype(int), walkers[3].astype(int), 1])
