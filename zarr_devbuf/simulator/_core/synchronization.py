"""``cupyx.allow_synchronize``: whether a thread may wait for the device."""

from __future__ import annotations

import contextlib
import threading
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DeviceSynchronized", "allow_synchronize", "check_allowed"]

_state = threading.local()


class DeviceSynchronized(RuntimeError):  # noqa: N818 - the name is CuPy's
    """The device was waited for, while that was not allowed."""

    __module__ = "zarr_devbuf.simulator.cupyx"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or "Device synchronization was detected while disallowed.")


def check_allowed() -> None:
    """Raise ``DeviceSynchronized`` if this thread may not wait for the device."""
    if not getattr(_state, "allowed", True):
        raise DeviceSynchronized


@contextlib.contextmanager
def allow_synchronize(allow: Any) -> Iterator[None]:
    """Set for a block whether this thread may wait for the device."""
    warnings.warn(
        "cupyx.allow_synchronize will be removed in future releases as it is not possible to "
        "reliably detect synchronizations.",
        stacklevel=3,
    )
    old = getattr(_state, "allowed", True)
    _state.allowed = allow
    try:
        yield
    finally:
        _state.allowed = old
