"""Scripts that look for faults in a page: what is cut off at the right edge, and what has too little contrast."""

from __future__ import annotations

__all__ = ["cut_off", "faint"]

#: Remembers what a function of one argument returns: styles of an element are asked for by everything inside of it.
_REMEMBERED = """
  const remembered = compute => {
    const known = new Map();
    return key => {
      if (!known.has(key)) known.set(key, compute(key));
      return known.get(key);
    };
  };
"""

_CUT_OFF = """
(() => {
  REMEMBERED
  const scrolls = remembered(element => element !== null &&
    (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement)));
  return [...document.querySelectorAll('PARTS')].flatMap(part => [...part.querySelectorAll('*')]).filter(element => {
    if (element.closest('.skip, thead, svg') || element.tagName === 'PATH') return false;
    if (scrolls(element.parentElement)) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
  }).map(element => element.outerHTML.slice(0, 120));
})()
"""

_FAINT = """
(() => {
  REMEMBERED
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const parse = remembered(text => {  // red, green, blue and opacity of any colour that a style sheet may name
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  });
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const light = rgb => {
    const [x, y, z] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = remembered(element => {
    if (!element) return [255, 255, 255];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color.slice(0, 3) : over(color, behind(element.parentElement));
  });
  const opaque = remembered(element => element === null ||
    (getComputedStyle(element).opacity !== '0' && opaque(element.parentElement)));
  const shown = element =>
    opaque(element) && getComputedStyle(element).visibility === 'visible' && element.getClientRects().length > 0;
  const found = [];
  for (const part of document.querySelectorAll('PARTS')) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || element.closest('script, style') || !shown(element)) continue;
      const background = behind(element);
      const [a, b] = [light(over(parse(getComputedStyle(element).color), background)), light(background)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) found.push([node.data.slice(0, 60), contrast]);
    }
  }
  return found;
})()
"""


def cut_off(parts: str = "body") -> str:
    """Script for elements that reach over the right edge, other than inside of something that scrolls."""
    return _CUT_OFF.replace("REMEMBERED", _REMEMBERED).replace("PARTS", parts)


def faint(parts: str = "body") -> str:
    """Script for visible texts with less contrast than 4.5 against what is behind them, and their contrast."""
    return _FAINT.replace("REMEMBERED", _REMEMBERED).replace("PARTS", parts)
