"""What each constraint does to vector-like leptons: ``python -m analysis.constraints``.

One constraint after the other is added to the magnetic moments, for the data of the papers and those of November 2026,
and for partners of the muon and of electron and muon; the MSSM, which feels none of them, is shown beside. Writes
``constraints.md`` and ``constraints.json`` to ``analysis/output``, and the figure ``surviving`` of the masses of Fig 5
of 2106.01373 that all constraints allow, with its data.

The evidence is from prior Monte Carlo, or from importance sampling where a million draws of the prior are not enough.
The weighted draws also give the share of each posterior that the next constraint allows: the weight of the draws at
which every new limit and cut holds, and chi2 of the new Gaussian terms is less than four above that of the Standard
Model. T and the scale of the vacuum's decay at a best fit are always those of
the exact mixing. With ``--page docs/constraints.md`` the tables on that page are replaced, too.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")

from analysis.constraints.figure import figure
from analysis.constraints.fits import Row, mssm_row, rows_of
from analysis.constraints.region import MOMENTS, PANELS, surviving
from analysis.constraints.script import aim_of, make_parser, write_tables
from analysis.constraints.steps import DATA, MODELS
from analysis.constraints.table import cells, markdown
from analysis.reproduction.vll.figures import save_for_print
from g2fit.inference.evidence import Aim


def compute(data: list[str], models: list[str], aim: Aim) -> list[Row]:
    """Return all rows of the tables."""
    rows: list[Row] = []
    for name in data:
        for model in models:
            for row in rows_of(name, model, aim):
                rows.append(row)
                print(" | ".join([name, model, *cells(row)]), file=sys.stderr)
        rows.append(mssm_row(name, aim))
    return rows


def draw(folder: Path, points: int) -> None:
    """Draw the figure, and write its data."""
    axis, ratios = np.geomspace(100.0, 4000.0, points), np.geomspace(5e-3, 50.0, 2 * points)
    rows = [[surviving(couplings, moment, axis, ratios) for moment in MOMENTS] for couplings in PANELS]
    save_for_print(figure(rows), folder / "surviving")
    for letter, data in zip("abcd", (data for row in rows for data in row), strict=True):
        data.to_netcdf(folder / f"surviving-{letter}.nc", engine="h5netcdf")


def main() -> None:
    """Compute the tables and draw the figure."""
    parser = make_parser(__doc__)
    parser.add_argument("--data", nargs="*", choices=list(DATA), default=list(DATA))
    parser.add_argument("--model", nargs="*", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--points", type=int, default=81, help="of each axis of the figure")
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    if arguments.what != "tables":
        draw(out, arguments.points)
        print(out / "surviving.pdf")
    if arguments.what != "figure":
        rows = compute(arguments.data, arguments.model, aim_of(arguments.error))
        write_tables(out / "constraints", [asdict(row) for row in rows], markdown(rows), arguments.page)


if __name__ == "__main__":
    main()
