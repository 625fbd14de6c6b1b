"""A selection from an array: for zarr, and for NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr_devbuf.checks._assertions import show

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.checks.array.array_params import Shape

__all__ = ["Kind", "Selection", "as_selection"]

type Kind = Literal["basic", "orthogonal", "coordinate", "mask", "block"]

# By which attribute of an array users select.
_ATTRIBUTES: dict[Kind, str] = {
    "orthogonal": "oindex",
    "coordinate": "vindex",
    "mask": "vindex",
    "block": "blocks",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """
    A selection.

    Attributes
    ----------
    kind : {"basic", "orthogonal", "coordinate", "mask", "block"}
        The word in the names of zarr's methods, ``get_…_selection``.
    key : object
        What stands in the brackets.
    """

    kind: Kind
    key: Any

    def read(self, array: Any) -> Any:
        """Read it from a zarr array."""
        return self._indexed(array)[self.key]

    def write(self, array: Any, values: Any) -> None:
        """Write it to a zarr array."""
        self._indexed(array)[self.key] = values

    def _indexed(self, array: Any) -> Any:
        name = _ATTRIBUTES.get(self.kind)
        return getattr(array, name) if name else array

    def take(self, array: npt.NDArray[Any], chunks: Shape) -> Any:
        """Read it from a NumPy array; blocks are counted in `chunks`."""
        if self.kind == "block":
            return array[_slices_of(self.key, array.shape, chunks)]
        if self.kind == "orthogonal":
            mesh = array[_mesh_of(self.key, array.shape)]
            return mesh.reshape(_shape_of(self.key, array.shape))
        return array[self.key]

    def assign(self, array: npt.NDArray[Any], values: Any, chunks: Shape) -> None:
        """Write it to a NumPy array; blocks are counted in `chunks`."""
        if self.kind == "block":
            array[_slices_of(self.key, array.shape, chunks)] = values
        elif self.kind == "orthogonal":
            mesh = _mesh_of(self.key, array.shape)
            whole = np.broadcast_to(values, _shape_of(self.key, array.shape))
            array[mesh] = whole.reshape([axis.size for axis in mesh])
        else:
            array[self.key] = values

    def __str__(self) -> str:
        parts = self.key if isinstance(self.key, tuple) and self.key else (self.key,)
        return f"{_ATTRIBUTES.get(self.kind, '')}[{', '.join(map(_show_part, parts))}]"


def as_selection(key: Any) -> Selection:
    """Return a selection as it is, and anything else as the key of a basic one."""
    return key if isinstance(key, Selection) else Selection("basic", key)


def _show_part(part: Any) -> str:
    if isinstance(part, slice):
        limits = part.start, part.stop, part.step
        start, stop, step = ("" if each is None else str(each) for each in limits)
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if isinstance(part, np.ndarray):
        return str(part.tolist()) if part.size < 20 else show(part)
    return "..." if part is ... else str(part)


def _slices_of(block: Any, shape: Shape, chunks: Shape) -> tuple[slice, ...]:
    parts = block if isinstance(block, tuple) else (block,)
    found = []
    for axis, (n, c) in enumerate(zip(shape, chunks, strict=True)):
        count = -(-n // c)
        part = parts[axis] if axis < len(parts) else slice(None)
        if isinstance(part, slice):
            start, stop, _ = part.indices(count)
        elif not -count <= part < count:
            raise IndexError(f"block {part} is out of bounds for axis {axis} with {count} blocks")
        else:
            start, stop = part % count, part % count + 1
        found.append(slice(start * c, min(stop * c, n)))
    return tuple(found)


def _mesh_of(selection: tuple[Any, ...], shape: Shape) -> Any:
    axes = zip(shape, selection, strict=True)
    return np.ix_(*(np.atleast_1d(np.arange(n)[part]) for n, part in axes))


def _shape_of(selection: tuple[Any, ...], shape: Shape) -> list[int]:
    axes = zip(shape, selection, strict=True)
    return [np.arange(n)[part].size for n, part in axes if not isinstance(part, int)]
