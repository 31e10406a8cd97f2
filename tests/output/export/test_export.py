"""Exports are read back by the programs they are for, and say what the run says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.mathtext import MathTextParser

from g2fit.card import Card
from g2fit.core.errors import G2fitError, InputError
from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.models import get_model
from g2fit.models.mssm.slha import read_soft_parameters
from g2fit.output.export import FORMATS, export
from g2fit.output.export.chains import sharp_ranges
from g2fit.output.export.tables import draws_table
from g2fit.posterior.point import predict_table
from g2fit.results import Result
from tests.support import cards
from tests.support.cards import prior, short_run
from tests.support.shared import shared_folder

SOFT = ("M1", "M2", "mu", "tan_beta", "mL_e", "mR_e", "mL_mu", "mR_mu")


VLL = {**cards.VLL, "cuts": {"Y_V": {"max": 3.0, "role": "prior"}}}
SOFT_MASSES = {
    "M1": 1400,
    "M2": 600,
    "mu": prior(-9.5e5, -5e5),
    "tan_beta": 76,
    "mL_e": 900,
    "mR_e": 1500,
    "mL_mu": prior(8000, 10000),
    "mR_mu": 9500,
}
BINO = {"delta": "bino", "amu": "bino"}
MSSM = {
    "model": {"name": "mssm", **BINO, "vacuum": "off"},
    "data": {"vintage": "paper_2019"},
    "parameters": SOFT_MASSES,
}
#: The same with all branches, of which two for the muon describe the data.
BRANCHES = {**MSSM, "model": {"name": "mssm", **BINO, "branch": "all", "vacuum": "off"}}
MEDIATION = {
    "model": {"name": "mssm_higgs_mediation", **BINO},
    "data": {"vintage": "paper_2019"},
    "parameters": {
        "m_bar": prior(1e5, 1e6),
        "tan_beta": prior(50, 80, "uniform"),
        "d": prior(100, 1000),
        "M1": prior(500, 3000, "uniform"),
        "M2": 600,
    },
}


@pytest.fixture(scope="module")
def vll(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return Result(shared_folder(tmp_path_factory, "vll_a&b", lambda folder: short_run(VLL, root, folder)))


@pytest.fixture(scope="module")
def mssm(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return Result(shared_folder(tmp_path_factory, "exported-mssm", lambda folder: short_run(MSSM, root, folder)))


@pytest.fixture(scope="module")
def branches(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return Result(
        shared_folder(tmp_path_factory, "exported-branches", lambda folder: short_run(BRANCHES, root, folder))
    )


def flat(result: Result, name: str) -> np.ndarray:
    group = "posterior" if name in result.parameter_names else "derived"
    return np.asarray(result.tree[group][name]).ravel()


# Tables -------------------------------------------------------------------------------------------------------------


def test_csv_holds_every_draw_with_all_digits(vll: Result, branches: Result, tmp_path: Path) -> None:
    for result in (vll, branches):
        (path,) = export(result, "csv", tmp_path / "draws.csv", force=True)
        table = pd.read_csv(path, dtype=str).astype(float)  # as Python reads them, in every version
        for name in result.names:
            np.testing.assert_array_equal(table[name], flat(result, name))
        total = np.asarray(result.tree["sample_stats"]["lp"]).ravel()
        np.testing.assert_allclose(table["log_prior"] + table["log_likelihood"], total, rtol=1e-12)
        assert (table["weight"] == 1.0).all()
        assert sorted(set(table["chain"])) == [0, 1, 2, 3]


def test_csv_of_several_solutions_says_which_was_drawn(vll: Result, branches: Result) -> None:
    assert "solution" not in draws_table(vll)
    table = draws_table(branches)
    assert table["solution"].nunique() > 1
    values = branches.card.model.predict(table[[p.name for p in branches.card.model.parameters]].to_numpy())
    chosen = values["y_e"][np.arange(len(table)), table["solution"]]
    np.testing.assert_allclose(table["y_e"], chosen, rtol=1e-12)


@pytest.mark.parametrize("name", ["chain", "step", "weight", "log_prior", "log_likelihood"])
def test_quantities_with_names_of_other_columns_are_refused(vll: Result, name: str) -> None:
    with pytest.raises(InputError, match=f"quantity '{name}' has the name of another column"):
        draws_table(vll, ["m_L", name])


def test_csv_is_a_table_of_points_for_predict(vll: Result, tmp_path: Path) -> None:
    (path,) = export(vll, "csv", tmp_path / "draws.csv")
    table = pd.read_csv(path)
    assert (table["m_S"] == 500.0).all()  # fixed on the card
    np.testing.assert_array_equal(table["Y_Vp"], table["Y_V"])  # tied
    predict_table("vll", path, tmp_path / "again.csv", {"formula": "leading_order", "R_tau_SM": 0.9726})
    again = pd.read_csv(tmp_path / "again.csv")
    for name in ("delta_a_mu", "R_tau"):
        np.testing.assert_allclose(again[name], table[name], rtol=1e-12)


def test_parquet_equals_csv_and_carries_the_card(branches: Result, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    (path,) = export(branches, "parquet", tmp_path / "draws.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), draws_table(branches))
    metadata = pq.read_schema(path).metadata
    assert metadata[b"g2fit.card"].decode() == branches.tree.attrs["card"]
    assert branches.manifest["fingerprint"] in metadata[b"g2fit.manifest"].decode()


def test_names_choose_columns(branches: Result, tmp_path: Path) -> None:
    (path,) = export(branches, "csv", tmp_path / "few.csv", names=["mu", "delta_a_mu"])
    columns = list(pd.read_csv(path).columns)
    assert columns == [
        "chain",
        "walker",
        "step",
        "weight",
        "log_prior",
        "log_likelihood",
        "solution",
        "mu",
        "delta_a_mu",
    ]


# getdist ------------------------------------------------------------------------------------------------------------


def test_getdist_files(vll: Result, branches: Result, tmp_path: Path) -> None:
    for result, more in ((vll, []), (branches, ["solution"])):
        paths = export(result, "getdist", tmp_path / "chain.txt", force=True)
        assert sorted(path.name for path in paths) == ["chain.paramnames", "chain.ranges", "chain.txt"]
        numbers = np.loadtxt(tmp_path / "chain.txt")
        lines = (tmp_path / "chain.paramnames").read_text().splitlines()
        names = [line.split()[0] for line in lines]
        derived = [name for name in result.names if name not in result.parameter_names]
        assert names == [*result.parameter_names, *(f"{name}*" for name in [*derived, *more])]
        np.testing.assert_array_equal(numbers[:, 0], 1.0)
        np.testing.assert_allclose(numbers[:, 1], -np.asarray(result.tree["sample_stats"]["lp"]).ravel(), rtol=1e-12)
        for column, name in enumerate(result.names, 2):
            np.testing.assert_array_equal(numbers[:, column], flat(result, name))


def test_getdist_reads_them(vll: Result, branches: Result, tmp_path: Path) -> None:
    getdist = pytest.importorskip("getdist", reason="getdist is not installed (extra 'dev')")
    for result in (vll, branches):
        root = tmp_path / result.card.model_name
        export(result, "getdist", root)
        samples = getdist.loadMCSamples(str(root), settings={"ignore_rows": 0})
        kept = [name.name for name in samples.getParamNames().names]
        varying = [name for name in result.names if np.ptp(flat(result, name)) > 0.0]
        assert [name for name in kept if name != "solution"] == varying
        statistics = samples.getMargeStats()
        for name in varying:
            assert samples.mean(name) == pytest.approx(flat(result, name).mean(), rel=1e-9)
            assert samples.getParamNames().parWithName(name).isDerived == (name not in result.parameter_names)
            assert statistics.parWithName(name).mean == pytest.approx(flat(result, name).mean(), rel=1e-6)
    assert samples.getParamNames().parWithName("mL_mu").label == r"m_{\tilde\mu_L}"
    assert samples.ranges.getLower("mu") == -9.5e5
    assert samples.ranges.getUpper("mu") == -5e5
    solutions = flat(branches, "n_branches_mu")  # few values: getdist needs their range where nearly all are the same
    assert samples.ranges.getLower("n_branches_mu") == solutions.min()
    assert samples.ranges.getUpper("n_branches_mu") == solutions.max() > solutions.min()


def test_ranges_end_where_priors_cuts_and_hard_limits_do(vll: Result, root: Path) -> None:
    ranges = sharp_ranges(vll.card)
    assert ranges == {"m_L": (650.0, 1e4), "Y_R": (0.01, 3.5), "Y_V": (0.01, 3.0)}
    smooth = {**VLL, "data": {**VLL["data"], "limits": {"kind": "smooth", "width": 0.05}}}  # type: ignore[dict-item]
    assert sharp_ranges(Card.from_dict(smooth, root / "analysis"))["m_L"] == (100.0, 1e4)


# SLHA ---------------------------------------------------------------------------------------------------------------


def test_a_limit_that_is_a_curve_ends_no_range(root):
    raw = {"model": {"name": "vll"}, "priors": "priors/vll-log.yaml"}
    data = {"vintage": "paper_2021", "include": "hnl_mu_cms2024"}
    with_curve, without = (Card.from_dict(raw | {"data": d}, root) for d in (data, {"vintage": "paper_2021"}))
    assert with_curve.dataset.limits[-1].bound is None
    assert sharp_ranges(with_curve) == sharp_ranges(without)


def test_slha_files_are_read_back(mssm: Result, tmp_path: Path) -> None:
    paths = export(mssm, "slha", tmp_path / "points", rows=[0, 17])
    assert [path.name for path in paths] == ["draw-000000.slha", "draw-000017.slha"]
    table = draws_table(mssm)
    for path, row in zip(paths, (0, 17), strict=True):
        expected = {name: table[name][row] for name in SOFT}
        assert read_soft_parameters(path) == expected  # MSOFT and HMIX
        text = re.sub(r"BLOCK (MSOFT|HMIX).*?(?=BLOCK)", "", path.read_text(), flags=re.DOTALL)
        (tmp_path / "input.slha").write_text(text)
        assert read_soft_parameters(tmp_path / "input.slha") == expected  # MINPAR and EXTPAR
        again = get_model("mssm", **BINO, vacuum="off").predict([list(expected.values())])
        assert again["delta_a_mu"][0] == table["delta_a_mu"][row]


def test_slha_draws_of_an_earlier_export_are_removed(mssm: Result, tmp_path: Path) -> None:
    shutil.copytree(mssm.folder.path, tmp_path / "run")
    first = export(tmp_path / "run", "slha", draws=3)
    place = first[0].parent
    (place / "draw-000000.slha").write_text("# of another program\n")
    (place / "draw-mine.slha").write_text("# g2fit wrote it, its name was changed\n")
    others = {"best-fit.slha", "draw-000000.slha", "draw-mine.slha"}
    second = export(tmp_path / "run", "slha", rows=[1, 2])
    assert {path.name for path in place.iterdir()} == {*others, *(path.name for path in second)}
    mine = export(tmp_path / "run", "slha", tmp_path / "mine", rows=[3])
    export(tmp_path / "run", "slha", tmp_path / "mine", force=True, rows=[4])
    assert mine[0].exists()


def test_slha_has_the_best_fit_and_the_input_of_gm2calc(mssm: Result, tmp_path: Path) -> None:
    pyslha = pytest.importorskip("pyslha")
    paths = export(mssm, "slha", tmp_path / "points", draws=3, heavy=2e5)
    assert paths[0].name == "best-fit.slha"
    assert len(paths) == 4
    with pytest.raises(G2fitError, match=r"exists; choose another name, or replace it with --force"):
        export(mssm, "slha", tmp_path / "points")
    assert paths == export(mssm, "slha", tmp_path / "points", draws=3, heavy=2e5, force=True)  # the same draws again
    blocks = pyslha.readSLHA(paths[0].read_text(), ignorenomass=True).blocks
    soft, gm2calc, sm = blocks["MSOFT"], blocks["GM2CALCINPUT"], blocks["SMINPUTS"]
    # numbers as in the manual of GM2Calc (1510.08071): Q, alpha(m_Z), alpha(0), tan(beta), mu, M1, M2, M3, m_A, ...
    assert [key for key, _ in gm2calc.items()] == list(range(33))
    assert (gm2calc[3], gm2calc[4]) == (blocks["HMIX"][2], blocks["HMIX"][1])
    assert [gm2calc[i] for i in (5, 6, 7)] == [soft[i] for i in (1, 2, 3)]
    assert [gm2calc[9 + i] for i in range(6)] == [soft[31 + i] for i in range(6)]
    assert [gm2calc[15 + i] for i in range(9)] == [soft[41 + i] for i in range(9)] == [2e5] * 9
    assert gm2calc[1] == pytest.approx(1 / 128.9458, rel=1e-6)
    assert (sm[9], sm[13]) == (80.3625, 0.1056583755)
    scale = blocks["HMIX"].q
    assert scale == pytest.approx(np.sqrt(soft[32] * soft[35])) == blocks["MSOFT"].q
    best = [blocks["HMIX"][1], soft[32]]
    assert np.array(best) == pytest.approx(
        [best_fits_of(mssm)[0].parameters[name] for name in ("mu", "mL_mu")], rel=1e-6
    )


def test_slha_of_higgs_mediation_has_mu_and_its_soft_masses(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("g2fit.pipeline.best_fits", lambda *_, **__: [])  # of 81 solutions, not exported
    result = short_run(MEDIATION, root, tmp_path / "mediation")
    (path,) = export(result, "slha", rows=[5])
    assert path.parent == tmp_path / "mediation/export/mediation-slha"
    row = draws_table(result).iloc[5]
    values = read_soft_parameters(path)
    assert values["mu"] == -row["m_bar"]
    assert [values[name] for name in SOFT if name != "mu"] == [row[name] for name in SOFT if name != "mu"]


def test_slha_of_a_model_without_soft_masses_is_refused(vll: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="model 'vll' has no M1, M2, mu"):
        export(vll, "slha", tmp_path / "points")
    assert not (tmp_path / "points").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": [10**6]}, "there is no row 1000000"),
        ({"rows": [-1]}, "there is no row -1"),
        ({"draws": 10**9}, "draws = 1000000000 must be between 0"),
        ({"draws": 2, "rows": [1]}, "not both"),
        ({"heavy": -1.0}, "positive mass"),
        ({"names": ["mu"]}, "has no option 'names'"),
    ],
)
def test_impossible_points_are_refused(mssm: Result, tmp_path: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        export(mssm, "slha", tmp_path / "points", **options)
    assert not (tmp_path / "points").exists()


# LaTeX --------------------------------------------------------------------------------------------------------------


def test_latex_table_has_the_quantiles_and_only_formulas_that_parse(vll: Result, mssm: Result, tmp_path: Path) -> None:
    parser = MathTextParser("agg")
    for result in (vll, mssm):
        (path,) = export(result, "latex", tmp_path / "table.tex", force=True)
        text = path.read_text()
        body = text[text.index("\\midrule") : text.index("\\bottomrule")].splitlines()[1:-1]
        assert len(body) == sum(np.ptp(result.draws(name)) > 0.0 for name in result.names)
        for line in body:
            assert line.endswith(r"\\")
            assert line.count("&") + line.count(r"\multicolumn{2}") == 3
            for formula in re.findall(r"\$[^$]*\$", line):
                parser.parse(formula)
        assert text.count("{") == text.count("}")
        assert "NOT CONVERGED" in text
        for environment in ("table", "tabular"):
            assert text.count(f"\\begin{{{environment}}}") == text.count(f"\\end{{{environment}}}") == 1
    assert "$-\\mu$ $[\\mathrm{TeV}]$" in text
    assert "$y_e$" in text
    # -mu reaches the lower end of its prior
    row = next(line for line in body if line.strip().startswith("$-\\mu$"))
    (limit,) = re.findall(r"\$< (\d+\.?\d*)\$ \(95\\,\\%\)", row)
    assert float(limit) == pytest.approx(np.quantile(-1e-3 * flat(mssm, "mu"), 0.95), rel=1e-3)
    assert "Limits hold at" in text
    low, middle, high = np.quantile(flat(mssm, "y_e"), [0.15865, 0.5, 0.84135])
    row = next(line for line in body if line.strip().startswith("$y_e$"))
    found = [float(value) for value in re.findall(r"-?\d+\.?\d*", row.split("&")[1])]
    power = 10.0 ** np.round(np.log10(found[0] / middle))
    assert found == pytest.approx([power * v for v in (middle, high - middle, low - middle)], rel=0.05)


def test_latex_with_other_levels(vll: Result, tmp_path: Path) -> None:
    text = export(vll, "latex", tmp_path / "table.tex", names=["delta_a_mu"], levels=[0.9, 0.95])[0].read_text()
    assert r"& median, 90\,\% & 95\,\% & best fit" in text
    with pytest.raises(InputError, match=r"levels = 0\.95 0\.9: must be two rising"):
        export(vll, "latex", tmp_path / "other.tex", levels=[0.95, 0.9])


def test_latex_escapes_names(vll: Result, tmp_path: Path) -> None:
    text = export(vll, "latex", tmp_path / "table.tex", names=["m_L"])[0].read_text()
    assert r"paper\_2021" in text
    assert r"\label{tab:vll-a-b}" in text
    assert "% g2fit" in text.splitlines()[0]


# What cannot be done --------------------------------------------------------------------------------------------------


def test_unknown_formats_options_and_quantities_are_named(mssm: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown format 'getdists'; did you mean 'getdist'\? allowed: csv, getdist"):
        export(mssm, "getdists")
    with pytest.raises(InputError, match="format 'csv' has no option 'draws'; allowed: names"):
        export(mssm, "csv", tmp_path / "x.csv", draws=3)
    with pytest.raises(InputError, match="has no quantity 'delta_a_mo'; did you mean 'delta_a_mu'"):
        export(mssm, "csv", tmp_path / "x.csv", names=["delta_a_mo"])
    with pytest.raises(InputError, match="stands there twice"):
        export(mssm, "csv", tmp_path / "x.csv", names=["mu", "mu"])
    with pytest.raises(InputError, match="is it a run folder"):
        export(tmp_path / "nothing", "csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_everything_lands_in_the_run_by_default_and_none_means_default(mssm: Result, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    paths = export(mssm.folder.path, format, None, names=None, draws=None, rows=None, heavy=None)
    place = mssm.folder.path / "export"
    assert all(path.is_file() and place in path.parents for path in paths)
    assert not [path for path in place.rglob("*") if path.name.startswith(".")]  # no temporary file is left


def test_a_failed_write_leaves_the_old_file(mssm: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "draws.csv"
    path.write_text("old")

    def full(self: pd.DataFrame, target: Path, **options: object) -> None:
        Path(target).write_text("half of")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(G2fitError, match="No space left on device"):
        export(mssm, "csv", path, force=True)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError, match="cannot be written"):
        export(mssm, "latex", path / "table.tex")
