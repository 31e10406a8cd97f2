"""Chapters of docs/validation.md about predictions: references, and the numbers of the papers."""

from __future__ import annotations

from analysis.validation.markdown import Results, paragraph, table, verdict


def physics(results: Results) -> list[str]:
    """Largest differences by quantity, and the example files of GM2Calc."""
    rows = [
        [
            row["group"],
            row["quantity"],
            row["reference"],
            row["points"],
            f"{row['difference']:.1e}" + ("" if row["scale"] == "value" else f" ({row['scale']})"),
            f"{row['tolerance']:.0e}",
            verdict(row["difference"] <= row["tolerance"]),
        ]
        for row in results["rows"]
    ]
    own = [row for row in rows if row[0] != "GM2Calc"]
    other = [row[1:] for row in rows if row[0] == "GM2Calc"]
    titles = ["quantity", "reference", "values", "largest relative difference", "tolerance", "passed"]
    files = [
        [
            f"`{f['file']}`",
            f["level"],
            f"{f['ours']:.9e}",
            f"{f['gm2calc']:.9e}",
            f"{f['ours'] / f['gm2calc'] - 1:+.1e}",
        ]
        for f in results["files"]
    ]
    return [
        *paragraph(
            """Largest difference over all reference points, relative to the reference value or to what stands in
            brackets. The points include degenerate and hierarchic masses. The reference values lie beside the
            tests in `tests/models`, with their origin."""
        ),
        "",
        *table(["model", *titles], own),
        "",
        "### GM2Calc side by side",
        "",
        *table(titles, other),
        "",
        "GM2Calc's own example files, and variants of them (it prints nine digits):",
        "",
        *table(["file", "level", "Δa_μ, g2fit", "Δa_μ, GM2Calc", "relative difference"], files),
    ]


def papers(results: Results) -> list[str]:
    """Numbers of rows that agree, and those that do not with their explanation."""
    count = [[p["paper"], p["rows"], p["agree"], p["rows"] - p["agree"]] for p in results["papers"]]
    differ = [
        [
            row["paper"],
            row["place"],
            row["quantity"].replace("|", "\\|"),
            f"{row['printed']:.4g}",
            "none" if row["ours"] is None else f"{row['ours']:.4g}",
            row["note"].replace("|", "\\|"),
        ]
        for row in results["differ"]
    ]
    return [
        *paragraph(
            """Passed means that every numbered equation, table and figure has its rows. Numbers that differ are
            shown as differing; none was adjusted."""
        ),
        "",
        *table(["paper", "numbers", "agree", "differ"], count),
        "",
        "Those that differ:",
        "",
        *table(["paper", "place", "quantity", "printed", "ours", "explanation"], differ),
    ]
