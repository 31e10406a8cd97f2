"""Tabulated likelihoods and limits of a card: values between the nodes and beyond, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.interpolate

from g2fit import Card
from g2fit.core.errors import CardError, DataError
from g2fit.inference.comparison.data_subsets import split
from g2fit.posterior.simulate import simulate_card

PARAMETERS = {
    "m_L": {"prior": {"dist": "loguniform", "min": 100, "max": 1e4}},
    "m_S": {"prior": {"dist": "loguniform", "min": 100, "max": 1e4}},
    "Y_L": 0.1,
    "Y_R": {"prior": {"dist": "loguniform", "min": 0.01, "max": 3.5}},
    "Y_V": 1.0,
    "Y_Vp": 0.0,
}
X, Y = (200.0, 1000.0, 8000.0), (0.01, 0.3, 1.0, 3.0)
CHI2 = np.add.outer(np.array([9.0, 2.0, 0.5]), np.array([0.0, 1.0, 4.0, 7.0])) * np.array([[1.0], [1.5], [0.5]])


def card(folder, tables, **data):
    raw = {"model": {"name": "vll"}, "data": {"vintage": "paper_2019", "tables": tables, **data}}
    return Card.from_dict(raw | {"parameters": PARAMETERS}, folder)


def write(folder, name, rows, head=""):
    (folder / name).write_text(head + "".join(",".join(map(repr, map(float, row))) + "\n" for row in rows))


def term(card, name, points):
    """Term of the likelihood at points (m_L, m_S, Y_R), with the others fixed."""
    model, likelihood = card.model, card.likelihood
    names = [q.name for q in model.parameters]
    theta = np.tile([0.0, 0.0, 0.1, 0.0, 1.0, 0.0], (len(points), 1))
    theta[:, [names.index(n) for n in ("m_L", "m_S", "Y_R")]] = points
    out = np.empty((len(theta), len(model.observables)))
    model.evaluate(theta, out, np.empty(len(theta), dtype=np.int8))
    terms = np.empty((len(theta), len(likelihood.names)))
    likelihood.evaluate(theta, out, terms)
    return terms[:, likelihood.names.index(name)]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    rows = [(x, y, CHI2[i, j]) for i, x in enumerate(X) for j, y in enumerate(Y)]
    write(tmp_path, "chi2.csv", rng.permutation(rows), "# of a search\n\nm_L, Y_R, chi2\n")
    write(tmp_path, "line.csv", [(200, -4), (500, -1), (9000, 0)])
    write(tmp_path, "cls.csv", [(200, 0.9, 0.01), (500, 0.9, 0.03), (900, 0.9, 0.09)], "m,no,CLs\n")
    write(tmp_path, "bound.csv", [(200, 0.5), (1000, 1.0), (3000, 3.0)])
    return tmp_path


TWO = {"table": "chi2.csv", "kind": "chi2", "x": "m_L", "y": "Y_R", "outside": "edge", "reference": "me"}
ONE = {"table": "line.csv", "kind": "log_likelihood", "x": "m_S", "outside": "excluded", "reference": "me"}
CLS = {"table": "cls.csv", "columns": ["m", "CLs"], "kind": "cls", "x": "m_S", "outside": "allowed", "reference": "me"}
BOUND = {"table": "bound.csv", "kind": "upper_limit", "x": "m_L", "y": "Y_R", "reference": "arXiv:2101.00001"}


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_two_quantities_against_scipy(folder, scale):
    rng = np.random.default_rng(2)
    points = np.column_stack([rng.uniform(*ends, 500) for ends in ((100, 9500), (300, 400), (0.001, 3.4))])
    ours = term(card(folder, {"mine": {**TWO, "scale": scale}}), "mine", points)
    map_ = np.log if scale == "log" else np.asarray
    known = scipy.interpolate.RegularGridInterpolator((map_(X), map_(Y)), -0.5 * CHI2)
    inside = np.column_stack([np.clip(points[:, 0], X[0], X[-1]), np.clip(points[:, 2], Y[0], Y[-1])])
    np.testing.assert_allclose(ours, known(map_(inside)), rtol=1e-12, atol=1e-12)


def test_one_quantity(folder):
    points = [(300, m, 0.1) for m in (199.0, 200.0, 350.0, 500.0, 9000.0, 9001.0)]
    found = term(card(folder, {"mine": ONE}), "mine", points)
    np.testing.assert_allclose(found, [-np.inf, -4.0, -2.5, -1.0, 0.0, -np.inf])
    edge = term(card(folder, {"mine": {**ONE, "outside": "edge"}}), "mine", points)
    assert (edge[0], edge[-1]) == (-4.0, 0.0)


def test_confidence_levels(folder):
    """CLs = 0.05 at 500 + 400/3 GeV, linear between the nodes."""
    points = [(300, m, 0.1) for m in (150.0, 200.0, 633.0, 634.0, 900.0, 950.0)]
    found = term(card(folder, {"mine": CLS}), "mine", points)
    np.testing.assert_array_equal(found, [0.0, -np.inf, -np.inf, 0.0, 0.0, 0.0])
    loose = term(card(folder, {"mine": {**CLS, "level": 0.98}}), "mine", points)
    np.testing.assert_array_equal(loose, [0.0, -np.inf, 0.0, 0.0, 0.0, 0.0])


def test_bound_is_a_power_law_between_rows(folder):
    """At 400 GeV: 0.5 * 2^(ln 2/ln 5); nothing is bounded outside."""
    bound = 0.5 * 2.0 ** (np.log(2.0) / np.log(5.0))
    points = [(400, 300, bound * f) for f in (0.999, 1.001)] + [(199, 300, 3.0), (3001, 300, 3.4), (1000, 300, 1.01)]
    fit = card(folder, {"mine": BOUND}, limits="off")  # what the card brings is not switched off
    np.testing.assert_array_equal(term(fit, "mine", points), [0.0, -np.inf, 0.0, 0.0, -np.inf])
    lower = term(card(folder, {"mine": {**BOUND, "kind": "lower_limit"}}), "mine", points)
    np.testing.assert_array_equal(lower, [-np.inf, 0.0, 0.0, 0.0, 0.0])
    smooth = term(card(folder, {"mine": {**BOUND, "width": 0.1}}), "mine", points[:1])
    assert -0.7 < smooth[0] < -0.6


def test_a_run_does_not_depend_on_the_file(folder):
    first = card(folder, {"two": TWO, "one": ONE, "cls": CLS, "bound": BOUND})
    again = Card.from_dict({**first.resolved(), "output": "x"}, folder.parent)
    assert again.fingerprint() == first.fingerprint()
    assert again.dataset.fingerprint == first.dataset.fingerprint
    write(folder, "line.csv", [(200, -4), (500, -1.5), (9000, 0)])
    assert card(folder, {"two": TWO, "one": ONE, "cls": CLS, "bound": BOUND}).fingerprint() != first.fingerprint()
    rows = {row["entry"]: row for row in first.dataset.table()}
    assert rows["two"]["value"] == "table of 3 x 4"
    assert rows["bound"]["role"] == "hard limit (likelihood)"
    assert rows["bound"]["reference"] == "arXiv:2101.00001"


def test_simulated_data(folder):
    with pytest.raises(DataError, match="'two'"):
        simulate_card(card(folder, {"two": TWO}), seed=1)
    simulated = simulate_card(card(folder, {"cls": CLS, "bound": BOUND}), seed=1)
    roles = dict(zip(simulated.likelihood.names, simulated.likelihood.roles, strict=True))
    assert roles["cls"] == roles["bound"] == "prior"


def test_a_single_measurement_is_fitted_without_tables_of_the_likelihood(folder):
    whole = card(folder, {"two": TWO, "cls": {**CLS, "role": "prior"}})
    alone, others = split(whole, "delta_a_mu")
    assert alone.likelihood.names == ("delta_a_mu", "cls")
    assert others.likelihood.names == ("delta_a_e", "two", "cls")


def without(table, *keys):
    return {key: value for key, value in table.items() if key not in keys}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({**TWO, "x": "m_Q"}, "data.tables.mine: model 'vll' has no parameter or observable 'm_Q'"),
        ({**BOUND, "y": "Y_Q"}, "data.tables.mine: model 'vll' has no parameter or observable 'Y_Q'"),
        ({**BOUND, "x": "m_Q"}, "has no parameter or observable 'm_Q'"),
        ({**TWO, "table": "none.csv"}, "none.csv cannot be read (No such file or directory)"),
        ({**TWO, "table": "."}, "is not a file"),
        (without(TWO, "table"), "needs either `table`, a CSV file, or `rows`"),
        (without(TWO, "outside"), "outside = None; allowed with kind chi2: edge, excluded"),
        ({**TWO, "outside": "allowed"}, "outside = 'allowed'; allowed with kind chi2: edge, excluded"),
        ({**TWO, "kind": "chi"}, "data.tables.mine.kind = 'chi'"),
        ({**TWO, "role": "prior"}, "a likelihood has the role likelihood, not prior"),
        ({**TWO, "width": 0.1}, "width = 0.1; allowed with kind chi2: none"),
        ({**BOUND, "outside": "edge"}, "outside = 'edge'; allowed with kind upper_limit: none"),
        ({**BOUND, "width": 0.1, "role": "prior"}, "a smooth step has no edge"),
        (without(BOUND, "y"), "y is missing"),
        ({**TWO, "table": "line.csv"}, "line.csv:1: has 2 columns, needed are 3"),
        ({**CLS, "columns": ["m", "Cls"]}, "the head names the column 'Cls' 0 times; did you mean 'CLs'"),
        ({**ONE, "columns": ["m", "CLs"]}, "`columns` needs a head"),
        ({**TWO, "rows": "1 2 3"}, "needs either"),
        ({**without(ONE, "table"), "rows": "1 2 3\n2 3 4"}, "rows must be two lines or more of 2 numbers"),
        ({**without(ONE, "table"), "rows": "1 2\n1 3\n2 4"}, "two rows have m_S = 1"),
        ({**without(ONE, "table"), "rows": "1 2\n1 3"}, "m_S has one value, 1, in all rows"),
        ({**without(ONE, "table"), "rows": "1 2\n2 nan"}, "data.tables.mine.rows"),
        ({**without(ONE, "table"), "rows": "-1 2\n2 3", "scale": "log"}, "scale log needs positive m_S; found -1"),
        ({**without(TWO, "table"), "rows": "1 1 0\n1 2 0\n2 1 0"}, "no row has m_L = 2, Y_R = 2"),
        ({**without(CLS, "table", "columns"), "rows": "1 0.2\n2 1.5"}, "CLs must lie between 0 and 1"),
        ({**without(BOUND, "table"), "rows": "1 0.2\n1 1.5"}, "the abscissas of the table mine must increase"),
        (without(TWO, "reference"), "reference is missing"),
    ],
)
def test_refusals(folder, table, words):
    with pytest.raises(CardError) as caught:
        card(folder, {"mine": table})
    assert words in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_refused_lines_are_named(folder):
    (folder / "line.csv").write_text("m_S,lnL\n200,-4\n300,x\n")
    with pytest.raises(CardError, match=r"line.csv:3: '300,x' must hold 2 finite numbers"):
        card(folder, {"mine": ONE})
    (folder / "line.csv").write_text("m_S,lnL\n200,-4\n300,inf\n")
    with pytest.raises(CardError, match=r"line.csv:3: '300,inf' must hold"):
        card(folder, {"mine": ONE})
    (folder / "line.csv").write_bytes(b"\xff\xfe1,2\n")
    with pytest.raises(CardError, match="is not UTF-8 text"):
        card(folder, {"mine": ONE})
    (folder / "line.csv").write_text("1,2\n" * 200_000)
    with pytest.raises(CardError, match="more than 500000 characters"):
        card(folder, {"mine": ONE})


def test_names_of_the_package_are_taken(folder):
    with pytest.raises(CardError, match="damu_seed2019: the name belongs to an entry"):
        card(folder, {"damu_seed2019": ONE})
