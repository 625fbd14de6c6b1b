"""The log of a recording session, as a sequence and as a table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self, SupportsIndex, final, overload

from zarr_devbuf._transfers.call_site import describe_site, shorten
from zarr_devbuf._transfers.transfer import (
    ARROWS,
    STORAGE_ARROWS,
    StorageTransfer,
    Traffic,
    Transfer,
    TransferError,
    format_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr_devbuf._transfers.recorder import Entry, StorageEntry
    from zarr_devbuf._transfers.transfer import Direction, StorageDirection

__all__ = ["TransferLog", "to_transfer"]

_HEADER = ("direction", "times", "bytes", "kind", "where", "thread")
_RIGHT_ALIGNED = {"bytes", "times"}


def to_transfer(entry: Entry) -> Transfer:
    """Return a `Transfer` for an entry of the recorder."""
    direction, nbytes, explicit, code, offset, thread = entry
    return Transfer(direction, nbytes, explicit, describe_site(code, offset), thread)


@final
class TransferLog(Sequence[Transfer]):
    """
    The transfers of a recording session, in the order in which they happened.

    A sequence of `Transfer`. It grows while its session is open, from any thread, and does not
    change afterwards. Slices, `explicit` and `implicit` are logs too, which do not grow.
    ``print(log)`` shows a table. Logs can be pickled.

    Transfers between storage and device memory are not items of the sequence, and count in no sum
    and no budget: they are in `storage`.

    Parameters
    ----------
    transfers : iterable of Transfer, optional
        The transfers of the log, for example those of several sessions.
    storage : iterable of StorageTransfer, optional
        The transfers between storage and device memory.
    """

    __module__ = "zarr_devbuf.transfers"
    __slots__ = ("_entries", "_storage")
    __hash__ = None  # type: ignore[assignment]  # a log grows

    def __init__(
        self, transfers: Iterable[Transfer] = (), storage: Iterable[StorageTransfer] = ()
    ) -> None:
        self._entries: list[Entry] = [
            (each.direction, each.nbytes, each.explicit, each.where, -1, each.thread)
            for each in transfers
        ]
        self._storage: list[StorageEntry] = [
            (each.direction, each.nbytes, each.where, -1, each.thread) for each in storage
        ]

    @classmethod
    def over(cls, entries: list[Entry], storage: list[StorageEntry] | None = None) -> Self:
        """Return a log that shows lists of entries and what is appended to them later."""
        log = cls()
        log._entries = entries
        if storage is not None:
            log._storage = storage
        return log

    def __reduce__(self) -> tuple[type[Self], tuple[list[Transfer], list[StorageTransfer]]]:
        return type(self), (list(self), list(self.storage))

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Transfer: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Transfer | Self:
        if isinstance(index, slice):
            return self.over(self._entries[index])
        return to_transfer(self._entries[index])

    def __iter__(self) -> Iterator[Transfer]:
        return map(to_transfer, self._entries)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TransferLog):
            return list(self) == list(other) and self.storage == other.storage
        return NotImplemented

    def __str__(self) -> str:
        return _format_table(list(self), self.storage)

    def __repr__(self) -> str:
        sums = [("d2h", self.device_to_host), ("h2d", self.host_to_device)]
        if self._storage:
            sums += [("s2d", self.storage_to_device), ("d2s", self.device_to_storage)]
        shown = [f"{each.count} {name} ({each.nbytes} bytes)" for name, each in sums]
        return f"<TransferLog: {', '.join(shown)}>"

    @property
    def device_to_host(self) -> Traffic:
        """Number and bytes of the transfers from device to host."""
        return self._sum("d2h")

    @property
    def host_to_device(self) -> Traffic:
        """Number and bytes of the transfers from host to device."""
        return self._sum("h2d")

    @property
    def nbytes(self) -> int:
        """Bytes moved in both directions."""
        return self.device_to_host.nbytes + self.host_to_device.nbytes

    @property
    def explicit(self) -> Self:
        """The transfers so far that the code requested."""
        return self.over([entry for entry in self._entries if entry[2]])

    @property
    def implicit(self) -> Self:
        """The transfers so far that the code did not request."""
        return self.over([entry for entry in self._entries if not entry[2]])

    @property
    def storage(self) -> tuple[StorageTransfer, ...]:
        """The transfers so far between storage and device memory, in order; slices have none."""
        return tuple(
            StorageTransfer(direction, nbytes, describe_site(code, offset), thread)
            for direction, nbytes, code, offset, thread in self._storage
        )

    @property
    def storage_to_device(self) -> Traffic:
        """Number and bytes of the transfers from files or servers to device memory."""
        return self._sum_storage("s2d")

    @property
    def device_to_storage(self) -> Traffic:
        """Number and bytes of the transfers from device memory to files."""
        return self._sum_storage("d2s")

    def _sum_storage(self, direction: StorageDirection) -> Traffic:
        sizes = [entry[1] for entry in self._storage if entry[0] == direction]
        return Traffic(len(sizes), sum(sizes))

    def _sum(self, direction: Direction) -> Traffic:
        sizes = [entry[1] for entry in self._entries if entry[0] == direction]
        return Traffic(len(sizes), sum(sizes))

    def check(
        self, *, d2h: int | None = None, h2d: int | None = None, nbytes: int | None = None
    ) -> None:
        """
        Check the log against a budget.

        Parameters
        ----------
        d2h, h2d : int, optional
            The largest number of transfers in each direction. None: no limit.
        nbytes : int, optional
            The largest number of bytes, in both directions together. None: no limit.

        Raises
        ------
        TypeError, ValueError
            If a limit is not an integer, or is negative.
        TransferError
            If a limit is exceeded. The message contains the log as a table, and a budget that would
            pass.
        """
        __tracebackhide__ = True
        limits = _limits(d2h=d2h, h2d=h2d, nbytes=nbytes)
        found = {
            "d2h": self.device_to_host.count,
            "h2d": self.host_to_device.count,
            "nbytes": self.nbytes,
        }
        over = [name for name, limit in limits.items() if found[name] > limit]
        if over:
            excess = ", ".join(f"{name}: {found[name]} > {limits[name]}" for name in over)
            fitting = ", ".join(f"{name}={max(found[name], limits[name])}" for name in limits)
            raise TransferError(
                f"transfer budget exceeded ({excess})\n{self}\nwould pass: {fitting}"
            )


def _limits(**given: int | None) -> dict[str, int]:
    limits = {name: limit for name, limit in given.items() if limit is not None}
    for name, limit in limits.items():
        if isinstance(limit, bool) or not isinstance(limit, SupportsIndex):
            raise TypeError(f"{name} must be an integer, not {limit!r}")
        if limit < 0:
            raise ValueError(f"{name} must not be negative, not {limit}")
    return limits


def _format_table(transfers: list[Transfer], storage: Sequence[StorageTransfer]) -> str:
    """
    Format transfers as a table in plain text.

    Transfers with the same direction, kind and call site share a row, which has their number, their
    bytes in total, and their threads. Those of storage come last. The last line has the sums.
    """
    groups: dict[tuple[str, str, str], list[Transfer | StorageTransfer]] = {}
    for each in transfers:
        kind = "explicit" if each.explicit else "implicit"
        groups.setdefault((ARROWS[each.direction], kind, each.where), []).append(each)
    for stored in storage:
        key = (STORAGE_ARROWS[stored.direction], "storage", stored.where)
        groups.setdefault(key, []).append(stored)
    if not groups:
        return "no transfers"
    rows = [
        (
            arrow,
            f"{len(group):,}",
            f"{sum(each.nbytes for each in group):,}",
            kind,
            shorten(where),
            _join_names([each.thread for each in group]),
        )
        for (arrow, kind, where), group in groups.items()
    ]
    widths = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)]
    lines = [_line(row, widths) for row in (_HEADER, tuple("-" * width for width in widths), *rows)]
    totals = [_total(ARROWS[one], one, transfers) for one in ("d2h", "h2d")]
    if storage:
        totals += [_total(STORAGE_ARROWS[one], one, storage) for one in ("s2d", "d2s")]
    return "\n".join([*lines, "; ".join(totals)])


def _total(
    arrow: str, direction: str, transfers: Sequence[Transfer] | Sequence[StorageTransfer]
) -> str:
    sizes = [each.nbytes for each in transfers if each.direction == direction]
    return f"{arrow}: {len(sizes):,} ({format_bytes(sum(sizes))})"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if name in _RIGHT_ALIGNED else cell.ljust(width)
        for cell, width, name in zip(cells, widths, _HEADER, strict=True)
    )
    return "  ".join(padded).rstrip()


def _join_names(threads: Sequence[str]) -> str:
    """Join the names of threads into one by their common prefix: ``asyncio_*``."""
    first, *others = sorted(set(threads))
    # These are names, not paths.
    prefix = os.path.commonprefix([first, *others])  # noqa: RUF071
    return f"{prefix}*" if others else first
