"""Draw Figs 2, 5 and 6 of 2106.01373 and variants of them: ``python -m analysis.reproduction.vll``.

Writes the figures (PDF, PNG), their data (netCDF) and the table of all numbers (Markdown) to ``analysis/output/vll``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import xarray as xr

matplotlib.use("Agg")

from analysis.reproduction.vll import figure_maps as maps
from analysis.reproduction.vll import figures, reproduction
from analysis.reproduction.vll.limits import electroweak_limit
from analysis.reproduction.vll.mass_plane import Corner, MassPlane, future_corners, paper_corners


def corners_with(ew: Corner, arguments: argparse.Namespace) -> dict[str, Corner]:
    """Return all limits of a figure, given the present electroweak one."""
    tau = Corner(paper_corners()["tau"].t_L, ew.t_R, paper_corners()["tau"].label)
    return {"ew": ew, "tau": tau, **future_corners(ew, arguments.ilc, arguments.gigaz)}


def main() -> None:
    """Draw all figures and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[2] / "output" / "vll")
    parser.add_argument("--ilc", choices=["coupling", "ratio"], default="coupling", help="quantity with the error 6e-4")
    parser.add_argument(
        "--gigaz", choices=["absolute", "relative"], default="absolute", help="quantity with the error 2e-4"
    )
    parser.add_argument(
        "--block", default="leptonic10", help="electroweak couplings that give the limits with the G_F shift"
    )
    parser.add_argument("--points", type=int, default=241, help="grid points, in each direction")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    def save(name: str, figure: Any, *data: xr.Dataset) -> None:
        figures.save_for_print(figure, arguments.out / name)
        for panel, dataset in zip("abcdefgh", data, strict=False):
            dataset.to_netcdf(arguments.out / f"{name}{panel}.nc", engine="h5netcdf")
        print(arguments.out / f"{name}.pdf")

    axis, wide_axis = maps.mass_axis(n=arguments.points), maps.mass_axis(50.0, n=arguments.points)
    paper = corners_with(paper_corners()["ew"], arguments)
    block = arguments.block
    fermi = corners_with(Corner(electroweak_limit("t_L", block), electroweak_limit("t_R", block)), arguments)
    labels = {name: corner.label for name, corner in paper.items()}
    variants: list[tuple[str, dict[str, Any], dict[str, Corner]]] = [
        ("eq (12)", {}, paper),
        ("eq (12) + top loop", {"top_loop": True}, paper),
        ("exact one loop", {"formula": "exact"}, paper),
        ("limits with $G_F$ shift", {}, fermi),
    ]

    integrand = maps.loop_integrand()
    save("fig2", figures.figure_2(integrand), integrand)
    drawings: list[tuple[str, Callable[..., xr.Dataset], Callable[..., Any]]] = [
        ("fig5", maps.fixed_moment, figures.figure_5),
        ("fig6", maps.fixed_tuning, figures.figure_6),
    ]
    for name, data, draw in drawings:
        rows = [
            [data(MassPlane(*panel, options), axis, axis, corners) for _, options, corners in variants]
            for panel in maps.PANELS
        ]
        panels = [row[0] for row in rows]
        save(name, draw(panels, labels), *panels)
        titles = [title for title, _, _ in variants]
        figure = figures.figure_variants(rows, titles, labels | {"ew": "EW fit"})
        save(f"{name}_variants", figure, *rows[0], *rows[1])
    failures = [maps.failure_of_eq12(*panel, wide_axis, wide_axis) for panel in (*maps.PANELS, (1.0, 1.0))]
    save("eq12_failure", figures.figure_failure(failures), *failures)

    table = arguments.out / "reproduction.md"
    table.write_text(reproduction.as_table(reproduction.all_records()) + "\n")
    print(table)


if __name__ == "__main__":
    main()
