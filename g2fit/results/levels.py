"""The two probabilities of credible regions and intervals."""

from __future__ import annotations

from collections.abc import Sequence

from g2fit.core.errors import InputError
from g2fit.sampling.diagnostics import INTERVALS

__all__ = ["LEVELS", "Levels", "checked_levels", "level_name", "level_text"]

#: Two probabilities, the smaller one first.
Levels = tuple[float, float]

#: The probabilities if no others are asked for: those of a Gaussian within one and two standard deviations.
LEVELS: Levels = INTERVALS


def checked_levels(levels: Sequence[float], where: str = "levels") -> Levels:
    """Check two probabilities; `where` is the place that they come from, for the message.

    Raises
    ------
    InputError
        If there are not two that rise between 0 and 1.

    Examples
    --------
    >>> checked_levels([0.9, 0.95])
    (0.9, 0.95)
    """
    found = tuple(float(level) for level in levels)
    if len(found) != 2 or not 0.0 < found[0] < found[1] < 1.0:
        shown = " ".join(f"{level:g}" for level in found)
        raise InputError(f"{where} = {shown}: must be two rising probabilities between 0 and 1, such as 0.90 0.95")
    return found


def level_text(level: float) -> str:
    """Write a probability for readers.

    >>> level_text(0.6827), level_text(0.9)
    ('68.27 %', '90 %')
    """
    return f"{100.0 * level:.6g} %"


def level_name(level: float) -> str:
    """Write a probability as the key of an interval in a summary.

    >>> level_name(0.9545), level_name(0.9)
    ('95.45%', '90%')
    """
    return f"{100.0 * level:.6g}%"
