"""Formulas as drawings in the page: the site needs no script, no network and no font."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from g2fit.output.report.labels import label

#: What the extension arithmatex makes of $…$ and $$…$$.
MARKED = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
#: reStructuredText in docstrings.
ROLE = re.compile(r":math:<code>(.*?)</code>", re.DOTALL)
DIRECTIVE = re.compile(r"<p>\.\. math::(.*?)</p>", re.DOTALL)

#: What the typesetting of matplotlib does not know, and what stands for it: fractions without braces or of a set size.
BARE_FRACTION = re.compile(r"\\(t?)frac\s*(\w)\s*(\w)")
WORDS = {r"\lvert": "|", r"\rvert": "|", r"\tfrac": r"\frac", r"\ne": r"\neq"}


def _plain(latex: str, display: bool) -> str:
    """Write a formula with what matplotlib can typeset; fractions of formulas on their own line are large."""
    text = BARE_FRACTION.sub(r"\\\1frac{\2}{\3}", " ".join(unescape(latex).split()))
    text = re.sub(r"\\Big([\[(])", r"\\left\1", re.sub(r"\\Big([\])])", r"\\right\1", text))
    if display:
        text = text.replace(r"\frac", r"\dfrac")
    return re.sub(r"\\[A-Za-z]+", lambda found: WORDS.get(found[0], found[0]), text)


def _drawn(latex: str, *, display: bool) -> str:
    """Draw a formula; one that cannot be drawn stops the build."""
    drawing = str(label(_plain(latex, display), " ".join(unescape(latex).split())))
    if not drawing.startswith("<svg"):
        raise ValueError(f"formula {latex!r} cannot be drawn")
    return f'<div class="formula">{drawing}</div>' if display else drawing


def on_page_content(html: str, **_: Any) -> str:
    """Replace every formula of a page."""
    html = MARKED.sub(lambda m: _drawn(m[2], display=m[1] == "div"), html)
    html = ROLE.sub(lambda m: _drawn(m[1], display=False), html)
    return DIRECTIVE.sub(lambda m: _drawn(m[1], display=True), html)
