"""Names of former versions that stay valid, in one table; whoever uses one on a card is told the present name.

Hashes of cards are computed from the former names (`former_card`), so that run folders, evidence and scans made before
a name was changed are still found, continued and compared.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

__all__ = [
    "announce",
    "current_card",
    "current_data",
    "current_estimator",
    "current_identity",
    "current_options",
    "current_vintage",
    "former_card",
]

#: Model to option to former value to present value.
MODEL_OPTIONS: dict[str, dict[str, dict[str, str]]] = {"vll": {"formula": {"seed": "leading_order"}}}

#: Key of the section ``data`` of a card to former value to present value.
DATA: dict[str, dict[str, str]] = {
    "vintage": {"seed_2019": "paper_2019", "seed_2021": "paper_2021", "seed_joint": "paper_joint"},
    "electroweak": {"seed": "paper", "seed_cuts": "paper_cuts"},
    "ew_block": {"seed_pair": "paper_pair"},
}

#: Former name of an estimator of the evidence to its present name.
ESTIMATORS = {"A": "prior", "B": "bridge", "C": "nested"}

_log = logging.getLogger("g2fit")
_announced: set[str] = set()


def current_options(model: str, options: Mapping[str, Any], notes: list[str] | None = None) -> dict[str, Any]:
    """Options of a model with present values; each former one adds a text to `notes`.

    >>> notes = []
    >>> current_options("vll", {"formula": "seed", "gf_shift": True}, notes), notes
    ({'formula': 'leading_order', 'gf_shift': True}, ['formula: seed is now leading_order'])
    """
    return _translated(options, MODEL_OPTIONS.get(model, {}), notes)


def current_data(choices: Mapping[str, Any], notes: list[str] | None = None) -> dict[str, Any]:
    """Section ``data`` of a card with present values; each former one adds a text to `notes`."""
    return _translated(choices, DATA, notes)


def current_vintage(name: str, notes: list[str] | None = None) -> str:
    """Present name of a vintage.

    >>> current_vintage("seed_2021"), current_vintage("latest_2026_11")
    ('paper_2021', 'latest_2026_11')
    """
    return str(current_data({"vintage": name}, notes)["vintage"])


def current_estimator(name: str, notes: list[str] | None = None) -> str:
    """Present name of an estimator of the evidence.

    >>> current_estimator("A"), current_estimator("bridge")
    ('prior', 'bridge')
    """
    return str(_translated({"method": name}, {"method": ESTIMATORS}, notes)["method"])


def current_card(raw: Mapping[str, Any], notes: list[str] | None = None) -> dict[str, Any]:
    """Unvalidated content of a card with present names; each former one adds a text to `notes`."""
    return _translated_card(raw, MODEL_OPTIONS, DATA, notes)


def former_card(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Resolved card with the former names, of which hashes are made.

    >>> former_card({"model": {"name": "vll", "formula": "leading_order"}, "data": {"vintage": "paper_2021"}})
    {'model': {'name': 'vll', 'formula': 'seed'}, 'data': {'vintage': 'seed_2021'}}
    """
    options = {
        model: {key: _inverse(table) for key, table in tables.items()} for model, tables in MODEL_OPTIONS.items()
    }
    return _translated_card(resolved, options, {key: _inverse(table) for key, table in DATA.items()}, None)


def current_identity(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Flat dictionary of a card (``"model.formula"``, …), such as a manifest holds, with present names."""
    options = MODEL_OPTIONS.get(str(identity.get("model.name")), {})
    tables = {f"model.{key}": table for key, table in options.items()}
    return _translated(identity, tables | {f"data.{key}": table for key, table in DATA.items()}, None)


def announce(place: str, notes: list[str]) -> None:
    """Tell the user of former names, once: the command line prints it, Python programs see it with `logging` (INFO).

    Parameters
    ----------
    place : str
        Where the names stand, such as ``"on analysis/old.yaml"``.
    notes : list of str
        What the functions of this module collected; nothing is said if it is empty.
    """
    text = f"old names {place}: {', '.join(notes)}"
    if notes and text not in _announced:
        _announced.add(text)
        _log.info(text)


def _translated(
    content: Mapping[str, Any], tables: Mapping[str, Mapping[str, str]], notes: list[str] | None
) -> dict[str, Any]:
    result = dict(content)
    for key, table in tables.items():
        value = content.get(key)
        if isinstance(value, str) and value in table:
            result[key] = table[value]
            if notes is not None:
                notes.append(f"{key}: {value} is now {table[value]}")
    return result


def _translated_card(
    raw: Mapping[str, Any],
    options: Mapping[str, Mapping[str, Mapping[str, str]]],
    data: Mapping[str, Mapping[str, str]],
    notes: list[str] | None,
) -> dict[str, Any]:
    result = dict(raw)
    model = raw.get("model")
    if isinstance(model, Mapping):
        result["model"] = _translated(model, options.get(str(model.get("name")), {}), notes)
    if isinstance(raw.get("data"), Mapping):
        result["data"] = _translated(raw["data"], data, notes)
    return result


def _inverse(table: Mapping[str, str]) -> dict[str, str]:
    return {present: former for former, present in table.items()}
