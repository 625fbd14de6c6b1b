"""Which arrays a reference buffer accepts: those of its backend, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.transfers import implicit_transfers, implicit_transfers_allowed

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = ["adopt", "host_array"]


def host_array(value: object) -> npt.NDArray[Any] | None:
    """Return a host value as a NumPy array, sharing memory if possible; None if on a device."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__cuda_array_interface__"):
        return None
    return np.asarray(value)


def adopt(backend: Backend, array: Any, cls: type) -> Any:
    """
    Return `array` as an array of the backend's `array_type`, or raise.

    The memory is shared. Under ``transfer_guard("allow")`` or ``"log"``, a host array is copied to
    the device instead: an implicit transfer.

    Raises
    ------
    TypeError
        For an array of another device, or an object that is not an array.
    """
    array_type = backend.array_type
    if isinstance(array, array_type):
        return array
    is_host = isinstance(array, np.ndarray | np.generic)
    if not is_host and hasattr(array, "__array__") and host_array(array) is not None:
        is_host = True
    if is_host:
        array = np.asanyarray(array)
        if array_type is np.ndarray:
            return array
        if implicit_transfers_allowed():
            with implicit_transfers():
                return backend.from_host(array)
    raise TypeError(_message(backend, array, cls, is_host=is_host))


def _message(backend: Backend, array: object, cls: type, *, is_host: bool) -> str:
    kind = type(array)
    got = f"{kind.__module__}.{kind.__qualname__}"
    expected = f"{backend.array_type.__module__}.{backend.array_type.__qualname__}"
    shape = getattr(array, "shape", None)
    if shape is not None:
        got += f" of shape {tuple(shape)} and dtype {getattr(array, 'dtype', None)}"
    if is_host:
        problem = f"expected a device array (backend {backend.name!r}), got a NumPy array"
        advice = (
            f"Copy it explicitly, by `get_backend({backend.name!r}).from_host(array)`; or allow "
            'implicit transfers, which are recorded, by `transfer_guard("allow")`.'
        )
    elif shape is not None:
        problem = f"expected an array of backend {backend.name!r}, got one of another device"
        advice = "Copy it to the host explicitly first (CuPy: `array.get()`)."
    else:
        problem = f"expected an array of backend {backend.name!r}, got no array"
        advice = "Pass an array of the backend."
    return (
        f"{cls.__module__}.{cls.__qualname__}: {problem}.\n"
        f"  expected: {expected}\n"
        f"  got:      {got}\n"
        f"  {advice}"
    )
