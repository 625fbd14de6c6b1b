"""Transfers as a table in plain text."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from zarr_devbuf._ledger.transfer import ARROWS, in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr_devbuf._ledger.transfer import Transfer

__all__ = ["render"]

_HEADER = ("direction", "bytes", "times", "kind", "where", "thread")
_TO_THE_RIGHT = {"bytes", "times"}


def render(transfers: Iterable[Transfer]) -> str:
    """
    Lay transfers out as a table.

    Transfers that differ in the thread at most share a row, which says how many there are;
    ``bytes`` is the size of one. The last line has the sums.

    Returns
    -------
    str
        Lines without a newline at the end; ``"no transfers"`` where there are none.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    sums = {direction: [0, 0] for direction in ("d2h", "h2d")}
    for each in transfers:
        kind = "explicit" if each.explicit else "implicit"
        key = (ARROWS[each.direction], f"{each.nbytes:,}", kind, shorten(each.where))
        groups.setdefault(key, []).append(each.thread)
        sums[each.direction][0] += 1
        sums[each.direction][1] += each.nbytes
    if not groups:
        return "no transfers"
    rows = [
        (direction, nbytes, f"{len(threads):,}", kind, where, _one_name(threads))
        for (direction, nbytes, kind, where), threads in groups.items()
    ]
    widths = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)]
    lines = [_line(row, widths) for row in (_HEADER, tuple("-" * width for width in widths), *rows)]
    totals = (
        f"{ARROWS[direction]}: {count:,} ({in_bytes(nbytes)})"
        for direction, (count, nbytes) in sums.items()
    )
    return "\n".join([*lines, "; ".join(totals)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if name in _TO_THE_RIGHT else cell.ljust(width)
        for cell, width, name in zip(cells, widths, _HEADER, strict=True)
    )
    return "  ".join(padded).rstrip()


def _one_name(threads: Sequence[str]) -> str:
    """Name several threads by what their names begin with: ``asyncio_*``."""
    first, *others = sorted(set(threads))
    # Of the names, not of paths: these are not any.
    prefix = os.path.commonprefix([first, *others])  # noqa: RUF071
    return f"{prefix}*" if others else first


def shorten(where: str) -> str:
    """
    Shorten the path in a call site.

    Relative to the directory that packages are installed in, or to the working directory, where it
    lies in one of these; else its last three parts.
    """
    path = PurePath(where)
    for folder in ("site-packages", "dist-packages"):
        if folder in path.parts:
            start = len(path.parts) - path.parts[::-1].index(folder)
            return "/".join(path.parts[start:])
    if path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd()).as_posix()
    return "/".join(path.parts[path.anchor != "" :][-3:])
