"""The best fit is found once: at the end of a run, or for a run of an old version when it is first asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from g2fit.core.sealed import read_sealed, write_sealed
from g2fit.inference.profile.best_fit import best_fits
from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.results.best_fit import describe_point
from tests.support.cards import VLL_SIX, short_run
from tests.support.runs import as_by_a_former_version


@pytest.fixture(scope="module")
def result(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return short_run(VLL_SIX, root, tmp_path_factory.mktemp("runs") / "vll", proposal="auto")


@pytest.fixture
def old(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """The same run as an old version left it, without a best fit; the optimiser is not needed to find it."""
    shutil.copytree(result.folder.path, tmp_path / "run")
    with h5py.File(tmp_path / "run/result.nc", "r+") as file:
        del file.attrs["best_fits"]
    as_by_a_former_version(tmp_path / "run")
    stored = result.stored_best_fits()
    calls = iter([stored])  # it is asked for once
    monkeypatch.setattr("g2fit.inference.profile.best_fit.best_fits", lambda posterior, draws: next(calls))
    return Result(tmp_path / "run")


def test_a_run_ends_with_its_best_fit(result: Result) -> None:
    posterior = Posterior(result.card)
    stored = result.stored_best_fits()
    assert stored == best_fits(posterior, draws=result.theta)
    (best,) = stored
    point = np.array(list(best.parameters.values()))
    assert best == describe_point(posterior, point)
    assert best.log_likelihood == posterior.log_likelihood(point)[0]
    assert best.log_likelihood >= posterior.log_likelihood(result.theta).max()
    assert best.data["delta_a_mu"]["predicted"] == best.predictions["delta_a_mu"]
    assert best.chi2["delta_a_mu"] == pytest.approx(best.pulls["delta_a_mu"] ** 2)


def test_best_fit_of_an_old_run_is_found_once_and_kept(result: Result, old: Result) -> None:
    assert old.stored_best_fits() is None
    assert best_fits_of(old) == result.stored_best_fits()
    assert best_fits_of(Result(old.folder.path)) == result.stored_best_fits()  # from the file beside the result
    file = old.folder.path / "best-fit.json"
    content = read_sealed(file, "")
    content["result"][0] = "2020-01-01"
    write_sealed(file, content)
    assert Result(old.folder.path).stored_best_fits() is None  # that of another result is not taken


def test_nothing_fails_where_it_cannot_be_kept(result: Result, old: Result) -> None:
    (old.folder.path / "best-fit.json").mkdir()
    assert best_fits_of(old) == result.stored_best_fits()
    assert Result(old.folder.path).stored_best_fits() is None


def test_most_likely_solution(result: Result) -> None:
    posterior = Posterior(result.card)
    solution, log_likelihood = posterior.most_likely_solution(result.theta[:5])
    assert (solution == 0).all()
    assert log_likelihood == pytest.approx(posterior.log_likelihood(result.theta[:5]), rel=1e-14)
