"""What the arrays of the checks look like, and how they are made."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
import zarr
from zarr.core.array import AsyncArray
from zarr.core.sync import sync
from zarr.storage import MemoryStore

from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.naming import name_of

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Form", "geometry", "make_array", "numbers", "reopened", "takes_settings"]


@final
@dataclass(frozen=True, slots=True)
class Form:
    """
    The settings of an array.

    No filter, no compressor, and every chunk written, unless a check is about these: a defect there
    is to fail the checks on it, and no others.
    """

    shape: tuple[int, ...] = (7, 6)
    chunks: tuple[Any, ...] = (3, 4)
    dtype: str | np.dtype[Any] = "i4"
    fill_value: Any = 0
    zarr_format: Literal[2, 3] = 3
    order: Literal["C", "F"] = "C"
    filters: Any = None
    serializer: Any = "auto"
    compressors: Any = None
    shards: tuple[int, ...] | None = None
    write_empty_chunks: bool = True

    def settings(self) -> dict[str, Any]:
        """Give the keyword arguments of `zarr.create_array`."""
        settings: dict[str, Any] = {
            "shape": self.shape,
            "chunks": self.chunks,
            "dtype": np.dtype(self.dtype),
            "fill_value": self.fill_value,
            "zarr_format": self.zarr_format,
            "filters": self.filters,
            "compressors": self.compressors,
            "config": {"write_empty_chunks": self.write_empty_chunks},
        }
        if self.serializer != "auto":
            settings["serializer"] = self.serializer
        if self.shards is not None:
            settings["shards"] = self.shards
        if self.order != "C":
            if self.zarr_format == 2:
                settings["order"] = self.order
            else:
                settings["config"]["order"] = self.order
        return settings


def make_array(subject: Any, form: Form | None) -> zarr.Array[Any]:
    """
    Make an empty array.

    Parameters
    ----------
    subject : callable or None
        Takes the keyword arguments of `zarr.create_array`, except ``store``, or none at all. None:
        `zarr.create_array` in memory.
    form : Form or None
        What the check needs; None where any array will do.

    Raises
    ------
    NotApplicable
        Where the check needs a form, and the callable takes none; where it needs format 2, and the
        callable refuses that: a store or a pipeline may be for format 3 alone.
    TypeError
        Where the subject makes no `zarr.Array`.
    """
    if subject is None:
        return zarr.create_array(MemoryStore(), **(form or Form()).settings())
    if not callable(subject):
        raise TypeError(f"expected a callable that makes an empty zarr.Array, got {subject!r}")
    if takes_settings(subject):
        array = _made(subject, form or Form())
    elif form is None:
        array = subject()
    else:
        raise NotApplicable(
            f"the check needs an array of its own form, and {name_of(subject)} takes no arguments: "
            "let it take the keyword arguments of zarr.create_array"
        )
    if not isinstance(array, zarr.Array):
        raise TypeError(f"{name_of(subject)} makes no zarr.Array, but {array!r}")
    return array


def _made(subject: Any, form: Form) -> Any:
    if form.zarr_format != 2:
        return subject(**form.settings())
    try:
        return subject(**form.settings())
    except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        text = f"{name_of(subject)} makes no arrays of format 2: {error}"
        raise NotApplicable(text) from error


def takes_settings(subject: Any) -> bool:
    """Tell whether a subject makes arrays of any form, or just the one that it makes."""
    if subject is None:
        return True
    try:
        parameters = inspect.signature(subject).parameters.values()
    except (TypeError, ValueError):  # of compiled functions nothing is known
        return True
    return any(each.kind is each.VAR_KEYWORD or each.name == "shape" for each in parameters)


def reopened(array: zarr.Array[Any]) -> AsyncArray[Any]:
    """Open an array anew, by the documents in its store."""
    opened = AsyncArray.open(array.store_path, zarr_format=array.metadata.zarr_format)
    return sync(opened)


def geometry(array: zarr.Array[Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give the shape and the shape of the chunks; of shards, where there are any."""
    return array.shape, array.shards or array.chunks


def numbers(shape: tuple[int, ...], dtype: npt.DTypeLike, start: int = 1) -> npt.NDArray[Any]:
    """Make values for an array, on the host: neighbours differ, and hardly any is 0."""
    dtype = np.dtype(dtype)
    count = np.arange(start, start + int(np.prod(shape))).reshape(shape)
    if dtype.names is not None:
        values: npt.NDArray[Any] = np.zeros(shape, dtype)
        for number, name in enumerate(dtype.names):
            values[name] = numbers(shape, values[name].dtype, start + 7 * number)
        return values
    if dtype.kind == "b":
        return (count % 3 > 0).astype(dtype)
    if dtype.kind in "iu":
        # The high bytes of a wide integer count, so that a wrong byte order shows.
        factor = np.uint64(np.iinfo(dtype).max // 10_000 | 1)
        return np.asarray(count.astype("u8") * factor).astype(dtype)
    if dtype.kind == "c":
        return np.asarray(count + 1j / count).astype(dtype)
    if dtype.kind == "f":
        return np.asarray(count + 1 / count).astype(dtype)
    if dtype.kind in "mM":
        return (count * 86_413).astype("i8").view(dtype.str.replace(">", "<")).astype(dtype)
    return count.astype(dtype)
