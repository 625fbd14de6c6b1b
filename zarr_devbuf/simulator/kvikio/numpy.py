"""``kvikio.numpy``: NumPy's ``fromfile`` and ``tofile`` on device memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from zarr_devbuf.simulator.kvikio.cufile import CuFile

__all__ = ["FileLike", "LikeWrapper", "fromfile", "tofile"]


@runtime_checkable
class FileLike(Protocol):
    """An open file that has a name."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...

    @property
    def name(self) -> str:
        """The path."""
        ...


class LikeWrapper:
    """An array for the argument ``like`` of NumPy's ``fromfile``, which then uses kvikio."""

    def __init__(self, like: Any) -> None:
        self._like = like

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func is not np.fromfile:
            return func(*args, **kwargs)
        return fromfile(*args, like=self._like, **kwargs)


def _path(file: Any) -> str:
    return file.name if isinstance(file, FileLike) else str(file)


def fromfile(
    file: Any,
    dtype: Any = float,
    count: int = -1,
    sep: str = "",
    offset: int = 0,
    *,
    like: Any = None,
) -> Any:
    """Return a one-dimensional array with the contents of a file, of the kind of `like`.

    Parameters
    ----------
    file
        A path or an open file.
    count
        Elements; -1 for all.
    sep
        Must be empty: only binary files are read.
    offset
        Position in the file, in bytes.
    """
    if sep != "":
        raise NotImplementedError("Non-default value of the `sep` argument is not supported")
    path = _path(file)
    nbytes = Path(path).stat().st_size
    there = (nbytes - offset) // np.dtype(dtype).itemsize
    result = np.empty_like(like, shape=(there if count == -1 else min(count, there),), dtype=dtype)
    with CuFile(path, "r") as opened:
        opened.read(result, file_offset=offset)
    return result


def tofile(ary: Any, file: Any) -> None:
    """Write the elements of an array to a file, in C order."""
    with CuFile(_path(file), "w") as opened:
        opened.write(np.ascontiguousarray(ary, like=ary))
