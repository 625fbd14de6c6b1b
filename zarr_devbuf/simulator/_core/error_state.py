"""``cupyx.errstate``: whether errors of linear algebra are looked for, for each thread."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["errstate", "geterr", "raises_linalg", "seterr"]

_state = threading.local()


def raises_linalg() -> bool:
    """Return whether a singular matrix raises ``LinAlgError``."""
    return getattr(_state, "linalg", "ignore") == "raise"


def geterr() -> dict[str, Any]:
    """Return the state of this thread."""
    linalg = getattr(_state, "linalg", "ignore")
    return {"divide": None, "over": None, "under": None, "invalid": None, "linalg": linalg}


def seterr(
    *,
    divide: Any = None,
    over: Any = None,
    under: Any = None,
    invalid: Any = None,
    linalg: Any = None,
) -> dict[str, Any]:
    """Set the state of this thread, and return the previous one.

    CuPy has ``linalg`` alone: ``"ignore"`` or ``"raise"``.
    """
    old = geterr()
    if any(one is not None for one in (divide, over, under, invalid)):
        raise NotImplementedError
    if linalg not in (None, "ignore", "raise"):
        raise NotImplementedError
    if linalg is not None:
        _state.linalg = linalg
    return old


@contextlib.contextmanager
def errstate(
    *,
    divide: Any = None,
    over: Any = None,
    under: Any = None,
    invalid: Any = None,
    linalg: Any = None,
) -> Iterator[None]:
    """Set the state of this thread for a block."""
    old = seterr(divide=divide, over=over, under=under, invalid=invalid, linalg=linalg)
    try:
        yield
    finally:
        seterr(**old)
