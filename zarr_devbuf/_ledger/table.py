"""Transfers as a table in plain text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from zarr_devbuf._ledger.transfer import ARROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr_devbuf._ledger.transfer import Transfer

__all__ = ["render"]

_HEADER = ("direction", "bytes", "times", "kind", "where", "thread")
_TO_THE_RIGHT = {"bytes", "times"}


def render(transfers: Iterable[Transfer]) -> str:
    """
    Lay transfers out as a table.

    Like ones share a row, which says how many there are; ``bytes`` is the size of one. The last
    line has the sums.

    Returns
    -------
    str
        Lines without a newline at the end; ``"no transfers"`` where there are none.
    """
    groups = Counter(transfers)
    if not groups:
        return "no transfers"
    rows = [
        (
            ARROWS[transfer.direction],
            f"{transfer.nbytes:,}",
            f"{times:,}",
            "explicit" if transfer.explicit else "implicit",
            shorten(transfer.where),
            transfer.thread,
        )
        for transfer, times in groups.items()
    ]
    widths = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)]
    lines = [_line(row, widths) for row in (_HEADER, tuple("-" * width for width in widths), *rows)]
    return "\n".join([*lines, _sums(groups)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if name in _TO_THE_RIGHT else cell.ljust(width)
        for cell, width, name in zip(cells, widths, _HEADER, strict=True)
    )
    return "  ".join(padded).rstrip()


def _sums(groups: Counter[Transfer]) -> str:
    sums = []
    for direction in ("d2h", "h2d"):
        times = {t: n for t, n in groups.items() if t.direction == direction}
        nbytes = sum(t.nbytes * n for t, n in times.items())
        sums.append(f"{ARROWS[direction]}: {sum(times.values()):,} ({nbytes:,} bytes)")
    return "; ".join(sums)


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
