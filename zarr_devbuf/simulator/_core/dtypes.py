"""Which dtypes the device supports."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "as_kernel",
    "as_native",
    "check_kernel",
    "check_supported",
    "resolve",
    "resolve_supported",
]

_NATIVE_CHARS = frozenset("?bhilqBHILQefdFD")


def check_supported(dtype: np.dtype[Any]) -> None:
    """Raise ``ValueError`` for a dtype that the device cannot allocate."""
    if not dtype.isnative and dtype.byteorder == ">":
        raise ValueError(f"Unsupported dtype {dtype} with big-endian byte-order")
    if dtype.char in _NATIVE_CHARS:
        return
    if dtype.type is not np.void and dtype.name != "bfloat16":
        # Of the dtypes of ml_dtypes, which have the kinds V and f, CuPy knows bfloat16 alone.
        raise ValueError(f"Unsupported dtype {dtype}")
    if dtype.kind == "V" and dtype.subdtype is None and dtype.itemsize:
        if dtype.hasobject:
            raise ValueError(
                f"Unsupported dtype {dtype} because it contains references "
                "which cannot be supported by CuPy.\n"
                "This may happen even if a dtype only contains basic types "
                "if the original array contained e.g. object dtype."
            )
        return
    raise ValueError(f"Unsupported dtype {dtype}")


def resolve(spec: Any) -> np.dtype[Any]:
    """Return the dtype for any dtype-like object, whether or not the device supports it."""
    return spec if isinstance(spec, np.dtype) else _named_dtype(spec)


def resolve_supported(spec: Any) -> np.dtype[Any]:
    """Return the dtype for any dtype-like object; raise if the device does not support it."""
    dtype = spec if isinstance(spec, np.dtype) else _named_dtype(spec)
    if dtype.char not in _NATIVE_CHARS or not dtype.isnative:
        check_supported(dtype)
    return dtype


def _named_dtype(spec: Any) -> np.dtype[Any]:
    if isinstance(spec, list):
        # CuPy looks the argument up in a dictionary.
        raise TypeError("unhashable type: 'list'")
    dtype: np.dtype[Any] = np.dtype(spec)
    return dtype


def check_kernel(dtype: np.dtype[Any]) -> None:
    """Raise ``ValueError`` for a structured dtype whose fields kernels cannot access."""
    if dtype.fields is None:
        return
    alignment = dtype.alignment
    for name, (field, offset, *_) in dtype.fields.items():
        if field.subdtype is not None:
            raise ValueError(f"Unsupported dtype {field}")
        check_supported(field)
        check_kernel(field)
        wanted = field.alignment if field.fields is not None else _width(field)
        alignment = max(alignment, wanted)
        if offset % wanted:
            raise ValueError(
                f"Field {name} with offset {offset} is not aligned to {wanted} in dtype {dtype}. "
                "This is not supported by CuPy please ensure the structure is aligned. You can do "
                "so with the `make_aligned_dtype()` helper."
            )
    if dtype.itemsize % alignment:
        raise ValueError(
            f"Itemsize {dtype.itemsize} is not a multiple of alignment {alignment} for dtype "
            f"{dtype} and kernel launches are not supported. You can ensure compatibility with "
            "the `make_aligned_dtype()` helper (or try `align=True`)."
        )


def _width(field: np.dtype[Any]) -> int:
    """Return the alignment of a plain field on the device, which is its size."""
    if field.kind == "V":
        return 1
    return field.base.itemsize


def as_native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in native byte order, as it is on the device."""
    return dtype if dtype.isnative else dtype.newbyteorder("=")


def as_kernel(raw: Any) -> Any:
    """Return memory as kernels see it, in native byte order.

    As on the device, a byte-swapped view is read as if it were native: the numbers are wrong, and
    there is no error.
    """
    return raw if raw.dtype.isnative else raw.view(raw.dtype.newbyteorder("="))
