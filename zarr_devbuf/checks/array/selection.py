"""A selection from an array: for zarr, and for NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr_devbuf.checks._assertions import show

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.checks.array.array_params import Shape


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
        return array.reshape(-1)[self._positions(array.shape, chunks)]

    def assign(self, array: npt.NDArray[Any], values: Any, chunks: Shape) -> None:
        """Write it to a NumPy array in C order; blocks are counted in `chunks`."""
        array.reshape(-1)[self._positions(array.shape, chunks)] = values

    def _positions(self, shape: Shape, chunks: Shape) -> Any:
        """Return the positions of the elements in the flattened array, in the result's shape."""
        positions = np.arange(int(np.prod(shape))).reshape(shape)
        if self.kind not in ("orthogonal", "block"):
            return positions[self.key]
        # From the last axis on, since an integer drops its axis.
        for axis, part in reversed(list(enumerate(_parts(self.key)))):
            if self.kind == "block":
                block = np.arange(shape[axis]) // chunks[axis]
                part = np.isin(block, np.arange(-(-shape[axis] // chunks[axis]))[part])  # noqa: PLW2901
            positions = positions[(*(slice(None),) * axis, part)]
        return positions

    def __str__(self) -> str:
        parts = _parts(self.key) or ((),)
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


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)
