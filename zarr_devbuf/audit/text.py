"""Turn what comes from subjects into text that is safe to print, and figures into short ones."""

from __future__ import annotations

import textwrap

__all__ = ["clip", "figure", "paragraph", "printable"]


def printable(text: str) -> str:
    """Put text on one line, with what does not print (escape sequences!) written as escapes."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def clip(text: str, length: int) -> str:
    """Shorten text to at most `length` characters; an ellipsis shows that it was."""
    return text if len(text) <= length else f"{text[: length - 3].rstrip()}..."


def paragraph(text: str, width: int, indent: int) -> str:
    """Wrap text to `width` columns, every line indented."""
    lead = " " * min(indent, max(width - 20, 0))
    return textwrap.fill(
        text, max(width, 20), initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False
    )


def figure(value: float) -> str:
    """Write a number with two or three digits: ``512``, ``4.1k``, ``2.5``."""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:.1f}".removesuffix(".0") + unit
    return f"{value:.1f}".removesuffix(".0")
