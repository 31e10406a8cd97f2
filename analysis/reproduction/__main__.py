"""Compare every numbered equation, table and figure of 1906.08768 and 2106.01373 with ours: ``make reproduce``.

The same for the numbers of other papers on vector-like leptons that could be found.

Writes to ``analysis/output``: ``reproduction.md``, ``.csv`` and ``.json`` with the printed value, ours, the tolerance
with its reason, and the verdict; and the figures with their data in ``mssm`` and ``vll``. Numbers that differ are shown
as differing; the script fails only if a row is missing.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.reproduction.records import Record, markdown_table, percent
from benchmarks import recording

HERE = Path(__file__).resolve().parents[1]

#: Name of the section on representations of vector-like leptons that 2106.01373 does not have.
OTHERS = "other vector-like leptons"
#: Items of the papers of which the table must have a row, in their order; papers in the section on other leptons.
REQUIRED = {
    "1906.08768": [
        *(f"eq (1.{n})" for n in range(1, 4)), *(f"eq (2.{n})" for n in range(1, 8)), "Fig 1", "Fig 2", "Table 1",
        "Table 2", *(f"eq (3.{n})" for n in range(1, 5)),
    ],
    "2106.01373": [*(f"eq ({n})" for n in range(1, 22)), "Fig 2", "Fig 5", "Fig 6"],
    OTHERS: ["2012.02779", "1710.06445", "2108.10950", "1305.3522", "2106.01373", "2407.09421"],
}  # fmt: skip
#: Figures of the papers: paper to place to file in the output folder, without suffix.
FIGURES = {
    "1906.08768": {"Fig 1": "mssm/fig1", "Fig 2": "mssm/fig2"},
    "2106.01373": {"Fig 2": "vll/fig2", "Fig 5": "vll/fig5", "Fig 6": "vll/fig6"},
}
#: Further figures, which the papers do not show.
VARIANTS = {
    "2106.01373": {
        "Fig 5, at four levels of calculation": "vll/fig5_variants",
        "Fig 6, at four levels of calculation": "vll/fig6_variants",
        "where eq (12) fails": "vll/eq12_failure",
    }
}


def say(message: str) -> None:
    """Print a line about the progress to stderr."""
    print(message, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    paper: str
    record: Record

    @property
    def places(self) -> set[str]:
        """Items of `REQUIRED` that the row belongs to."""
        return set(re.findall(r"eq \([\d.]+\)|Fig \d|Table \d|\d{4}\.\d{4,5}", self.record.place))

    def plain(self) -> dict[str, Any]:
        """The row as plain data; None for a number that does not exist."""
        r = self.record
        return {
            "paper": self.paper,
            "place": r.place,
            "quantity": r.quantity,
            "basis": r.basis,
            "printed": r.printed,
            "ours": r.ours if math.isfinite(r.ours) else None,
            "tolerance": r.tolerance,
            "tolerance_unit": tolerance_unit(r),
            "reason": r.reason,
            "verdict": r.verdict,
            "note": r.note,
        }


def tolerance_unit(record: Record) -> str:
    """Return the unit of the tolerance."""
    if record.order:
        return "decades"
    return "absolute" if record.printed == 0.0 else "relative"


def tolerance_text(record: Record) -> str:
    """Write a tolerance as text.

    >>> from analysis.reproduction.records import identity
    >>> [tolerance_text(identity("eq (0)", "one", p, p, t)) for p, t in ((1.0, 0.025), (0.0, 1e-9), (1.0, 0.0))]
    ['2.5 %', '1e-09', 'exact']
    """
    unit = tolerance_unit(record)
    if unit == "decades":
        return f"{record.tolerance:g} decades"
    if record.tolerance == 0.0:
        return "exact"
    if unit == "absolute" or 0.0 < record.tolerance < 1e-4:
        return f"{record.tolerance:.2g}"
    return percent(record.tolerance)


def collect() -> list[Row]:
    """Compute every row, in the order of the papers."""
    from analysis.reproduction.mssm import identities, reproduction, tables, two_loops
    from analysis.reproduction.vll import reproduction as vll
    from analysis.reproduction.vll.other_leptons import other_leptons

    sources: list[tuple[str, str, Callable[[], Iterable[Record]]]] = [
        ("1906.08768", "equations", identities.equations),
        ("1906.08768", "figures", reproduction.figures),
        ("1906.08768", "Table 1", tables.table_1),
        ("1906.08768", "Table 2", tables.table_2),
        ("1906.08768", "statements", reproduction.text),
        ("1906.08768", "two loops", two_loops.two_loops),
        ("2106.01373", "equations, limits, figures and statements", vll.all_records),
        (OTHERS, "what was found", other_leptons),
    ]
    rows: list[Row] = []
    for paper, what, records in sources:
        start = time.monotonic()
        found = [Row(paper, record) for record in records()]
        rows += found
        say(f"{paper}: {what}: {len(found)} rows, {time.monotonic() - start:.1f} s")
    return sorted(rows, key=_order)


def _order(row: Row) -> int:
    """Rank of a row among its paper's items: that of its place, statements and derived numbers at the end."""
    papers, required = list(REQUIRED), REQUIRED[row.paper]
    ranks = [required.index(place) for place in row.places if place in required]
    return 1000 * papers.index(row.paper) + min(ranks, default=999)


