"""Which dtypes the device supports."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "as_kernel",
    "as_native",
    "check_kernel",
    "check_supported",
    "make_aligned_dtype",
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
    if dtype.fields is not None:
        _kernel_alignment(dtype)


def _kernel_alignment(dtype: np.dtype[Any]) -> int:
    alignment = _requested_alignment(dtype) or dtype.alignment
    for name, (field, offset, *_) in dtype.fields.items():  # type: ignore[union-attr]
        if field.fields is not None:
            wanted = _kernel_alignment(field)
        else:
            if field.subdtype is not None:
                raise ValueError(f"Unsupported dtype {field}")
            check_supported(field)
            wanted = _requested_alignment(field) or _alignment(field)
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
    return alignment


def _requested_alignment(dtype: np.dtype[Any]) -> int:
    """Return the alignment that `make_aligned_dtype` was asked for; 0 if there is none."""
    metadata: Any = dtype.metadata
    return metadata.get("__cuda_alignment__", 0) if metadata else 0


def _alignment(field: np.dtype[Any]) -> int:
    """Return the alignment of a field that is not structured, which is its size on the device."""
    if field.subdtype is not None:
        if field.base.fields is not None:
            raise ValueError("CuPy does not yet support subarray dtypes.")
        return _alignment(field.base)
    return 1 if field.type is np.void else field.itemsize


def make_aligned_dtype(dtype: Any, *, alignment: int = -1, recurse: bool = True) -> np.dtype[Any]:
    """Return a structured dtype with the fields aligned as the device needs them.

    Parameters
    ----------
    dtype
        A structured dtype, or a description of one.
    alignment
        The alignment of the result, a power of two; by default, the least possible.
    recurse
        Whether nested structured dtypes are aligned, too.
    """
    if np.dtype(dtype, align=True).fields is None:
        raise ValueError("make_aligned_dtype() only supports structured dtypes.")
    return _aligned(dtype, alignment, recurse=recurse)[0]


def _aligned(dtype: Any, alignment: int, *, recurse: bool) -> tuple[np.dtype[Any], int]:
    given = np.dtype(dtype, align=True)
    if alignment != -1 and (alignment <= 0 or alignment.bit_count() != 1):
        raise ValueError("Reasonable alignments must be >0 and a power of 2.")
    least, end, before = 1, 0, 0
    names, offsets, formats = [], [], []
    for name, (field, offset, *_) in given.fields.items():
        if offset < before:
            raise ValueError(
                "make_aligned_dtype() only supports well behaved in-order fields as it ignores "
                "field offsets."
            )
        before = offset + field.itemsize
        wanted = _requested_alignment(field)
        if not wanted:
            if field.fields is None:
                wanted = _alignment(field)
            elif recurse:
                field, wanted = _aligned(field, -1, recurse=recurse)  # noqa: PLW2901
            else:
                wanted = field.alignment
        end += -end % wanted
        names.append(name)
        offsets.append(end)
        formats.append(field)
        end += field.itemsize
        least = max(least, wanted)
    metadata: dict[str, Any] = {}
    if alignment != -1:
        if alignment < least:
            raise ValueError(
                f"make_aligned_dtype(): given alignment={alignment} smaller than minimum "
                f"alignment {least}"
            )
        least = alignment
        metadata = {"metadata": {"__cuda_alignment__": alignment}}
    itemsize = end + -end % least
    if given.itemsize > itemsize:
        raise ValueError("Input descriptor had larger itemsize than inferred.")
    described: Any = {
        "names": names,
        "offsets": offsets,
        "formats": formats,
        "itemsize": itemsize,
    }
    return np.dtype(described, align=True, **metadata), least


def as_native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in native byte order, as it is on the device."""
    return dtype if dtype.isnative else dtype.newbyteorder("=")


def as_kernel(raw: Any) -> Any:
    """Return memory as kernels see it, in native byte order.

    As on the device, a byte-swapped view is read as if it were native: the numbers are wrong, and
    there is no error.
    """
    return raw if raw.dtype.isnative else raw.view(raw.dtype.newbyteorder("="))
