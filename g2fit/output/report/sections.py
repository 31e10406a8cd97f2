"""What a report says about one run: what was fitted, whether it converged, posterior, fit, evidence, provenance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.output.report.evidences import evidence, with_error
from g2fit.output.report.markup import (
    Column,
    Markup,
    as_printed,
    element,
    interval,
    join,
    listing,
    number,
    pairs,
    spread,
    table,
    verbatim,
)
from g2fit.output.report.reported_run import ReportedRun
from g2fit.sampling.diagnostics import INTERVALS

__all__ = ["SECTIONS", "Pictures"]

#: Figures of one kind, encoded.
Pictures = Mapping[str, Markup]

#: A gap between the parts of a region is closed if it holds a smaller share of the draws.
GAP = 0.02

#: Probabilities of intervals and regions, as text.
LEVELS = tuple(f"{100 * level:.2f}\N{NO-BREAK SPACE}%" for level in INTERVALS)


def verdict(subject: ReportedRun) -> Markup:
    """Say in words and a colour whether the run has converged."""
    found, stop = subject.result.verdict, subject.result.card.sampler.stop
    done = subject.result.converged
    word = "\N{CHECK MARK} Converged" if done else "\N{WARNING SIGN} Not converged"
    why = (
        f"smallest effective sample size {found.ess:.0f} ({found.ess_name}; target {stop.ess:.0f}), "
        f"largest R-hat {found.rhat:.4f} ({found.rhat_name}; target {stop.rhat:g})"
    )
    caution = "" if done else " The numbers below are preliminary."
    return element("p", element("strong", word), f": {why}.{caution}", class_=f"verdict {'good' if done else 'bad'}")


def at_a_glance(subject: ReportedRun) -> Markup:
    """Verdict and the few numbers that everyone asks for."""
    card, fit = subject.result.card, subject.summary["best_fit"]
    data, chi2 = subject.fitted
    facts: list[tuple[str, str]] = [
        ("Model", _model(subject)),
        ("Data", join([element("code", card.dataset.vintage), f" ({card.dataset.description})"])),
        ("Sampled parameters", str(len(card.sampled))),
        ("Best fit", join(["ln\N{NO-BREAK SPACE}L = ", number(fit["log_likelihood"], 6)])),
        (
            f"\N{GREEK SMALL LETTER CHI}\N{SUPERSCRIPT TWO} of {len(data)} data at the best fit",
            number(sum(chi2.values()), 4),
        ),
    ]
    if subject.evidence is not None and subject.evidence_is_of_this_run:
        facts.append(("Evidence", join(["ln\N{NO-BREAK SPACE}Z = ", with_error(subject.evidence)])))
    facts.append(("Finished", subject.finished))
    return join([verdict(subject), pairs(facts)])


def _model(subject: ReportedRun) -> Markup:
    options = ", ".join(f"{key}: {_plain(value)}" for key, value in subject.result.card.model_options.items())
    return join([element("code", subject.result.card.model_name), f" ({options})" if options else ""])


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


# What was fitted ----------------------------------------------------------------------------------------------------


def what_was_fitted(subject: ReportedRun) -> Markup:
    """Parameters, priors, cuts, data and the card."""
    card, likelihood = subject.result.card, subject.posterior.likelihood
    priors = [
        [subject.label(p.name), _prior(p), p.unit or "\N{EN DASH}", subject.quantities[p.name].description]
        for p in card.parameters
    ]
    columns = [Column("Parameter"), Column("Prior or value"), Column("Unit"), Column("Meaning")]
    parts = [table("Parameters and their priors", columns, priors, stacked=True)]
    cuts = [[subject.label(name), number(cut.min), number(cut.max), cut.role] for name, cut in card.cuts.items()]
    if cuts:
        names = [Column("Quantity"), Column("From", True), Column("To", True), Column("Enters as")]
        parts.append(table("Cuts", names, cuts))
    parts.append(_data(subject))
    notes: list[str] = list(card.dataset.warnings)
    if likelihood.sm_valued:
        notes.append("Kept at their Standard Model value: " + ", ".join(likelihood.sm_valued) + ".")
    if likelihood.not_applicable:
        notes.append("Limits that bound nothing in this model: " + ", ".join(likelihood.not_applicable) + ".")
    shown = [entry.id for entry in card.dataset.figure_only]
    if shown:
        notes.append("For figures only, not fitted: " + ", ".join(shown) + ".")
    if subject.data_fingerprint != card.dataset.fingerprint:
        notes.append("The measurements that this version of g2fit holds differ from those that the run was made with.")
    if notes:
        parts.append(listing(notes, "notes"))
    parts += [element("h4", "Run card, resolved"), verbatim("Run card", card.to_yaml())]
    return join(parts)


def _prior(setting: Any) -> Markup:
    if setting.prior is None:
        if setting.same_as is not None:
            return join(["equal to ", element("code", setting.same_as)])
        return join(["fixed to ", number(setting.value, 6)])
    arguments = (join([f"{key}\N{NO-BREAK SPACE}", number(value, 6)]) for key, value in setting.prior.arguments.items())
    return join([f"{setting.prior.dist}: ", join(arguments, ", ")])


def _data(subject: ReportedRun) -> Markup:
    rows, options = [], []
    for row in subject.result.card.dataset.table():
        if row["role"] == "option":
            options.append((row["entry"], row["value"]))
        elif row["role"] != "figure only":
            observable = join([subject.label(name) for name in row["observable"].split(", ")], ", ")
            numbers = (as_printed(row[key]) for key in ("value", "error"))
            texts = (row[key] for key in ("unit", "date", "reference", "role", "status"))
            rows.append([element("code", row["entry"]), observable, *numbers, *texts])
    columns = [Column("Entry"), Column("Observable"), Column("Value", True), Column("Error", True), Column("Unit"),
               Column("Date"), Column("Reference"), Column("Role"), Column("Status")]  # fmt: skip
    parts = [table(f"Data: vintage {subject.result.card.dataset.vintage}", columns, rows, stacked=True)]
    shown = {"vintage", *(name for name, _ in options)}
    choices = subject.result.card.dataset.choices.items()
    options += [(str(key), _plain(value)) for key, value in choices if key not in shown]
    if options:
        parts.append(pairs(options))
    return join(parts)


# Convergence --------------------------------------------------------------------------------------------------------


def convergence(subject: ReportedRun) -> Markup:
    """How the run was judged, and what the sampler did."""
    found, card, statistics = subject.result.verdict, subject.result.card, subject.result.statistics
    facts = [
        ("Ensembles", f"{card.sampler.ensembles} of {card.sampler.walkers} walkers"),
        ("Steps", f"{found.steps}, the first {found.discard} left out"),
        ("Longest autocorrelation time", f"{found.tau:.1f} steps"),
        ("Evaluations", f"{statistics['evaluations']:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")),
        ("Acceptance", f"{statistics['acceptance']:.3f}"),
        ("Share of the prior left by its cuts", _share(statistics["prior_fraction"])),
    ]
    efficiencies = [value for value in statistics.get("proposal_efficiency", []) if value is not None]
    if efficiencies:
        worst, best = min(efficiencies), max(efficiencies)
        facts.append(("Efficiency of the fitted proposals", f"{worst:.2f} to {best:.2f}"))
    counts = {name: count for name, count in statistics["reasons"].items() if count}
    total = sum(counts.values())
    reasons = [[name.replace("_", " "), str(count), f"{count / total:.2%}"] for name, count in counts.items()]
    columns = [Column("Outcome"), Column("Evaluations", True), Column("Share", True)]
    judged = (
        "Effective sample sizes are those of ranks, pooled over all walkers; R-hat compares independent ensembles, "
        "never walkers of one. Every parameter and derived quantity must reach both targets."
    )
    parts = [element("p", judged), pairs(facts)]
    if reasons:
        parts.append(table("What became of the evaluated points", columns, reasons))
    return join(parts)


def _share(pair: Any) -> str:
    share, error = pair
    return "all" if share == 1.0 else f"{share:.4f} \N{PLUS-MINUS SIGN} {error:.4f}"


# Posterior ----------------------------------------------------------------------------------------------------------


def posterior(subject: ReportedRun) -> Markup:
    """Intervals of everything, regions of highest density, and shares of the modes."""
    rows, constants = [], []
    for name, row in subject.summary["quantities"].items():
        if "rhat" not in row:
            constants.append(join([element("code", name), " = ", number(row["mean"])]))
            continue
        bounds = [interval(*row[f"{100 * level:.2f}%"]) for level in INTERVALS]
        sizes = [f"{row[key]:.0f}" for key in ("ess_bulk", "ess_tail")]
        rows.append(
            [
                subject.label_with_unit(name),
                number(row["median"]),
                *bounds,
                spread(row["mean"], row["sd"]),
                *sizes,
                f"{row['rhat']:.4f}",
            ]
        )
    columns = [Column("Quantity"), Column("Median", True), *(Column(level, True) for level in LEVELS),
               Column("Mean \N{PLUS-MINUS SIGN} SD", True), Column("ESS bulk", True), Column("ESS tail", True),
               Column("R-hat", True)]  # fmt: skip
    parts = [table("Equal-tailed intervals of parameters and derived quantities", columns, rows, stacked=True)]
    if constants:
        parts.append(element("p", "Constant in this run: ", join(constants, ", "), "."))
    parts += [element("h4", "Regions"), _regions(subject), _modes(subject)]
    return join(parts)


def _regions(subject: ReportedRun) -> Markup:
    """Smallest intervals of the parameters and of what was fitted; they may have several parts."""
    shown = subject.shown
    names = shown.parameters + [name for name in shown.derived if shown.measured(name) is not None]
    rows = []
    for name in names:
        region, axis = shown.marginals.one(name), shown.marginals.axis(name)
        draws = axis.show(subject.result.draws(name).ravel())
        cells = []
        for level in INTERVALS:
            ends = [sorted(map(float, axis.value(pair))) for pair in _joined(region.intervals(level), draws)]
            cells.append(join([interval(*pair) for pair in sorted(ends)], "; "))
        best = {**shown.best.predictions, **shown.best.parameters}[name]
        scale = "logarithm" if axis.scale == "log" else "value"
        rows.append([subject.label_with_unit(name), *cells, number(best), scale])
    columns = [Column("Quantity"), *(Column(level, True) for level in LEVELS),
               Column("Best fit", True), Column("Density per")]  # fmt: skip
    caption = "Credible regions: the smallest sets of this probability"
    note = f"Several parts are separated by semicolons; gaps with less than {GAP:.0%} of the draws are closed."
    return join([table(caption, columns, rows, stacked=True), element("p", note)])


def _joined(parts: Sequence[tuple[float, float]], draws: FloatArray) -> list[tuple[float, float]]:
    """Join parts of a region between which hardly any draws lie: where a density is flat, they are noise.

    >>> _joined([(0.0, 1.0), (1.1, 2.0), (5.0, 6.0)], np.linspace(0.0, 6.0, 61))
    [(0.0, 2.0), (5.0, 6.0)]
    """
    joined: list[tuple[float, float]] = []
    for low, high in sorted(parts):
        if joined and np.mean((draws > joined[-1][1]) & (draws < low)) < GAP:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


def _modes(subject: ReportedRun) -> Markup:
    modes = subject.summary["modes"]
    if not modes:
        return Markup("")
    rows = [[name, f"{mode['share']:.4f}", number(mode["error"], 2)] for name, mode in modes.items()]
    columns = [Column("Mode"), Column("Share", True), Column("Error", True)]
    return table("Modes, told apart by signs; errors from the scatter of the ensembles", columns, rows)


# Fit ----------------------------------------------------------------------------------------------------------------


def fit(subject: ReportedRun) -> Markup:
    """Best fit and pulls."""
    best = subject.summary["best_fit"]
    data, chi2 = subject.fitted
    values = [[subject.label_with_unit(name), number(value, 5)] for name, value in best["parameters"].items()]
    columns = [Column("Parameter"), Column("Value", True)]
    title = f"Best fit: largest likelihood within the prior's support, ln L = {best['log_likelihood']:.4f}"
    parts = [table(title, columns, values)]
    rows = [
        [subject.label(d.name), number(d.value, 6), number(d.error, 3), number(d.predicted, 5), _pull(d.pull)]
        for d in data
    ]
    columns = [Column("Datum"), Column("Measured", True), Column("Error", True), Column("Best fit", True),
               Column("Pull", True)]  # fmt: skip
    if rows:
        parts.append(table("Pulls: (measured \N{MINUS SIGN} best fit) / error", columns, rows, stacked=True))
        sizes = [[name.replace("_", " "), number(value, 3)] for name, value in chi2.items()]
        sizes.append([element("strong", "total"), number(sum(chi2.values()), 3)])
        heads = [Column("Term"), Column("\N{GREEK SMALL LETTER CHI}\N{SUPERSCRIPT TWO}", True)]
        parts.append(table("Chi squared at the best fit, correlations included", heads, sizes))
    branches = subject.summary["branches"]
    if branches:
        columns = [Column("Solution"), *(Column(name, True) for name in best["parameters"]), Column("ln L", True)]
        fits = [
            [str(i), *(number(v, 4) for v in fit["parameters"].values()), f"{fit['log_likelihood']:.4f}"]
            for i, fit in enumerate(branches, 1)
        ]
        parts.append(table("Best fit of each solution (branch) of the model", columns, fits, stacked=True))
    predictions = [[subject.label_with_unit(name), number(value, 5)] for name, value in best["predictions"].items()]
    if predictions:
        columns = [Column("Quantity"), Column("Value", True)]
        parts.append(table("Predictions of the best fit", columns, predictions))
    return join(parts)


def _pull(pull: float) -> Markup:
    """Write a pull, with a bar of at most three standard deviations to its left or right."""
    length = min(abs(pull), 3.0) * 10.0
    start = 30.0 - (length if pull < 0.0 else 0.0)
    bar = element(
        "svg",
        element("path", d="M30 0V10", class_="axis"),
        element("rect", x=f"{start:.1f}", y="2", width=f"{length:.1f}", height="6"),
        viewBox="0 0 60 10",
        class_="bar",
        aria_hidden="true",
    )
    return join([bar, f"{pull:+.2f}".replace("-", "\N{MINUS SIGN}")])


# Evidence and provenance --------------------------------------------------------------------------------------------


def provenance(subject: ReportedRun) -> Markup:
    """Enough to make the same chain again."""
    manifest = subject.result.manifest
    facts = [
        ("Run folder", element("code", str(subject.result.folder.path))),
        ("Seed", str(manifest.get("seed", "\N{EN DASH}"))),
        ("Fingerprint of the card", element("code", str(manifest.get("fingerprint", "\N{EN DASH}")))),
        ("Fingerprint of the data", element("code", subject.data_fingerprint or "\N{EN DASH}")),
        ("Platform", str(manifest.get("platform", "\N{EN DASH}"))),
        ("Finished", subject.finished),
        ("Versions", ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items())),
    ]
    return pairs(facts)


#: Sections of a run: identifier, heading, what writes it, and the kinds of figures that follow it.
SECTIONS: tuple[tuple[str, str, Callable[[ReportedRun], Markup], tuple[str, ...]], ...] = (
    ("glance", "At a glance", at_a_glance, ()),
    ("fitted", "What was fitted", what_was_fitted, ()),
    ("convergence", "Convergence", convergence, ("trace",)),
    ("posterior", "Posterior", posterior, ("corner", "plane", "prior")),
    ("fit", "Best fit and pulls", fit, ("predictive",)),
    ("evidence", "Evidence", evidence, ()),
    ("provenance", "Provenance", provenance, ()),
)
