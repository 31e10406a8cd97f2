"""Numbers as HTML: significant digits, powers of ten with a superscript, ranges."""

import math
import re

from markupsafe import Markup, escape

__all__ = ["as_printed", "interval", "number", "signed", "spread"]

#: Between the ends of a range.
RANGE = " \N{HORIZONTAL ELLIPSIS} "

#: Part of the width of a range below which an end is zero if the range reaches beyond zero.
NEGLIGIBLE = 1e-3

#: Largest power of ten, positive or negative, that is factored out of two numbers together.
LARGEST_EXPONENT = 290


def _power(exponent: int) -> Markup:
    """Times a power of ten; nothing for the exponent 0."""
    text = Markup("\xa0\N{MULTIPLICATION SIGN}\xa010<sup>{}</sup>" if exponent else "")
    return text.format(signed(str(exponent)))


def signed(text: str) -> str:
    """Write a minus sign as such, not as a hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def _exponent(*values: float) -> int:
    """Power of ten to factor out; 0 for numbers between 0.001 and 100 000."""
    size = max(abs(value) for value in values)
    exponent = math.floor(math.log10(size)) if size > 0.0 else 0
    return 0 if -3 <= exponent < 5 else exponent


def _share_a_power(one: float, other: float) -> bool:
    """Whether two finite numbers, divided by their power of ten, are still numbers of some digits."""
    return abs(_exponent(one, other)) <= LARGEST_EXPONENT


def number(value: float | None, digits: int = 4) -> Markup:
    r"""Format a number with significant digits, powers of ten with a superscript.

    >>> str(number(2.51e-9, 3))
    '2.51\xa0×\xa010<sup>−9</sup>'
    >>> [str(text) for text in (number(-12.5), number(9.99996e-5), number(None), number(float("inf")))]
    ['−12.5', '1\xa0×\xa010<sup>−4</sup>', '–', '∞']
    """
    if value is None or math.isnan(value):
        return Markup("\N{EN DASH}")
    if math.isinf(value):
        return Markup("\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}")
    if _exponent(value):
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return escape(signed(f"{float(mantissa):.{digits}g}")) + _power(int(power))
    text = f"{value + 0.0:.{digits}g}"  # 0, not -0
    if "e" in text:  # more digits before the point than are asked for
        text = f"{float(text):.0f}"
    return escape(signed(text))


def interval(low: float, high: float) -> Markup:
    r"""Format a range with three significant digits, more where its ends lie close together.

    >>> [str(interval(*ends)) for ends in ((1439.5, 2165.55), (0.0102, 1.808), (0.97026, 0.97227), (-1e-7, 0.5))]
    ['1440 … 2166', '0.0102 … 1.81', '0.97026 … 0.97227', '0 … 0.500']
    >>> str(interval(1.26857e-9, 2.97777e-9))
    '(1.27 … 2.98)\xa0×\xa010<sup>−9</sup>'

    An end that is much smaller than the other is written with its own power of ten; only beside zero it is zero:

    >>> [str(interval(*ends)) for ends in ((1.2e-4, 0.3), (4.56, 12345.6), (0.0, 0.3))]
    ['1.2\xa0×\xa010<sup>−4</sup> … 0.300', '4.56 … 12346', '0 … 0.300']
    >>> str(interval(1e-9, 2.5e-4))
    '1\xa0×\xa010<sup>−9</sup> … 2.5\xa0×\xa010<sup>−4</sup>'
    """
    if not (math.isfinite(low) and math.isfinite(high) and _share_a_power(low, high)):
        return number(low) + RANGE + number(high)
    exponent = _exponent(low, high)
    ends = low / 10.0**exponent, high / 10.0**exponent
    width, has_zero = ends[1] - ends[0], low <= 0.0 <= high
    if exponent and not has_zero and min(map(abs, ends)) < NEGLIGIBLE * width:
        return number(low, 3) + RANGE + number(high, 3)
    text = _end(ends[0], width, has_zero) + RANGE + _end(ends[1], width, has_zero)
    return "(" + text + ")" + _power(exponent) if exponent else text


def _end(value: float, width: float, has_zero: bool) -> Markup:
    """Format one end of a range of this width, which holds zero or does not."""
    if abs(value) < NEGLIGIBLE * width or value == 0.0:
        return Markup("0") if has_zero else number(value, 3)
    smaller = float(f"{min(abs(value), width) if width > 0.0 else abs(value):.3g}")
    if value == round(value) and width == round(width):
        return Markup(signed(f"{value:.0f}"))  # such as a number of branches
    decimals = max(0, 2 - math.floor(math.log10(smaller)))
    if decimals > 5 and abs(value) < 1e-3:
        return number(value, 3)
    return Markup(signed(f"{value:.{min(decimals, 12)}f}"))


def spread(mean: float, deviation: float) -> Markup:
    r"""Format a mean with its standard deviation, to two digits of the latter.

    >>> [str(text) for text in (spread(2.495e-14, 4.89e-14), spread(1812.9, 319.4))]
    ['(2.5 ± 4.9)\xa0×\xa010<sup>−14</sup>', '1813 ± 319']
    """
    finite = math.isfinite(mean) and math.isfinite(deviation) and _share_a_power(mean, deviation)
    if not (finite and deviation > 1e-12 * abs(mean)):
        return number(mean) + " \N{PLUS-MINUS SIGN} " + number(deviation)
    exponent = _exponent(mean, deviation)
    scaled = mean / 10.0**exponent, deviation / 10.0**exponent
    decimals = min(max(0, 1 - math.floor(math.log10(scaled[1]))), 12)
    text = signed(" \N{PLUS-MINUS SIGN} ".join(f"{round(value, decimals) + 0.0:.{decimals}f}" for value in scaled))
    return "(" + escape(text) + ")" + _power(exponent) if exponent else escape(text)


def as_printed(text: str) -> Markup:
    r"""Typeset a number as it was printed, with all of its digits.

    >>> [str(text) for text in (as_printed("2.51e-09"), as_printed("> 650"))]
    ['2.51\xa0×\xa010<sup>−9</sup>', '&gt; 650']
    """
    made, end = Markup(""), 0
    for found in re.finditer(r"(?<=\d)e([+-]?\d+)", text):
        made += signed(text[end : found.start()]) + _power(int(found[1]))
        end = found.end()
    return made + signed(text[end:])
