"""Declare the transfers of the calling thread explicit, implicit or unrecorded."""

from __future__ import annotations

import threading
from typing import final

__all__ = [
    "declarations",
    "explicit_transfers",
    "implicit_transfers",
    "unrecorded",
    "unrecorded_transfers",
]


@final
class _Declarations(threading.local):
    """
    The declarations of the blocks that a thread has entered, innermost last.

    Attributes
    ----------
    explicit : list of bool
        Whether transfers are explicit; empty if nothing is declared.
    unrecorded : list of None
        One item for each block of `unrecorded_transfers`.
    """

    def __init__(self) -> None:
        self.explicit: list[bool] = []
        self.unrecorded: list[None] = []


declarations = _Declarations()


def unrecorded() -> bool:
    """Return whether the transfers of the calling thread are not recorded now."""
    return bool(declarations.unrecorded)


# The three below are classes without state, not generators: buffers enter them on every call, and
# a generator costs several times as much.


@final
class explicit_transfers:  # noqa: N801 - a context manager, used as a function
    """
    Declare the transfers of a block explicit: the code requests them.

    A context manager for buffer classes and array wrappers, which know the intent of their caller
    better than the call stack shows it. A declaration applies to the calling thread only. It
    overrides the argument `explicit` of `record`, and the innermost declaration overrides the
    others.
    """

    __module__ = "zarr_devbuf.transfers"
    __slots__ = ()

    def __enter__(self) -> None:
        declarations.explicit.append(True)

    def __exit__(self, *exception: object) -> None:
        declarations.explicit.pop()


@final
class implicit_transfers:  # noqa: N801 - a context manager, used as a function
    """
    Declare the transfers of a block implicit: the code does not request them.

    The counterpart of `explicit_transfers`, with the same scope. A context manager.
    """

    __module__ = "zarr_devbuf.transfers"
    __slots__ = ()

    def __enter__(self) -> None:
        declarations.explicit.append(False)

    def __exit__(self, *exception: object) -> None:
        declarations.explicit.pop()


@final
class unrecorded_transfers:  # noqa: N801 - a context manager, used as a function
    """
    Do not record the transfers that the calling thread makes in a block.

    A context manager. No session records the transfers, and no guard blocks them. Use it for
    transfers that the user did not cause, such as a test of whether a device works, and for copies
    that are recorded by other means.
    """

    __module__ = "zarr_devbuf.transfers"
    __slots__ = ()

    def __enter__(self) -> None:
        declarations.unrecorded.append(None)

    def __exit__(self, *exception: object) -> None:
        declarations.unrecorded.pop()
