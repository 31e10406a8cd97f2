"""What each constraint does to vector-like leptons: ``python -m analysis.constraints``.

One constraint after the other is added to the magnetic moments, for the data of the papers and those of November 2026,
and for partners of the muon and of electron and muon; the MSSM, which feels none of them, is shown beside. Writes
``constraints.md`` and ``constraints.json`` to ``analysis/output``.

The evidence is from prior Monte Carlo, whose weighted draws also give the share of each posterior that the next
constraint allows: the weight of the draws at which every new limit and cut holds, and chi2 of the new Gaussian terms is
less than four above that of the Standard Model. T and the scale of the vacuum's decay at a best fit are always those of
the exact mixing. With ``--page docs/constraints.md`` the tables on that page are replaced, too.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from analysis.constraints.fits import Row, mssm_row, rows_of
from analysis.constraints.steps import ANALYSIS, DATA, MODELS
from analysis.constraints.table import cells, markdown, replace_tables
from g2fit.core.files import write_text
from g2fit.inference.evidence import Aim


def main() -> None:
    """Compute all rows and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ANALYSIS / "output")
    parser.add_argument("--data", nargs="*", choices=list(DATA), default=list(DATA))
    parser.add_argument("--model", nargs="*", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--error", type=float, default=0.02, help="of ln B")
    parser.add_argument("--page", type=Path, help="page whose tables are replaced")
    arguments = parser.parse_args()
    aim = Aim(arguments.error, 1.5 * arguments.error, 2**17, 2**21, 2**23)
    rows: list[Row] = []
    for data in arguments.data:
        for model in arguments.model:
            for row in rows_of(data, model, aim):
                rows.append(row)
                print(" | ".join([data, model, *cells(row)]), file=sys.stderr)
        rows.append(mssm_row(data, aim))
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_text(arguments.out / "constraints.json", json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    write_text(arguments.out / "constraints.md", markdown(rows))
    if arguments.page:
        write_text(arguments.page, replace_tables(arguments.page.read_text(encoding="utf-8"), rows))
    print(arguments.out / "constraints.md")


if __name__ == "__main__":
    main()