def missing(rows: Iterable[Row], folder: Path) -> list[str]:
    """List the items of the papers without a row, and the figures without a file."""
    covered = {(row.paper, place) for row in rows for place in row.places}
    absent = [f"{paper} {place}" for paper, places in REQUIRED.items() for place in places
              if (paper, place) not in covered]  # fmt: skip
    files = [folder / f"{stem}.{ending}" for figures in (FIGURES, VARIANTS) for stems in figures.values()
             for stem in stems.values() for ending in ("pdf", "png")]  # fmt: skip
    return absent + [str(path) for path in files if not path.exists()]


def draw_mssm(folder: Path, points: int) -> None:
    """Draw Figs 1 and 2 of 1906.08768, and save the curves that they show."""
    from analysis.reproduction.mssm import figures
    from g2fit.output.plots.style import FORMATS, in_style, save

    start = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    panels = figures.paper_panels(points)
    for letter, data in zip("ab", panels, strict=True):
        data.to_netcdf(folder / f"fig1-2{letter}.nc", engine="h5netcdf")
    for name, draw in (("fig1", figures.figure_1), ("fig2", figures.figure_2)):
        figure = draw(panels)
        with in_style():
            list(save(figure, folder / name, FORMATS))
    say(f"1906.08768: figures drawn, {time.monotonic() - start:.1f} s")


def as_markdown(rows: list[Row]) -> str:
    """Write the page: a count, then a table and the figures of each paper."""
    agree = sum(row.record.agrees for row in rows)
    lines = [
        "# Reproduction of 1906.08768 and 2106.01373",
        "",
        f"{len(rows)} numbers: {agree} agree, {len(rows) - agree} differ. The tolerance of a printed number is the sum "
        "of its own rounding, of the rounding of the printed inputs, and of the choice of the gauge couplings where "
        "they matter; the column *because* gives the parts. *Basis* is the kind of the number in the paper's column: "
        "*printed*; an *order of magnitude*; an *upper* or *lower bound*; a *statement* (1 = true); an *identity*, the "
        "equation evaluated in another way; or *other evaluation*, an independent evaluation of a curve that is drawn, "
        "or the result of another program.",
        "",
    ]
    for paper in REQUIRED:
        own = [row for row in rows if row.paper == paper]
        cells = [r.cells | {"basis": r.basis, "tolerance": tolerance_text(r), "because": r.reason}
                 for r in (row.record for row in own)]  # fmt: skip
        titles = ["place", "quantity", "basis", "paper", "ours", "tolerance", "because", "verdict", "note"]
        lines += [f"## {paper[0].upper()}{paper[1:]}", "", markdown_table(titles, cells), ""]
        for place, stem in (FIGURES.get(paper, {}) | VARIANTS.get(paper, {})).items():
            lines += [f"![{place} of {paper}]({stem}.png)", f"*{place}* ([PDF]({stem}.pdf))", ""]
    return "\n".join(lines)


def summary(rows: list[Row]) -> dict[str, Any]:
    """Numbers of rows that agree, by paper, and the rows that do not."""
    papers = [
        {"paper": paper, "rows": len(own), "agree": sum(row.record.agrees for row in own)}
        for paper in REQUIRED
        for own in [[row for row in rows if row.paper == paper]]
    ]
    return {"papers": papers, "differ": [row.plain() for row in rows if not row.record.agrees]}


def write(rows: list[Row], folder: Path) -> None:
    """Write the table as Markdown, CSV and JSON."""
    plain = [row.plain() for row in rows]
    (folder / "reproduction.md").write_text(as_markdown(rows), encoding="utf-8")
    with (folder / "reproduction.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(plain[0]))
        writer.writeheader()
        writer.writerows(plain)
    summary = {"rows": len(rows), "agree": sum(row.record.agrees for row in rows)}
    content = {"summary": summary, "figures": {"paper": FIGURES, "variants": VARIANTS}, "rows": plain}
    (folder / "reproduction.json").write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def main() -> int:
    """Compute and write everything; return 1 if something is missing, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "output", help="folder to write to")
    parser.add_argument("--points", type=int, default=241, help="grid points of the figures, in each direction")
    recording.add_option(parser)
    arguments = parser.parse_args()
    start, folder = time.monotonic(), arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    say("2106.01373: drawing figures in a second process")
    command = [sys.executable, "-m", "analysis.reproduction.vll", "--out", str(folder / "vll"),
               "--points", str(arguments.points)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as drawing:
        try:
            rows = collect()
            draw_mssm(folder / "mssm", 5 * arguments.points)
        except BaseException:
            drawing.terminate()
            raise
    if drawing.returncode != 0:
        say(f"2106.01373: drawing failed (exit code {drawing.returncode})")
        return 1
    say("2106.01373: figures drawn")
    write(rows, folder)
    absent = missing(rows, folder)
    agree = sum(row.record.agrees for row in rows)
    say(f"{len(rows)} rows, {agree} agree, {len(rows) - agree} differ; {time.monotonic() - start:.0f} s")
    for item in absent:
        say(f"missing: {item}")
    recording.write(arguments.record, summary(rows) | {"passed": not absent, "seconds": time.monotonic() - start})
    for ending in ("md", "csv", "json"):
        print(folder / f"reproduction.{ending}")
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
