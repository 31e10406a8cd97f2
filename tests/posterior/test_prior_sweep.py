"""Points of the prior streamed to Parquet: the same for any number of workers, interruptions and later growth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.core.errors import InputError, StoreError
from g2fit.posterior import prior_sweep as sweep

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")


@pytest.fixture(autouse=True)
def short_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "ROWS", 1000)


@pytest.fixture
def card(root: Path) -> Card:
    return Card.load(root / "analysis/vll-2021.yaml")


def test_points_are_those_of_the_prior_with_their_likelihoods(card: Card, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = sweep.sweep(card, 2500, tmp_path / "a", workers=1, report=lambda *n: told.append(n))
    table = pd.read_parquet(folder)
    assert told == [(0, 2500), (1000, 2500), (2000, 2500), (2500, 2500)]
    assert len(table) == len(table.drop_duplicates()) == 2500
    posterior = Posterior(card)
    theta = table[posterior.names].to_numpy()
    np.testing.assert_array_equal(table["log_likelihood"], posterior.log_likelihood(theta))
    predictions = posterior.predict(theta)
    for quantity in posterior.model.observables:
        np.testing.assert_array_equal(table[quantity.name], predictions[quantity.name])
    assert np.isfinite(posterior.log_prior(theta)).all()
    assert abs(np.log10(table["m_L"]).mean() - 3.0) < 4 * 2 / np.sqrt(12 * 2500)


def test_interrupted_grown_and_damaged_sweeps_have_the_same_points(card: Card, tmp_path: Path) -> None:
    whole = pd.read_parquet(sweep.sweep(card, 3500, tmp_path / "whole", workers=1, columns=["delta_a_mu"]))

    def stop(done: int, total: int) -> None:
        if done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(card, 2500, tmp_path / "parts", workers=1, columns=["delta_a_mu"], report=stop)
    assert len(list((tmp_path / "parts").glob("points-*.parquet"))) == 1
    sweep.sweep(card, 2500, tmp_path / "parts", workers=1, columns=["delta_a_mu"])
    first = tmp_path / "parts/points-000000.parquet"
    first.write_bytes(first.read_bytes()[:-50])
    sweep.sweep(card, 3500, tmp_path / "parts", workers=1, columns=["delta_a_mu"])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "parts"), whole)
    fewer = pd.read_parquet(tmp_path / "parts/points-000003.parquet")
    assert len(fewer) == 500


@pytest.mark.parametrize("points", [4, 1004])
def test_fewer_points_than_there_are(card: Card, tmp_path: Path, points: int) -> None:
    sweep.sweep(card, points + 5, tmp_path, workers=1, columns=[])
    before = {path: path.read_bytes() for path in tmp_path.glob("*.parquet")}
    for fewer in (points, 3):
        with pytest.raises(StoreError, match=f"holds more than {fewer} points already"):
            sweep.sweep(card, fewer, tmp_path, workers=1, columns=[])
    assert {path: path.read_bytes() for path in tmp_path.glob("*.parquet")} == before


def test_what_is_refused(card: Card, tmp_path: Path) -> None:
    sweep.sweep(card, 10, tmp_path / "a", workers=1)
    with pytest.raises(StoreError, match="another card, seed, choice of columns or code"):
        sweep.sweep(card, 10, tmp_path / "a", workers=1, seed=5)
    (tmp_path / "a/_sweep.json").unlink()
    with pytest.raises(StoreError, match=r"holds \.parquet files but no _sweep\.json"):
        sweep.sweep(card, 10, tmp_path / "a", workers=1)
    with pytest.raises(InputError, match=r"no observable 'delta_amu'; did you mean 'delta_a_mu'"):
        sweep.sweep(card, 10, tmp_path / "b", columns=["delta_amu"])
    with pytest.raises(InputError, match="points = 0 must be at least 1"):
        sweep.sweep(card, 0, tmp_path / "b")
