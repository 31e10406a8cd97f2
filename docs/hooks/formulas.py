"""Formulas as MathML, which browsers show by themselves: the site needs no script and no network."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from latex2mathml.converter import convert

#: What the extension arithmatex makes of $…$ and $$…$$.
MARKED = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
#: reStructuredText in docstrings.
ROLE = re.compile(r":math:<code>(.*?)</code>", re.DOTALL)
DIRECTIVE = re.compile(r"<p>\.\. math::(.*?)</p>", re.DOTALL)


def _mathml(latex: str, display: str) -> str:
    return str(convert(unescape(latex).strip(), display=display))


def on_page_content(html: str, **_: Any) -> str:
    """Replace every formula of a page."""
    html = MARKED.sub(lambda m: _mathml(m[2], "inline" if m[1] == "span" else "block"), html)
    html = ROLE.sub(lambda m: _mathml(m[1], "inline"), html)
    return DIRECTIVE.sub(lambda m: _mathml(m[1], "block"), html)
