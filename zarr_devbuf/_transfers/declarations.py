"""Say, for the calling thread, how its transfers are meant."""

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
    What the blocks that a thread is in declare, innermost last.

    Attributes
    ----------
    explicit : list of bool
        Whether transfers are explicit; nothing is declared where it is empty.
    unrecorded : list of None
        One for each block that takes transfers out of the account.
    """

    def __init__(self) -> None:
        self.explicit: list[bool] = []
        self.unrecorded: list[None] = []


declarations = _Declarations()


def unrecorded() -> bool:
    """Return whether the calling thread has taken its transfers out of the account."""
    return bool(declarations.unrecorded)


# The three below are classes without state of their own, not generators: buffers enter them on
# every call, and a generator costs several times as much.


@final
class explicit_transfers:  # noqa: N801 - a context manager, used as a function
    """
    Declare the transfers of a block explicit: the code asks for them.

    For buffer classes and array wrappers, which know better than a look at the call stack what
    their caller meant. Holds for the calling thread alone, whatever the recorder says; the
    innermost declaration wins. A context manager.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        declarations.explicit.append(True)

    def __exit__(self, *exception: object) -> None:
        declarations.explicit.pop()


@final
class implicit_transfers:  # noqa: N801 - a context manager, used as a function
    """
    Declare the transfers of a block implicit: nobody asked for them.

    The counterpart of `explicit_transfers`, with the same scope. A context manager.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        declarations.explicit.append(False)

    def __exit__(self, *exception: object) -> None:
        declarations.explicit.pop()


@final
class unrecorded_transfers:  # noqa: N801 - a context manager, used as a function
    """
    Take the transfers of a block, on the calling thread, out of the account.

    No session sees them and no guard refuses them. For what is none of the user's doing: the probe
    that finds out whether a device works, and copies that have been recorded by other means. A
    context manager.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        declarations.unrecorded.append(None)

    def __exit__(self, *exception: object) -> None:
        declarations.unrecorded.pop()
