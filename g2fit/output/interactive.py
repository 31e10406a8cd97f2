"""For Python and notebooks: a result that shows its numbers and figures, and scans and figures in one call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g2fit import results
from g2fit.core.errors import InputError
from g2fit.core.html import html_table, html_text
from g2fit.core.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from g2fit.card import Card

__all__ = ["Result", "plot", "scan"]


class Result(results.Result):
    """The result of a run, with its numbers, figures and tables.

    Beside what `g2fit.results.Result` has, ``result["m_L"]`` are the draws of a parameter or derived quantity, and
    ``result.tree`` is everything in ``result.nc`` for ArviZ.

    Parameters
    ----------
    folder : path
        The run folder.
    """

    def __getitem__(self, name: str) -> FloatArray:
        """All draws (N,) of a parameter or derived quantity, in the order of `to_dataframe`.

        Raises
        ------
        StoreError
            If the run has no such quantity.
        """
        return self.array(self.group_of(name), name).ravel()

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def _ipython_key_completions_(self) -> list[str]:
        return self.names

    def summary(self) -> pd.DataFrame:
        """Mean, spread, intervals and convergence, a row for each parameter and derived quantity.

        Intervals have two columns, such as ``68.27% low`` and ``68.27% high``. Its attribute ``attrs`` has
        everything that ``g2fit summary`` shows: regions, limits, best fit, pulls, statistics.
        """
        import pandas as pd

        from g2fit.output.summary import summarise

        found = summarise(self)
        rows = {name: _flat(row) for name, row in found["quantities"].items()}
        table = pd.DataFrame.from_dict(rows, orient="index")
        table.attrs = found
        return table

    def plot(self, kind: str = "corner") -> Figure:
        """Draw a figure of the run: ``corner``, ``trace``, ``prior`` or ``predictive``; save it with ``.savefig``.

        Raises
        ------
        InputError
            For another kind, and if there is nothing to draw.
        """
        from g2fit.output.plots import KINDS, figures_of
        from g2fit.output.plots.figure_data import FigureData
        from g2fit.output.plots.style import known

        for _, _, figure in figures_of(FigureData(self), known("kind of figure", [kind], KINDS)):
            return figure
        raise InputError(f"{self.folder.path}: has nothing to draw as {kind}")

    def to_dataframe(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Draws as a table with a row for each, see `g2fit.output.export.tables.draws_table`."""
        from g2fit.output.export.tables import draws_table

        return draws_table(self, names)

    def __repr__(self) -> str:
        state = "converged" if self.converged else "not converged"
        return (
            f"<result {str(self.folder.path)!r}: {self.model_name} on {self.vintage}, {state}, "
            f"{len(self.parameter_names)} parameters, {len(self.names) - len(self.parameter_names)} derived quantities>"
        )

    def _repr_html_(self) -> str:
        """Medians and intervals as a table, for notebooks."""
        table = self.summary()
        shown = ["median", *(column for column in table.columns if column.endswith((" low", " high")))]
        rows = [(name, *(float(row[column]) for column in shown)) for name, row in table.iterrows()]
        return f"<p>{html_text(repr(self))}</p>{html_table('', ('', *shown), rows)}"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Numbers and texts of a row of a summary, with two numbers in place of each interval."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(end, int | float) for end in value):
            flat |= {f"{name} low": value[0], f"{name} high": value[1]}
        elif isinstance(value, int | float | str):
            flat[name] = value
    return flat


def plot(runs: str | Path | Sequence[str | Path], **options: Any) -> list[Path]:
    """Draw the figures of one or several runs into files, as ``g2fit plot`` does.

    Parameters
    ----------
    runs : path or sequence of paths
        Run folders.
    **options
        Those of `g2fit.output.plots.several_runs.draw_request`: ``kinds``, or ``x`` and ``y`` for one figure of all
        runs, ``formats``, ``labels``, ``folder``.

    Returns
    -------
    list of Path
        The files.
    """
    from g2fit.output.plots.several_runs import draw_request

    return draw_request([runs] if isinstance(runs, str | Path) else runs, **options)


def scan(
    card: Card | str | Path, x: str, y: str | None = None, *, nodes: tuple[int, int] = (50, 50), **options: Any
) -> xr.Dataset:
    """Profile likelihood over one or two parameters, as ``g2fit scan`` computes it.

    Parameters
    ----------
    card : Card or path
        The fit, or a run folder.
    x, y : str
        Parameters; without `y` only `x` is held fixed.
    nodes : (int, int)
        Nodes along x and y.
    **options
        ``folder`` of the result, ``workers`` and ``scheduler``.

    Returns
    -------
    xarray.Dataset
        The profile likelihood, which is written to the folder, too.
    """
    from g2fit.card import Card
    from g2fit.inference.profile.line import scan_request
    from g2fit.inference.profile.node_grid import Axis

    fit = card if isinstance(card, Card) else Card.load(card)
    found, _ = scan_request(fit, Axis(x, nodes[0]), None if y is None else Axis(y, nodes[1]), **options)
    return found
