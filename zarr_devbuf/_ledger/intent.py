"""Say, for the calling thread, whether transfers are asked for."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "declared_intent",
    "explicit_transfers",
    "implicit_transfers",
    "unrecorded",
    "unrecorded_transfers",
]


class _Declared(threading.local):
    explicit: bool | None = None
    unrecorded: bool = False


_declared = _Declared()


def declared_intent() -> bool | None:
    """
    Return what the calling thread declares its transfers to be.

    Returns
    -------
    bool or None
        True for explicit, False for implicit, None for nothing declared.
    """
    return _declared.explicit


@contextmanager
def _declare(explicit: bool) -> Iterator[None]:
    outer = _declared.explicit
    _declared.explicit = explicit
    try:
        yield
    finally:
        _declared.explicit = outer


@contextmanager
def explicit_transfers() -> Iterator[None]:
    """
    Declare the transfers of a block explicit: the code asks for them.

    For buffer classes and array wrappers, which know better than a look at the call stack what
    their caller meant. Holds for the calling thread alone, whatever the recorder says; the
    innermost declaration wins.
    """
    with _declare(True):
        yield


@contextmanager
def implicit_transfers() -> Iterator[None]:
    """
    Declare the transfers of a block implicit: nobody asked for them.

    The counterpart of `explicit_transfers`, with the same scope.
    """
    with _declare(False):
        yield


def unrecorded() -> bool:
    """Return whether the calling thread has taken its transfers out of the account."""
    return _declared.unrecorded


@contextmanager
def unrecorded_transfers() -> Iterator[None]:
    """
    Take the transfers of a block, on the calling thread, out of the account.

    No session sees them and no guard refuses them. For what is none of the user's doing: the probe
    that finds out whether a device works, and copies that have been recorded by other means.
    """
    outer = _declared.unrecorded
    _declared.unrecorded = True
    try:
        yield
    finally:
        _declared.unrecorded = outer
