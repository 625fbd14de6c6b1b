"""Transfers as a table in plain text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zarr_devbuf._transfers.call_site import shorten
from zarr_devbuf._transfers.transfer import ARROWS, in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr_devbuf._transfers.transfer import Direction, Transfer

__all__ = ["render"]

_HEADER = ("direction", "times", "bytes", "kind", "where", "thread")
_TO_THE_RIGHT = {"bytes", "times"}


def render(transfers: Iterable[Transfer]) -> str:
    """
    Lay transfers out as a table.

    Those of one direction, kind and call site share a row: how many there are, their bytes in all,
    and their threads. The last line has the sums.

    Returns
    -------
    str
        Lines without a newline at the end; ``"no transfers"`` where there are none.
    """
    groups: dict[tuple[str, bool, str], list[Transfer]] = {}
    for each in transfers:
        groups.setdefault((each.direction, each.explicit, each.where), []).append(each)
    if not groups:
        return "no transfers"
    rows = [
        (
            ARROWS[direction],
            f"{len(group):,}",
            f"{sum(each.nbytes for each in group):,}",
            "explicit" if explicit else "implicit",
            shorten(where),
            _one_name([each.thread for each in group]),
        )
        for (direction, explicit, where), group in groups.items()
    ]
    widths = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)]
    lines = [_line(row, widths) for row in (_HEADER, tuple("-" * width for width in widths), *rows)]
    every = [each for group in groups.values() for each in group]
    totals = f"{_total('d2h', every)}; {_total('h2d', every)}"
    return "\n".join([*lines, totals])


def _total(direction: Direction, transfers: Iterable[Transfer]) -> str:
    sizes = [each.nbytes for each in transfers if each.direction == direction]
    return f"{ARROWS[direction]}: {len(sizes):,} ({in_bytes(sum(sizes))})"


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
