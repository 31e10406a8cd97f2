"""What of a resolved card determines its posterior, and its chains."""

from collections.abc import Mapping
from typing import Any

from g2fit.card.own import without_places
from g2fit.core.aliases import former_card

__all__ = ["identity_of", "target_of"]

#: Keys of the resolved card that may change when a run is continued: they set the length of its chains, or what is
#: shown of them. Whether few or many evaluations are made is kept by the run folder.
LENGTH_KEYS = (
    "output",
    "levels",
    "sampler.stop",
    "sampler.max_steps",
    "sampler.max_calls",
    "sampler.max_hours",
    "sampler.calls",
)


def target_of(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of a resolved card that determine its posterior, with the names that hashes are made of."""
    card = former_card(without_places(resolved))
    return {key: value for key, value in card.items() if key not in ("sampler", "output", "levels")}


def identity_of(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of a resolved card that determines its chains, as a flat dictionary."""
    return {key: value for key, value in _flatten(without_places(resolved)).items() if not key.startswith(LENGTH_KEYS)}


def _flatten(tree: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(tree, dict):
        flat: dict[str, Any] = {}
        for key, value in tree.items():
            flat |= _flatten(value, f"{prefix}.{key}" if prefix else key)
        return flat
    return {prefix: tree}
