"""Keys of a card that are given on the command line, as ``sampler.stop.ess=8000``."""

from collections.abc import Mapping
from typing import Any

from g2fit.core.errors import CardError

__all__ = ["with_keys"]


def with_keys(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain data of a card with other values of some keys; dots lead into sections.

    The card is checked as a whole afterwards: an unknown key is refused there. An empty value removes a key.

    Raises
    ------
    CardError
        If a key leads into something that is not a section.

    Examples
    --------
    >>> with_keys({"data": {"vintage": "paper_2019"}}, {"data.vintage": "paper_2021", "sampler.seed": 4})
    {'data': {'vintage': 'paper_2021'}, 'sampler': {'seed': 4}}
    """
    changed = dict(raw)
    for key, value in changes.items():
        *sections, last = key.split(".")
        if not all([*sections, last]):
            raise CardError(f"--set {key}={value}: the key must be names with dots between them")
        place = changed
        for depth, name in enumerate(sections, 1):
            inner = place.get(name)
            if inner is not None and not isinstance(inner, Mapping):
                raise CardError(f"--set {key}={value}: {'.'.join(sections[:depth])} = {inner!r} is not a section")
            place[name] = dict(inner or {})
            place = place[name]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return changed
