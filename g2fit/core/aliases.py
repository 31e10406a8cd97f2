"""Names of former versions that stay valid, in one table; the user of such a name is told the present one.

Cards are hashed under their former names (`former_card`), so that run folders, evidences and scans made before a name
changed are still found, continued and compared.
"""

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
    "former_card",
    "named_options",
]

#: Model to former name of an option to its present name.
MODEL_NAMES = {"mssm": {"qed": "two_loop"}, "mssm_higgs_mediation": {"qed": "two_loop"}}

#: Model to option to former value to present value.
MODEL_OPTIONS = {"vll": {"formula": {"seed": "leading_order"}}}

#: Key of the section ``data`` of a card to former value to present value.
DATA = {
    "vintage": {"seed_2019": "paper_2019", "seed_2021": "paper_2021", "seed_joint": "paper_joint"},
    "electroweak": {"seed": "paper", "seed_cuts": "paper_cuts"},
    "ew_block": {"seed_pair": "paper_pair"},
}

#: Model to option to its default in former versions, where that has changed.
FORMER_DEFAULTS = {
    model: {"delta": "bino", "amu": "bino", "two_loop": "leading_log"} for model in ("mssm", "mssm_higgs_mediation")
}

#: Former name of an estimator of the evidence to its present name.
ESTIMATORS = {"A": "prior", "B": "bridge", "C": "nested"}

_log = logging.getLogger("g2fit")
_announced: set[str] = set()


def current_options(model: str, options: Mapping[str, Any], notes: list[str] | None = None) -> dict[str, Any]:
    """Options of a model with present values; `notes`, here and below, collects a text on each former name.

    >>> notes = []
    >>> current_options("vll", {"formula": "seed", "gf_shift": True}, notes), notes
    ({'formula': 'leading_order', 'gf_shift': True}, ['formula: seed is now leading_order'])
    """
    return _renamed(_moved(options, MODEL_NAMES.get(model, {}), notes), MODEL_OPTIONS.get(model, {}), notes)


def named_options(model: str, given: Mapping[str, Any], used: Mapping[str, Any]) -> dict[str, Any]:
    """Options that a card gives, and those that it leaves out although their default has changed since it was made.

    `used` are the values of all options. The card in a run folder thus says how its run was computed, and a card that
    relies on a default is not taken for the one that relied on another default.

    >>> named_options("mssm", {"delta": "full"}, {"delta": "full", "amu": "full", "vacuum": "fit"})
    {'delta': 'full', 'amu': 'full'}
    """
    former = FORMER_DEFAULTS.get(model, {})
    changed = {key: used[key] for key, value in former.items() if key not in given and used.get(key, value) != value}
    return {**given, **changed}


def current_data(choices: Mapping[str, Any], notes: list[str] | None = None) -> dict[str, Any]:
    """Section ``data`` of a card with present values."""
    return _renamed(choices, DATA, notes)


def current_estimator(name: str, notes: list[str] | None = None) -> str:
    """Present name of an estimator of the evidence.

    >>> current_estimator("A"), current_estimator("bridge")
    ('prior', 'bridge')
    """
    return str(_renamed({"method": name}, {"method": ESTIMATORS}, notes)["method"])


def current_card(raw: Mapping[str, Any], notes: list[str] | None = None) -> dict[str, Any]:
    """Content of a card, validated or not, with present names."""
    model = raw.get("model")
    if isinstance(model, Mapping):
        raw = {**raw, "model": _moved(model, MODEL_NAMES.get(str(model.get("name")), {}), notes)}
    return _renamed_card(raw, _tables(model), notes)


def former_card(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Resolved card with former names.

    >>> former_card({"model": {"name": "vll", "formula": "leading_order"}, "data": {"vintage": "paper_2021"}})
    {'model': {'name': 'vll', 'formula': 'seed'}, 'data': {'vintage': 'seed_2021'}}
    """
    former_names = {present: former for former, present in MODEL_NAMES.get(resolved["model"]["name"], {}).items()}
    inverse = {
        section: {key: {present: former for former, present in names.items()} for key, names in table.items()}
        for section, table in _tables(resolved["model"]).items()
    }
    return _renamed_card({**resolved, "model": _moved(resolved["model"], former_names)}, inverse)


def current_identity(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Flat dictionary of a card (``"model.formula"``, …), as manifests hold it, with present names."""
    name = identity.get("model.name")
    tables = _tables({"name": name})
    moves = {f"model.{former}": f"model.{present}" for former, present in MODEL_NAMES.get(str(name), {}).items()}
    return _renamed(
        _moved(identity, moves),
        {f"{section}.{key}": names for section in tables for key, names in tables[section].items()},
    )


def announce(place: str, notes: list[str]) -> None:
    """Tell the user once of the `notes` on old names at a place, such as ``"on analysis/old.yaml"``.

    The command line prints the text; in Python it is logged at level INFO.
    """
    text = f"old names {place}: {', '.join(notes)}"
    if notes and text not in _announced:
        _announced.add(text)
        _log.info(text)


#: Key to former value to present value, or the reverse.
type _Table = Mapping[str, Mapping[str, str]]


def _tables(model: Any) -> dict[str, _Table]:
    """Former and present values by section and key, for cards with this section ``model``."""
    name = model.get("name") if isinstance(model, Mapping) else None
    return {"model": MODEL_OPTIONS.get(str(name), {}), "data": DATA}


def _renamed_card(
    card: Mapping[str, Any], tables: Mapping[str, _Table], notes: list[str] | None = None
) -> dict[str, Any]:
    return {
        key: _renamed(section, tables.get(key, {}), notes) if isinstance(section, Mapping) else section
        for key, section in card.items()
    }


def _moved(section: Mapping[str, Any], names: Mapping[str, str], notes: list[str] | None = None) -> dict[str, Any]:
    """Section with present keys; a former key beside the present one stays, to be refused."""
    moved = {former: present for former, present in names.items() if former in section and present not in section}
    if notes is not None:
        notes.extend(f"{former} is now {present}" for former, present in moved.items())
    return {moved.get(key, key): value for key, value in section.items()}


def _renamed(section: Mapping[str, Any], table: _Table, notes: list[str] | None = None) -> dict[str, Any]:
    result = dict(section)
    for key, names in table.items():
        former = result.get(key)
        if isinstance(former, str) and former in names:
            result[key] = names[former]
            if notes is not None:
                notes.append(f"{key}: {former} is now {names[former]}")
    return result
