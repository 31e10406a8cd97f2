"""Seeds of random numbers."""

from g2fit.core.errors import InputError

__all__ = ["check_seed"]


def check_seed(seed: int | None) -> None:
    """Raise an `InputError` unless a seed is one that a card may have, or None for the card's."""
    if seed is not None and not 0 <= seed < 2**63:
        raise InputError(f"seed = {seed} must be at least 0 and less than 2^63")
