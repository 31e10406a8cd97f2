"""LaTeX labels of users: they appear in figures, and in files that LaTeX reads."""

import re

from g2fit.core.errors import CardError

__all__ = ["check_label"]

#: Longest label in characters.
LONGEST = 200


def check_label(text: str, where: str) -> None:
    r"""Refuse a label that is no formula, or that could do more than print one; `where` is its place.

    What matplotlib draws is a formula of known symbols: neither ``\input`` nor ``\write`` is among them. Characters
    that end a formula or a line, or that give others a meaning of their own, are refused.

    >>> check_label(r"m_{\tilde\mu}", "here")
    >>> check_label(r"\input{x}", "here")
    Traceback (most recent call last):
    g2fit.core.errors.CardError: here = '\\input{x}' is no LaTeX formula: Unknown symbol: \input
    """
    if len(text) > LONGEST or not text.strip() or not text.isprintable() or re.search(r"[$%#&~]|\^\^|\\\\", text):
        raise CardError(
            f"{where} = {text!r} must be a LaTeX formula in one line of at most {LONGEST} characters, without any of "
            r"$ % # & ~ ^^ \\"
        )
    from matplotlib.mathtext import MathTextParser  # slow to import; only cards with labels of their own need it

    try:
        MathTextParser("path").parse(f"${text}$")
    except (ValueError, RuntimeError, RecursionError) as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        reason = re.sub(r"^Parse\w+: |,? *(found '.*')? *\(at char.*$", "", reason)[:80]
        raise CardError(f"{where} = {text!r} is no LaTeX formula: {reason}") from None
