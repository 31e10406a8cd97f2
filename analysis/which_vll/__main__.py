"""Which vector-like lepton describes the data best: ``python -m analysis.which_vll``.

Evidence, best fit and the sign of the muon's coupling to the Higgs boson for all pairs and single representations of
vector-like leptons and for the MSSM, on the data of 2021 and of November 2026; and the figure of Delta a_mu against the
signal strength of h -> mu mu. Writes ``which-vll.json``, ``which-vll.md``, the figure ``which-vll`` and its data to
``analysis/output``. With ``--page docs/which-vll.md`` the tables on that page are replaced, too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")

from analysis.constraints.script import aim_of, make_parser, write_tables
from analysis.reproduction.vll.figures import save_for_print
from analysis.which_vll.correlation import bands, figure
from analysis.which_vll.models import PAIRS, SCENARIOS, SINGLES, Scenario
from analysis.which_vll.table import COLUMNS, Compared, compare, markdown, restored
from g2fit.inference.evidence import Aim


def compute(aim: Aim, headings: Sequence[str]) -> list[Compared]:
    """Fit all scenarios of some columns.

    The MSSM has the prior of its card only, and single representations have no sign.
    """
    models = {"log": SCENARIOS, "uniform": (*PAIRS, *SINGLES), "reversed": tuple(PAIRS), "stable": (*PAIRS, *SINGLES)}
    found = []
    for data, prior, heading in (column for column in COLUMNS if column[-1] in headings):
        for names in models[prior]:
            found.append(compare(Scenario(names, data, prior), aim))
            row = found[-1].row
            print(f"{heading} | {row.model} | {row.log_b:+.3f} ± {row.error:.3f} ({row.method})", file=sys.stderr)
    return found


def kept(path: Path, headings: Sequence[str]) -> list[Compared]:
    """Return the saved fits of all columns but those of `headings`."""
    fits = [restored(saved) for saved in json.loads(path.read_text(encoding="utf-8"))]
    new = [(data, prior) for data, prior, heading in COLUMNS if heading in headings]
    return [fit for fit in fits if (fit.scenario.data, fit.scenario.prior) not in new]


def draw(folder: Path, draws: int) -> None:
    """Draw the figure, and write its data."""
    edges = 1e-10 * np.arange(-4.0, 38.5, 1.0)
    found = {pair: bands(pair, edges, draws) for pair in PAIRS}
    save_for_print(figure(found), folder / "which-vll")
    for pair, name in PAIRS.items():
        found[pair].to_netcdf(folder / f"which-vll-{name}.nc", engine="h5netcdf")


def main() -> None:
    """Compute the tables and draw the figure."""
    parser = make_parser(__doc__)
    parser.add_argument("--draws", type=int, default=16_000_000, help="of the prior, for each band of the figure")
    everything = [heading for *_, heading in COLUMNS]
    parser.add_argument("--columns", nargs="+", choices=everything, metavar="HEADING",
                        help="columns that are computed; the others are those of which-vll.json in --out")  # fmt: skip
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    if arguments.what != "tables":
        draw(out, arguments.draws)
        print(out / "which-vll.pdf")
    if arguments.what != "figure":
        chosen = arguments.columns or everything
        found = kept(out / "which-vll.json", chosen) if arguments.columns else []
        found += compute(aim_of(arguments.error), chosen)
        write_tables(out / "which-vll", [asdict(fit) for fit in found], markdown(found), arguments.page)


if __name__ == "__main__":
    main()
