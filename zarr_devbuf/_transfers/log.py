"""The log that a recording session fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self, SupportsIndex, final, overload

from zarr_devbuf._transfers.call_site import describe_site
from zarr_devbuf._transfers.table import render
from zarr_devbuf._transfers.transfer import Traffic, Transfer, TransferError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr_devbuf._transfers.recorder import Entry
    from zarr_devbuf._transfers.transfer import Direction

__all__ = ["TransferLog", "readable"]


def readable(entry: Entry) -> Transfer:
    """Turn what was noted in haste into a `Transfer`."""
    direction, nbytes, explicit, code, offset, thread = entry
    return Transfer(direction, nbytes, explicit, describe_site(code, offset), thread)


@final
class TransferLog(Sequence[Transfer]):
    """
    The transfers of a recording session, in the order in which they happened.

    A sequence of `Transfer`. It grows while its session is open, from whatever thread, and stays as
    it is afterwards. Slices, `explicit` and `implicit` are logs as well, which do not grow.
    ``print(log)`` shows a table; a pickled log keeps its transfers.

    Parameters
    ----------
    transfers : iterable of Transfer, optional
        What the log has; for putting together those of several sessions.
    """

    __module__ = "zarr_devbuf.transfers"
    __slots__ = ("_entries",)
    __hash__ = None  # type: ignore[assignment]  # it grows

    def __init__(self, transfers: Iterable[Transfer] = ()) -> None:
        self._entries: list[Entry] = [
            (each.direction, each.nbytes, each.explicit, each.where, -1, each.thread)
            for each in transfers
        ]

    @classmethod
    def over(cls, entries: list[Entry]) -> Self:
        """Make a log that shows a list, and what is appended to it later. For the recorder."""
        log = cls()
        log._entries = entries
        return log

    def __reduce__(self) -> tuple[type[Self], tuple[list[Transfer]]]:
        return type(self), (list(self),)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Transfer: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Transfer | Self:
        if isinstance(index, slice):
            return self.over(self._entries[index])
        return readable(self._entries[index])

    def __iter__(self) -> Iterator[Transfer]:
        return map(readable, self._entries)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TransferLog):
            return list(self) == list(other)
        return NotImplemented

    def __str__(self) -> str:
        return render(list(self))

    def __repr__(self) -> str:
        down, up = self.device_to_host, self.host_to_device
        return (
            f"<TransferLog: {down.count} d2h ({down.nbytes} bytes), "
            f"{up.count} h2d ({up.nbytes} bytes)>"
        )

    @property
    def device_to_host(self) -> Traffic:
        """Count and bytes of the transfers from device to host."""
        return self._sum("d2h")

    @property
    def host_to_device(self) -> Traffic:
        """Count and bytes of the transfers from host to device."""
        return self._sum("h2d")

    @property
    def nbytes(self) -> int:
        """Bytes moved in both directions together."""
        return self.device_to_host.nbytes + self.host_to_device.nbytes

    @property
    def explicit(self) -> Self:
        """The transfers so far that the code asked for."""
        return self.over([entry for entry in self._entries if entry[2]])

    @property
    def implicit(self) -> Self:
        """The transfers so far that nobody asked for."""
        return self.over([entry for entry in self._entries if not entry[2]])

    def _sum(self, direction: Direction) -> Traffic:
        sizes = [entry[1] for entry in self._entries if entry[0] == direction]
        return Traffic(len(sizes), sum(sizes))

    def check(
        self, *, d2h: int | None = None, h2d: int | None = None, nbytes: int | None = None
    ) -> None:
        """
        Hold the log against a budget.

        Parameters
        ----------
        d2h, h2d : int, optional
            The number of transfers granted in each direction. None: any number.
        nbytes : int, optional
            The bytes granted for both directions together. None: any number.

        Raises
        ------
        TypeError, ValueError
            For a limit that is no integer, or negative.
        TransferError
            Where there are more. The message has the log as a table, and the budget that would
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


def _limits(**granted: int | None) -> dict[str, int]:
    limits = {name: limit for name, limit in granted.items() if limit is not None}
    for name, limit in limits.items():
        if isinstance(limit, bool) or not isinstance(limit, SupportsIndex):
            raise TypeError(f"{name} must be an integer, not {limit!r}")
        if limit < 0:
            raise ValueError(f"{name} must not be negative, not {limit}")
    return limits
