"""Make text from subjects safe to print, and fit it to the space; write short numbers."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["clean", "clip", "figure", "listed", "paragraph", "printable", "sentence"]


_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Put text on one line; write characters that do not print (escape sequences!) as escapes."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def clean(text: str) -> str:
    """Replace the characters that XML 1.0 and UTF-8 cannot represent, even as references."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def clip(text: str, length: int) -> str:
    """Shorten text to at most `length` characters, with an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 3].rstrip()}..."


def sentence(text: str, length: int = 100) -> str:
    """Shorten text of more than `length` characters to its first sentence."""
    first, stop, rest = text.partition(". ")
    return first + stop.strip() if len(text) > length and rest else text


def paragraph(text: str, width: int, indent: int, label: str = "") -> str:
    """Wrap text to `width` columns, with every line indented, and a label before the first."""
    lead = " " * min(indent, max(width - 20, 0))
    return textwrap.fill(
        text,
        max(width, 20),
        initial_indent=lead[: len(lead) - len(label)] + label if label else lead,
        subsequent_indent=lead,
        break_on_hyphens=False,
    )


def listed(names: Sequence[str], longest: int) -> str:
    """List up to `longest` names; of a longer list, the first ones and how many more."""
    if len(names) <= longest:
        return ", ".join(names)
    return f"{', '.join(names[: longest - 1])} and {len(names) - longest + 1} more"


def figure(value: float) -> str:
    """Write a number with two or three digits: ``512``, ``4.1k``, ``2.5``."""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:.1f}".removesuffix(".0") + unit
    return f"{value:.1f}".removesuffix(".0")
