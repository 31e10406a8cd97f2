"""Results from weighted draws: their weights and errors, runs that are killed, what ends them and what is doubted."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import g2fit
from g2fit import Card, Posterior, Result
from g2fit.card.schema import StopSection
from g2fit.cli.main import main
from g2fit.core.errors import CardError, NotConvergedError, StoreError
from g2fit.core.types import FloatArray
from g2fit.pipeline import execute
from g2fit.posterior.evaluation import Evaluated
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.exploration import PRIOR, Exploration, explore, seeds_of, settings_for
from g2fit.sampling.further import Further, block_draws, extended, more_blocks
from g2fit.sampling.kept_evaluations import KeptEvaluations
from g2fit.sampling.ladder.mixture import log_normal
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.weighted_run import blocks_needed, equally_likely, hopeless, judge, reached
from tests.support.runs import differences, digest, kill_after, write_card

#: A likelihood in two dimensions: of the product of the coordinates, which is curved, and its evidence by quadrature.
WIDTH = 0.3


def log_density(z: FloatArray) -> FloatArray:
    return log_normal(z) - 0.5 * ((z[:, 0] * z[:, 1] - 1.0) / WIDTH) ** 2


def log_evidence() -> float:
    x = np.linspace(-8.0, 8.0, 4001)
    grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    return float(np.log(np.exp(log_density(grid)).sum() * (x[1] - x[0]) ** 2))


@pytest.fixture(scope="module")
def found() -> Exploration:
    settings = dataclasses.replace(settings_for("few", 2, None), target=300.0)
    return explore(2, seeds_of(3), settings, lambda _, z: log_density(z))


def further(found: Exploration, blocks: int, known: Further | None = None, size: int = 150) -> Further:
    return more_blocks(
        found, known, blocks, lambda block: block_draws(found, 9, block, size), lambda _, z: log_density(z)
    )


def test_further_draws_are_weighted_with_all_others(found: Exploration) -> None:
    more = extended(found, further(found, 20))
    assert more.calls.sum() == found.calls.sum() + 20 * 8 * 150
    for one in (found, more):  # what the file keeps is the density of all sources together
        for stream in range(8):
            rows = one.stream == stream
            np.testing.assert_allclose(one.log_sources[rows], one.compound(stream).log_density(one.z[rows]), atol=1e-9)
            draws = np.log(4 * one.draws_of(stream))
            weight = one.log_density[rows] - one.log_sources[rows] - draws
            np.testing.assert_allclose(one.log_weight[rows], weight, atol=1e-9)
    assert more.ess > 6.0 * found.ess
    log_z, error = more.evidence
    assert more.errors.max() < 0.5 * found.errors.min() < 0.1
    assert log_z == pytest.approx(log_evidence(), abs=4.0 * error)
    weight = np.exp(more.log_weight - more.log_weight.max())
    product = np.average(more.z[:, 0] * more.z[:, 1], weights=weight)
    x = np.linspace(-8.0, 8.0, 2001)
    grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    exact = np.average(grid[:, 0] * grid[:, 1], weights=np.exp(log_density(grid)))
    assert product == pytest.approx(exact, abs=4.0 * WIDTH / np.sqrt(more.ess))


def test_sources_of_draws(found: Exploration) -> None:
    more = extended(found, further(found, 20))
    for k, (stream, draws) in enumerate(zip(more.source_stream, more.source_draws, strict=True)):
        rows = more.source == k
        assert (more.stream[rows] == stream).all()
        assert 0 < np.count_nonzero(rows) <= draws  # fewer where some were forgotten
    prior = np.bincount(more.stream[more.source == PRIOR], minlength=8)
    assert (prior <= more.first).all()
    assert np.count_nonzero(more.source >= len(found.sources)) == 20 * 8 * 150


def test_file_of_a_former_version(found: Exploration, tmp_path: Path) -> None:
    """It does not say which source a draw came from: as draws of one source, they have a larger error."""
    found.save(tmp_path / "found.npz")
    with np.load(tmp_path / "found.npz") as file:
        arrays = {name: file[name] for name in file.files if name != "source"}
    np.savez(tmp_path / "former.npz", **arrays)
    blocks = further(found, 5)
    former = extended(Exploration.load(tmp_path / "former.npz"), blocks)
    more = extended(found, blocks)
    np.testing.assert_array_equal(former.log_z, more.log_z)
    assert (former.errors > more.errors).all()


def test_stated_errors_are_those_of_repetitions(found: Exploration) -> None:
    """Further draws with other seeds: the scatter of ln Z, which the draws of the exploration themselves share."""
    estimates = []
    for seed in range(40):
        blocks = more_blocks(
            found, None, 40, lambda block, seed=seed: block_draws(found, seed, block, 100), lambda _, z: log_density(z)  # type: ignore[misc]
        )  # fmt: skip
        estimates.append(extended(found, blocks).evidence)
    log_z, errors = np.transpose(estimates)
    scatter = float(log_z.std(ddof=1))
    assert 0.5 < scatter / errors.mean() < 1.3
    assert abs(log_z.mean() - log_evidence()) < 4.0 * errors.mean()


def test_blocks_do_not_depend_on_how_they_were_asked_for(found: Exploration, tmp_path: Path) -> None:
    at_once = further(found, 5)
    (tmp_path / "blocks.npz").write_bytes(further(found, 2).to_bytes("key"))
    step_by_step = further(found, 5, Further.load(tmp_path / "blocks.npz", "key"))
    for one, two in zip(dataclasses.astuple(at_once), dataclasses.astuple(step_by_step), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(StoreError, match=r"blocks\.npz: belongs to another run"):
        Further.load(tmp_path / "blocks.npz", "other")
    (tmp_path / "blocks.npz").write_bytes(b"PK")
    with pytest.raises(StoreError, match=r"blocks\.npz: cannot be read, it is damaged"):
        Further.load(tmp_path / "blocks.npz", "key")
    assert extended(found, None) is found


def verdict(ess: float, rhat: float = 1.001) -> Verdict:
    return Verdict(1000, 0, 4.0, ess, "x", rhat, "x")


def test_what_ends_a_run(found: Exploration) -> None:
    stop = StopSection(draws="weighted", log_z_error=0.2)
    assert reached(found, verdict(5000.0), stop)
    assert not reached(found, verdict(3000.0), stop)
    assert not reached(found, verdict(5000.0, 1.02), stop)
    assert not reached(found, verdict(5000.0), StopSection(log_z_error=1e-4))
    assert hopeless(found, verdict(3000.0), stop) == hopeless(found, verdict(5000.0), stop) == ""
    apart = dataclasses.replace(found, log_z=found.log_z + np.array([0.0, 1.0]))
    assert not reached(apart, verdict(5000.0), StopSection(log_z_error=5.0))
    assert "disagree" in hopeless(apart, verdict(5000.0), StopSection(log_z_error=5.0))
    missing = dataclasses.replace(found, missed=np.array([0.3, 0.3]), errors=np.hypot(found.errors, 0.3))
    assert "miss a part" in hopeless(missing, verdict(5000.0), stop)
    one_more = blocks_needed(found, verdict(3900.0), stop, 1200, np.inf)
    assert 1 <= one_more <= blocks_needed(found, verdict(1000.0), stop, 1200, np.inf)
    assert blocks_needed(found, verdict(1.0), stop, 100, 250.0) == 3
    assert blocks_needed(found, verdict(1.0), stop, 100, np.inf) * 100 <= found.calls.sum() + 100


def test_more_draws_make_up_for_what_is_missed(found: Exploration) -> None:
    """The statistical error has to fall to what the missed part leaves of the target, not to the target."""
    statistical, missed, target = 0.04, 0.045, 0.05
    each = np.full(2, np.sqrt(2.0))  # of a ladder, for these errors of both together
    split = dataclasses.replace(found, log_z=np.zeros(2), missed=missed * each)
    near = dataclasses.replace(split, errors=np.hypot(statistical, missed) * each)
    assert near.evidence[1] == pytest.approx(np.hypot(statistical, missed))
    wanted = (1.05 * statistical**2 / (target**2 - missed**2) - 1.0) * found.ess / found.efficiencies.mean()
    stop = StopSection(draws="weighted", log_z_error=target)
    most = float(found.calls.sum())
    blocks = blocks_needed(near, verdict(5000.0), stop, 10, np.inf)
    assert blocks * 10 == pytest.approx(min(wanted, most), abs=10)
    assert blocks > 1
    full = dataclasses.replace(split, missed=target * each, errors=np.hypot(0.01, target) * each)
    assert blocks_needed(full, verdict(2000.0), stop, 10, np.inf) > 1
    assert "miss a part" in hopeless(full, verdict(5000.0), stop)


def weighted_card(folder: Path, calls: str = "few", **stop: Any) -> Card:
    folder.mkdir(exist_ok=True)
    card = Card.load(write_card(folder)).replace(walkers=None, calls=calls)
    return card.replace(stop={"ess": 3000.0, "rhat": 1.02, "draws": "weighted", **stop})


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    made = weighted_card(tmp_path_factory.mktemp("few"))
    execute(made, workers=1)
    return made


def test_a_result_says_what_its_draws_are_worth(card: Card) -> None:
    result = Result(card.output)
    assert result.converged
    assert result.weighted
    assert result.verdict.ess >= 3000.0
    assert result.theta.shape == (result.verdict.steps * 8, 6)
    explored = result.statistics["exploration"]
    assert result.statistics["evaluations"] == explored["calls"]
    assert explored["error"] <= 0.05
    assert explored["ess"] > result.verdict.ess
    assert not explored["warnings"]
    posterior = Posterior(card)
    folder = RunFolder(card.output)
    weighted = folder.load_weighted()
    assert weighted is not None
    theta = equally_likely(posterior, weighted, card.sampler.seed)
    np.testing.assert_array_equal(theta.reshape(-1, 6), result.theta)
    assert judge(posterior, weighted) == result.verdict
    now, stored = result.densities(posterior, 1000)
    np.testing.assert_allclose(now, stored, rtol=1e-10)
    copies = len(np.unique(result.theta, axis=0)) / len(result.theta)
    assert 0.2 < copies < 0.95  # they are counted, not evaluated twice
    assert not list(card.output.glob("ensemble-*.h5"))


def test_a_result_takes_predictions_from_the_journals(card: Card) -> None:
    posterior, result, folder = Posterior(card), Result(card.output), RunFolder(card.output)
    known = KeptEvaluations(posterior, folder.journals, folder.key or "")
    theta = np.unique(result.theta, axis=0)

    def refuse(points: FloatArray) -> Evaluated:
        raise AssertionError(f"{len(points)} points are evaluated again")

    found, expected = known.evaluated(theta, refuse), posterior.evaluated(theta)
    for one, two in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, two)
        assert one.dtype == two.dtype
    elsewhere = np.concatenate([theta[:2], theta[:1] * 1.001])
    asked: list[FloatArray] = []

    def evaluate(points: FloatArray) -> Evaluated:
        asked.append(points)
        return posterior.evaluated(points)

    for one, two in zip(known.evaluated(elsewhere, evaluate), posterior.evaluated(elsewhere), strict=True):
        np.testing.assert_array_equal(one, two)
    assert [len(points) for points in asked] == [1]


def test_means_are_those_of_the_weights_and_of_chains(tmp_path: Path) -> None:
    card = weighted_card(tmp_path / "weighted", "many")
    execute(card, workers=1)
    result = Result(card.output)
    assert result.converged
    assert result.weighted
    tree = result.tree["weighted_posterior"]
    weight = np.exp(tree["log_weight"].values[0])
    chain = card.replace(output=tmp_path / "chain", stop={"ess": 3000.0, "rhat": 1.02}, seed=8)
    execute(chain, workers=1)
    other = Result(chain.output)
    assert not other.weighted
    for name in result.parameter_names:
        draws = result.draws(name)
        scale = float(draws.std())
        mean = float(np.average(tree[name].values[0], weights=weight))
        assert float(draws.mean()) == pytest.approx(mean, abs=0.04 * scale)
        error = scale * np.sqrt(1.0 / 3000.0 + 1.0 / other.verdict.ess)
        assert float(draws.mean()) == pytest.approx(float(other.draws(name).mean()), abs=4.5 * error)


def test_more_draws_on_request_and_chains_in_the_same_folder(card: Card) -> None:
    before = Result(card.output)
    explored = (card.output / "exploration.npz").read_bytes()
    more = card.replace(stop={**card.sampler.stop.model_dump(), "ess": 3.0 * before.verdict.ess})
    verdict = execute(more, workers=1)
    assert verdict.ess >= 3.0 * before.verdict.ess
    assert Result(card.output).converged
    assert execute(card, workers=1).ess == verdict.ess  # lower targets do not shorten it
    execute(card.replace(stop={"ess": 100.0, "rhat": 1.5}), workers=1)
    assert not Result(card.output).weighted
    assert Result(card.output).steps_of_chains > 0
    assert (card.output / "exploration.npz").read_bytes() == explored
    execute(card, workers=1)
    assert Result(card.output).weighted


@pytest.mark.parametrize("verb", ["summary", "status", "report", "evidence"])
def test_verbs_after_the_run(
    card: Card, verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["g2fit", verb, str(card.output)])
    with pytest.raises(SystemExit) as leaving:
        main()
    printed = capsys.readouterr().out
    assert leaving.value.code == 0, printed
    if verb in ("summary", "status"):
        assert "weighted draws" in printed
    if verb == "report":
        page = (card.output / "report.html").read_text()
        assert "stand for the weighted draws" in page
        assert "Shape of the tail of the weights" in page


def test_a_limit_ends_a_run_and_a_larger_one_continues_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_card(tmp_path)
    text = path.read_text().replace("walkers: 32,", "calls: few,").replace("ess: 1.0e9", "ess: 1.0e9, draws: weighted")
    path.write_text(text)

    def run(*more: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["g2fit", "run", str(path), "--workers", "1", "--quiet", *more])
        with pytest.raises(SystemExit) as leaving:
            main()
        printed = capsys.readouterr()
        assert isinstance(leaving.value.code, int)
        return leaving.value.code, printed.out + printed.err

    code, printed = run("--set", "sampler.max_calls=6000")
    assert code == 1
    assert "the posterior was not reached within" in printed
    assert not (tmp_path / "out/exploration.npz").exists()  # it goes on from its evaluations
    assert (tmp_path / "out/.evaluations-exploration").stat().st_size > 40_000
    code, printed = run("--set", "sampler.max_calls=60000")
    assert code == 1
    assert "NOT converged within max_calls = 60000 after" in printed
    calls = Result(tmp_path / "out").statistics["evaluations"]
    assert 60_000 <= calls < 63_000
    code, printed = run("--ess", "2000")
    assert code == 0
    assert f"converged after {calls} evaluations, weighted draws: ESS" in printed


def test_doubts_are_warnings_and_exit_code_1(
    card: Card, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("g2fit.sampling.agreement.POOR", 2.0)
    monkeypatch.setattr("g2fit.sampling.agreement.AGREEMENT", -1.0)
    monkeypatch.setattr("g2fit.sampling.agreement.MISSED", -1.0)
    monkeypatch.setattr("sys.argv", ["g2fit", "run", str(card.output), "--workers", "1", "--quiet"])
    with pytest.raises(SystemExit) as leaving:
        main()
    printed = capsys.readouterr().out
    assert leaving.value.code == 1
    assert "NOT converged since the two ladders disagree" in printed
    for text in ("the mixtures are poor", "walkers find regions", "two independent ladders differ in ln Z"):
        assert f"warning: exploration: {text}" in printed
    result = Result(card.output)
    assert not result.converged
    assert len(result.statistics["exploration"]["warnings"]) == 3
    with pytest.raises(NotConvergedError, match=r"evaluations, weighted draws: ESS .* ln Z .* of 0\.05"):
        g2fit.run(card, workers=1)


@pytest.mark.parametrize("setting", ["coordinates: raw", "proposal: local"])
def test_settings_without_exploration_are_refused(tmp_path: Path, setting: str) -> None:
    path = write_card(tmp_path)
    text = path.read_text().replace("proposal: auto", setting).replace("ess: 1.0e9", "draws: weighted")
    path.write_text(text)
    with pytest.raises(CardError, match=rf"card\.yaml:\d+: sampler\.stop.*weighted needs the exploration.*{setting}"):
        Card.load(path)
    path.write_text(text.replace("weighted", "heavy"))
    with pytest.raises(CardError, match=r"sampler\.stop\.draws = 'heavy': Input should be 'chain' or 'weighted'"):
        Card.load(path)


def test_the_key_changes_no_fingerprint(tmp_path: Path) -> None:
    card = Card.load(write_card(tmp_path))
    assert weighted_card(tmp_path, "auto").fingerprint() == card.replace(walkers=None).fingerprint()


def test_killed_runs_continue_to_the_same_draws(tmp_path: Path) -> None:
    """At several moments, with one worker or two; every point is evaluated once."""
    cards = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = write_card(tmp_path / name)
        text = path.read_text().replace("walkers: 32,", "calls: few,")
        path.write_text(text.replace("ess: 1.0e9", "ess: 3000, draws: weighted"))
        cards.append(path)
    g2fit.run(Card.load(cards[0]), workers=1)
    killed = [kill_after(cards[1], seconds, "--workers=2") for seconds in (0.5, 1.5)]
    assert any(killed)
    g2fit.run(Card.load(cards[1]))
    folders = [RunFolder(path.parent / "out") for path in cards]
    one, two = (folder.load_weighted() for folder in folders)
    assert one is not None
    assert two is not None
    for name in ("z", "log_density", "log_weight", "calls"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert differences(*(digest("run", folder.path) for folder in folders)) == []
