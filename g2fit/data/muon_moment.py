"""The muon's anomaly of a card: measured values of a_mu, averaged, minus a prediction of the Standard Model."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
import scipy.special

from g2fit.core.errors import DataError, nearest
from g2fit.core.types import FloatArray
from g2fit.data.loader import parse_entry
from g2fit.data.measurement import Measurement, Measurements
from g2fit.data.overlaps import shared_data
from g2fit.data.section import MuonMomentSection

__all__ = ["DIFFERENCE", "EXPERIMENTS", "PREDICTIONS", "Average", "average", "with_muon_moment"]

#: Identifier of the difference that enters the fit.
DIFFERENCE = "damu_card"

#: Short names of measured values.
EXPERIMENTS = {
    "bnl_2006": "amu_exp_bnl2006_rescaled",
    "fnal_2021": "amu_exp_run1_fnal",
    "fnal_2023": "amu_exp_run23_fnal",
    "fnal_2025": "amu_exp_fnal_final",
    "world_2021": "amu_exp_2021",
    "world_2023": "amu_exp_2023",
    "world_2025": "amu_exp_2025",
}

#: Short names of predictions of the Standard Model.
PREDICTIONS = {
    "wp2020": "amu_sm_wp2020",
    "bmw_2020": "amu_sm_bmw2020",
    "wp2025": "amu_sm_wp2025",
    "bmw_dmz_2026": "amu_sm_bmwdmz2026",
    "cmd3": "amu_sm_cmd3avg2024",
}

#: Probability of chi squared below which experiments are said to disagree.
DISAGREE = 0.05


class Average(NamedTuple):
    """Average of correlated measurements, its error, and chi squared of the measurements about it."""

    value: float
    error: float
    chi2: float


def average(values: FloatArray, errors: FloatArray, correlation: FloatArray) -> Average:
    r"""Best linear unbiased average of correlated measurements of one quantity.

    With the covariance matrix V of the measurements x,

    .. math:: \bar x = \frac{1^T V^{-1} x}{1^T V^{-1} 1}, \qquad \sigma^2 = \frac{1}{1^T V^{-1} 1}, \qquad
              \chi^2 = (x - \bar x)^T V^{-1} (x - \bar x).

    For Gaussian errors the likelihood of all measurements is that of the average, times a constant. Errors are not
    scaled where the measurements disagree (Lyons, Gibaut and Clifford, NIM A 270 (1988) 110).

    Parameters
    ----------
    values, errors : (N,) arrays
        Measurements, with their standard deviations, in the same unit.
    correlation : (N, N) array
        Correlation matrix, positive definite.

    Examples
    --------
    >>> average(np.array([1.0, 3.0]), np.array([1.0, 1.0]), np.eye(2))
    Average(value=2.0, error=0.7071067811865475, chi2=2.0)
    """
    weights = np.linalg.solve(correlation, 1.0 / errors) / errors
    total = float(weights.sum())
    value = float(weights @ values) / total
    pulls = (values - value) / errors
    return Average(value, 1.0 / math.sqrt(total), float(pulls @ np.linalg.solve(correlation, pulls)))


def with_muon_moment(section: MuonMomentSection, file: Measurements) -> tuple[Measurements, list[str]]:
    """Return the measurements of a file together with the difference of a card, and caveats.

    The difference is an entry of the observable delta_a_mu, called `DIFFERENCE`; its `sources` are the entries of the
    card that it was computed from.

    Raises
    ------
    DataError
        If an entry is unknown or is no value of a_mu, if two experiments contain the same data, if an error is
        asymmetric, or if the correlation matrix is none.
    """
    experiments = [
        _entry(file, EXPERIMENTS, item, "a_mu", "data.a_mu.experiments")
        if isinstance(item, str)
        else _own(file, item.name, item.model_dump(exclude={"name"}), "a_mu", "data.a_mu.experiments")
        for item in section.experiments
    ]
    sm = (
        _entry(file, PREDICTIONS, section.sm, "a_mu_SM", "data.a_mu.sm")
        if isinstance(section.sm, str)
        else _own(file, "amu_sm_card", section.sm.model_dump(), "a_mu_SM", "data.a_mu.sm")
    )
    if DIFFERENCE in file.entries:
        raise DataError(f"{DIFFERENCE} is the name of the difference of data.a_mu; give your entry another one")
    names = [entry.id for entry in experiments]
    for one, other in combinations(names, 2):
        if one == other or (why := shared_data(file, one, other)):
            reason = "it is the same one twice" if one == other else why
            raise DataError(f"data.a_mu.experiments: {one} and {other} cannot be averaged: {reason}")
    for entry in (*experiments, sm):
        if entry.plus != entry.minus:
            raise DataError(f"data.a_mu: the error of {entry.id} is asymmetric; the average needs one number")
    correlation = _correlation(section, len(experiments))
    values, errors = (np.array([getattr(entry, key) for entry in experiments]) for key in ("value", "error"))
    mean = average(values, errors, correlation)
    assert sm.value is not None
    content = {
        "observable": "delta_a_mu",
        "value": mean.value - sm.value,
        "error": math.hypot(mean.error, sm.error),
        "kind": "difference",
        "status": "user",
        "origin": "run card",
        "derived_from": [*names, sm.id],
        "note": f"average {mean.value:.12g} +- {mean.error:.3g} of {', '.join(names)}, minus {sm.id}",
    }
    difference = replace(parse_entry(DIFFERENCE, content, "data.a_mu"), sources=(*experiments, sm))
    entries = {**file.entries, **{entry.id: entry for entry in (*experiments, sm)}, DIFFERENCE: difference}
    made = f"delta_a_mu = {difference.value:.4g} +- {difference.error:.3g}: {difference.note}"
    caveats = [made, *_caveats(experiments, sm, mean)]
    return replace(file, entries=entries, own={**file.own, DIFFERENCE: None}), caveats


def _entry(file: Measurements, short: Mapping[str, str], name: str, observable: str, where: str) -> Measurement:
    """Entry of the file behind a short name or an identifier."""
    entry = file.entries.get(short.get(name, name))
    allowed = [e.id for e in file.entries.values() if e.observable == observable and e.value is not None]
    if entry is None or entry.id not in allowed:
        raise DataError(f"{where} = {name!r}; {nearest(name, [*short, *allowed])}")
    return entry


def _own(file: Measurements, name: str, content: Mapping[str, object], observable: str, where: str) -> Measurement:
    """Entry of a number on the card."""
    place = f"{where}.{name}"
    if name in file.entries or name in EXPERIMENTS:
        raise DataError(f"{place}: the name belongs to another entry")
    fields = {"observable": observable, "kind": "measurement", "status": "user", "origin": "run card"}
    return parse_entry(name, {**content, **fields}, place)


def _correlation(section: MuonMomentSection, size: int) -> FloatArray:
    """Correlation matrix of the experiments."""
    if section.correlation is None:
        return np.eye(size)
    matrix = section.correlation
    if len(matrix) != size or any(len(row) != size for row in matrix):
        raise DataError(f"data.a_mu.correlation must be {size} x {size}, in the order of the experiments")
    array = np.array(matrix)
    if not np.array_equal(array, array.T) or not np.all(np.diag(array) == 1.0) or np.linalg.eigvalsh(array)[0] <= 1e-9:
        raise DataError("data.a_mu.correlation must be symmetric and positive definite, with ones on the diagonal")
    return array


def _caveats(experiments: list[Measurement], sm: Measurement, mean: Average) -> list[str]:
    found = []
    freedom = len(experiments) - 1
    if freedom and (probability := float(scipy.special.chdtrc(freedom, mean.chi2))) < DISAGREE:
        found.append(
            f"the experiments of data.a_mu disagree: chi2/dof = {mean.chi2:.1f}/{freedom} "
            f"(probability {probability:.2g}); their errors are not scaled"
        )
    if sm.id in PREDICTIONS.values() and sm.note:
        found.append(f"prediction {sm.id} of a_mu: {sm.note}")
    return found
