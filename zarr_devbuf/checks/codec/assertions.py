"""Demand of what a codec returns that it has the right values, class, memory, shape and dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.buffer import NDBuffer

from zarr_devbuf.checks.codec.tolerance import value_fault
from zarr_devbuf.checks.errors import violated

if TYPE_CHECKING:
    from zarr_devbuf.checks.codec.harness import Path, Trial
    from zarr_devbuf.checks.codec.host_result import Reference

__all__ = ["array_in", "require_buffer", "require_values"]


def array_in(data: Any) -> Any:
    """Return the array that a buffer holds, flat or n-dimensional."""
    return data.as_ndarray_like() if isinstance(data, NDBuffer) else data.as_array_like()


def require_values(
    trial: Trial, expected: Reference, data: Any, what: str, path: Path | None = None
) -> None:
    """Demand that a decoded chunk has the values that plain host memory gives."""
    got = trial.to_host(data)
    fault = value_fault(expected.sent, expected.decoded, got)
    if fault is not None:
        raise violated(
            expected=fault.expected,
            actual=fault.actual,
            advice="compare what the codec does on the device with what it does on the host",
            case=trial.about(what, path),
        )


def require_buffer(
    trial: Trial,
    data: Any,
    what: str,
    path: Path,
    *,
    shape: tuple[int, ...] | None,
    dtype: Any = None,
) -> None:
    """
    Demand a buffer of the prototype, in memory of the backend.

    Parameters
    ----------
    shape : tuple of int or None
        None for a flat buffer.
    dtype : numpy.dtype, optional
        None: shape and dtype of the n-dimensional buffer are not looked at.
    """
    prototype = trial.spec.prototype
    cls = prototype.buffer if shape is None else prototype.nd_buffer
    case = trial.about(what, path)
    if not isinstance(data, cls):
        raise violated(
            expected=f"the prototype's {_name(cls)}",
            actual=_name(type(data)),
            advice="make the result with the prototype of the spec that the codec is given: "
            f"`chunk_spec.prototype.{'buffer' if shape is None else 'nd_buffer'}.from_...`",
            case=case,
        )
    array = array_in(data)
    if trial.backend is not None and not trial.backend.owns(array):
        raise violated(
            expected=f"memory of backend {trial.backend.name}: {_name(trial.backend.array_type)}",
            actual=f"a {_name(cls)} that holds {_name(type(array))}",
            advice="put the result into device memory before it is wrapped in a buffer",
            case=case,
        )
    if (
        dtype is not None
        and shape is not None
        and (tuple(array.shape), array.dtype) != (tuple(shape), dtype)
    ):
        raise violated(
            expected=f"shape {tuple(shape)} and dtype {dtype}",
            actual=f"shape {tuple(array.shape)} and dtype {array.dtype}",
            advice="return what the chunk's spec says (decoding), or what resolve_metadata() "
            "promises (encoding)",
            case=case,
        )


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
