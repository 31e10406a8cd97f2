"""What 1906.08768 prints beside what this package finds: equations, figures, tables, and statements of the text."""

from __future__ import annotations

from analysis.reproduction.mssm import identities, landmarks, smuon_decays, statements, tables, two_loops
from analysis.reproduction.records import Record

__all__ = ["all_records", "figures", "text"]


def figures() -> list[Record]:
    """Compare what the text says of Figs 1 and 2."""
    return [*identities.figure_1(), *landmarks.figures()]


def text() -> list[Record]:
    """Check the statements of the text."""
    return [*statements.statements(), *smuon_decays.smuon_decays()]


def all_records() -> list[Record]:
    """Compare everything: equations, figures, Tables 1 and 2, statements, and two loops with GM2Calc."""
    tabulated = [*tables.table_1(), *tables.table_2()]
    return [*identities.equations(), *figures(), *tabulated, *text(), *two_loops.two_loops()]
