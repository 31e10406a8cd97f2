"""Images of the pages, with records of what they were drawn from, by which a test notices one of a former version."""

import hashlib
import io
import tokenize
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from g2fit.core.files import atomic_write

__all__ = ["drawing_hash", "program_of", "save_image", "sha256"]

#: Number of colours of an image.
COLOURS = 256

#: Tokens that do not change what a program does.
IDLE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def sha256(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def drawing_hash(root: Path, names: Iterable[str]) -> str:
    """Hash of the code in files below `root`: comments, layout and docstrings do not count."""
    code = hashlib.sha256()
    for name in names:
        text = (root / name).read_text(encoding="utf-8")
        code.update(program_of(text).encode() if name.endswith(".py") else text.encode())
    return code.hexdigest()


def program_of(text: str) -> str:
    r"""Return the words of a program without comments, layout and texts that stand alone, such as docstrings.

    >>> program_of('def f():\n    "Doc."  # remark\n    return "a"\n') == program_of('def f(): return "a"')
    True
    >>> program_of('{"a": "b"}') == program_of('{"a": "c"}')
    False
    """
    words: list[str] = []
    alone = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in IDLE:
            alone = alone or token.type == tokenize.NEWLINE
            continue
        if not (alone and token.type == tokenize.STRING):
            words.append(token.string)
        alone = False
    return " ".join(words)


def save_image(drawn: Path | io.BytesIO, path: Path) -> None:
    """Save a drawing as a small PNG file: a palette of `COLOURS` colours."""
    image = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    with atomic_write(path) as temporary:
        image.save(temporary, format="png", optimize=True)
