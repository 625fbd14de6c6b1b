"""What came of a call, held against what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import CheckFailed, violated
from zarr_devbuf.checks.store.sample_values import HOST, difference, shown
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer, BufferPrototype

    from zarr_devbuf.backend import Backend

__all__ = ["comes_of", "is_host", "judge", "name_of_class", "refused"]


def is_host(backend: Backend) -> bool:
    """Tell whether the backend's memory is the host's, so that nothing ever crosses."""
    return issubclass(backend.array_type, np.ndarray)


def judge(
    backend: Backend, prototype: BufferPrototype, buffer: Buffer | None, data: bytes, what: str
) -> None:
    """Demand a buffer of the prototype, in the backend's memory or the host's, of these bytes."""
    due = prototype.buffer
    if buffer is None:
        raise violated(
            case=what,
            expected=f"{len(data)} bytes",
            actual="None, as if the key were missing",
            advice="Return None for a key that is not there, and for nothing else: Zarr takes "
            "it for a chunk of fill values, and the data are lost in silence.",
        )
    if not isinstance(buffer, due):
        raise violated(
            case=what,
            expected=f"a buffer of the prototype's class {name_of_class(due)}",
            actual=name_of_class(type(buffer)),
            advice="Make what you return by `prototype.buffer.from_bytes(...)` or "
            "`prototype.buffer.from_buffer(...)`, whatever the store keeps inside.",
        )
    array = buffer.as_array_like()
    of_host = prototype is HOST
    if not (isinstance(array, np.ndarray) if of_host else backend.owns(array)):
        where = "host memory" if of_host else f"memory of backend {backend.name!r}"
        raise violated(
            case=what,
            expected=where,
            actual=f"a {name_of_class(type(buffer))} that holds {name_of_class(type(array))}",
            advice="The class is right but not the memory: let the prototype make the buffer.",
        )
    with unrecorded_transfers():
        found = np.asarray(buffer.as_numpy_array()).tobytes()
    if found != data:
        raise violated(
            case=what,
            expected=shown(data),
            actual=shown(found) + difference(data, found),
            advice="What is read must be, byte for byte, what was written.",
        )


def refused(call: Callable[..., Any], *args: Any) -> bool:
    """Tell whether a call raises, whatever it raises: it said no. Findings of checks pass."""
    try:
        call(*args)
    except CheckFailed:
        raise
    except Exception:  # noqa: BLE001 - see above
        return True
    return False


def comes_of(raised: BaseException | None, error: type[BaseException]) -> bool:
    """Tell whether an exception is, contains or was caused by one of a class."""
    if raised is None or isinstance(raised, error):
        return raised is not None
    if isinstance(raised, BaseExceptionGroup) and any(
        comes_of(each, error) for each in raised.exceptions
    ):
        return True
    return comes_of(raised.__cause__, error) or comes_of(raised.__context__, error)


def name_of_class(cls: type) -> str:
    """Name a class with its module."""
    return f"{cls.__module__}.{cls.__qualname__}"
