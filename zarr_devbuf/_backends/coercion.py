"""Which arrays a reference buffer takes: those of its device; what it says to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.transfers import implicit_transfers, implicit_transfers_allowed

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = ["adopt", "host_array"]


def host_array(value: object) -> npt.NDArray[Any] | None:
    """Return what NumPy makes of a host value, sharing memory if it can; ``None`` if device's."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__cuda_array_interface__"):
        return None
    return np.asarray(value)


def adopt(backend: Backend, array: Any, cls: type) -> Any:
    """Return `array` as an array of the backend's `array_type`, or say why it is none.

    Shares memory, except that under ``transfer_guard("allow")`` or ``"log"`` a host array given
    to a device is moved: an implicit transfer.

    Raises
    ------
    TypeError
        For an array of another device, and for what is no array.
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
    raise TypeError(_refusal(backend, array, cls, is_host=is_host))


def _refusal(backend: Backend, array: object, cls: type, *, is_host: bool) -> str:
    kind = type(array)
    came = f"{kind.__module__}.{kind.__qualname__}"
    due = f"{backend.array_type.__module__}.{backend.array_type.__qualname__}"
    shape = getattr(array, "shape", None)
    if shape is not None:
        came += f" of shape {tuple(shape)} and dtype {getattr(array, 'dtype', None)}"
    if is_host:
        what = "a host array was handed over where device memory was due"
        way_out = (
            f"Move it explicitly, by `get_backend({backend.name!r}).from_host(array)`; or let it "
            'pass, and be counted, under `transfer_guard("allow")`.'
        )
    elif shape is not None:
        what = "an array of a foreign device was handed over"
        way_out = "Bring it to the host explicitly first (CuPy: `array.get()`)."
    else:
        what = "no array was handed over"
        way_out = "Pass an array of the backend."
    return (
        f"{cls.__module__}.{cls.__qualname__}: {what}.\n"
        f"  expected: {due} (backend {backend.name!r})\n"
        f"  got:      {came}\n"
        f"  {way_out}"
    )
