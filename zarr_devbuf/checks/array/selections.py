"""Selections of every kind for arrays of any shape, and what they are in NumPy's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

__all__ = [
    "Kind",
    "assign",
    "basic",
    "blocks",
    "coordinates",
    "empty",
    "grids",
    "masks",
    "orthogonal",
    "read",
    "single",
    "strided",
    "take",
    "write",
]

type Shape = tuple[int, ...]
type Kind = Literal["basic", "orthogonal", "coordinate", "mask", "block"]


def basic(shape: Shape, chunks: Shape) -> Iterator[Any]:
    """Slices of step 1: all, a row, within a chunk, across chunks, up to the far edge."""
    yield ...
    yield slice(None)
    yield _all_axes(shape, chunks, lambda n, c: slice(0, min(n, c)))
    yield _all_axes(shape, chunks, lambda n, c: slice(min(n, c) // 2, min(n, c) // 2 + c))
    yield _all_axes(shape, chunks, lambda n, _: slice(n - 1, None))
    yield _all_axes(shape, chunks, lambda n, _: slice(-n // 2, n + 100))
    yield (slice(1, None), ...)
    if len(shape) > 1:
        yield shape[0] - 1
        yield (..., 0)
        yield (-1, slice(1, None))


def strided(shape: Shape, chunks: Shape) -> Iterator[Any]:
    """Slices of larger steps: within chunks, over whole chunks, on one axis and on all."""
    yield slice(None, None, 2)
    yield (..., slice(1, None, 2))
    yield _all_axes(shape, chunks, lambda _, c: slice(0, None, max(2, c - 1)))
    yield _all_axes(shape, chunks, lambda _, c: slice(None, None, c + 1))


def single(shape: Shape) -> Iterator[Any]:
    """One element: the first, the last, one in between."""
    yield tuple(0 for _ in shape)
    yield tuple(-1 for _ in shape)
    yield tuple(n // 2 for n in shape)


def empty(shape: Shape, chunks: Shape) -> Iterator[tuple[Kind, Any]]:
    """No element at all, by the kinds of selection; not by points, whose checks have such a case."""
    yield "basic", slice(0, 0)
    yield "basic", _all_axes(shape, chunks, lambda n, _: slice(n, None))
    yield "orthogonal", (np.zeros(0, dtype="intp"), *(slice(None) for _ in shape[1:]))
    yield "mask", np.zeros(shape, dtype=bool)


def orthogonal(shape: Shape, *, repeated: bool = False) -> Iterator[tuple[Any, ...]]:
    """Integer and boolean vectors, each for one axis, mixed with slices and integers."""
    for axis, n in enumerate(shape):
        rest = [slice(None)] * len(shape)
        vectors = [_some(n), _some(n)[::-1], _flags(n)]
        if repeated:
            vectors.append(np.array([n - 1, 0, n - 1]))
        for vector in vectors:
            yield (*rest[:axis], vector, *rest[axis + 1 :])
    yield tuple(_some(n) for n in shape)
    yield tuple(_flags(n) for n in shape)
    if len(shape) > 1:
        yield (_some(shape[0]), *(slice(0, None, 2) for _ in shape[1:]))
        yield (shape[0] - 1, *(_some(n) for n in shape[1:]))
        yield (_flags(shape[0]), *(0 for _ in shape[1:]))


def coordinates(shape: Shape, *, repeated: bool = False) -> Iterator[tuple[Any, ...]]:
    """Points in a vector: in order, in disorder, one alone, none; one twice where asked for."""
    n = min(shape)
    yield tuple(np.arange(n) for _ in shape)
    yield tuple(np.arange(n)[::-1] % m for m in shape)
    yield tuple(np.array([m // 2]) for m in shape)
    yield tuple(np.zeros(0, dtype="intp") for _ in shape)
    if repeated:
        yield tuple(np.array([m - 1, 0, m // 2, -1]) for m in shape)


def grids(shape: Shape) -> Iterator[tuple[Any, ...]]:
    """Points in an array of two dimensions, whose shape the result takes."""
    yield tuple(
        np.array([[0] * 2, [m - 1] * 2] if axis else [[0, m - 1]] * 2)
        for axis, m in enumerate(shape)
    )
    yield tuple(np.array([[0], [m - 1], [m // 2]]) for m in shape)


def masks(shape: Shape) -> Iterator[npt.NDArray[Any]]:
    """Flags for every element: a third of them, all, one."""
    count = np.arange(int(np.prod(shape))).reshape(shape)
    yield count % 3 == 1
    yield count >= 0
    yield count == count.size // 2


def blocks(shape: Shape, chunks: Shape) -> Iterator[Any]:
    """Whole chunks: one, a run of them, those at the far edge."""
    counts = [-(-n // c) for n, c in zip(shape, chunks, strict=True)]
    yield 0
    yield -1
    yield slice(0, counts[0])
    yield tuple(count - 1 for count in counts)
    yield tuple(slice(count // 2, count) for count in counts)


def read(array: Any, kind: Kind, selection: Any) -> Any:
    """Read a selection from an array of zarr's, as users write it."""
    match kind:
        case "basic":
            return array[selection]
        case "orthogonal":
            return array.oindex[selection]
        case "block":
            return array.blocks[selection]
        case _:
            return array.vindex[selection]


def write(array: Any, kind: Kind, selection: Any, values: Any) -> None:
    """Write a selection of an array of zarr's, as users write it."""
    match kind:
        case "basic":
            array[selection] = values
        case "orthogonal":
            array.oindex[selection] = values
        case "block":
            array.blocks[selection] = values
        case _:
            array.vindex[selection] = values


def take(array: npt.NDArray[Any], kind: Kind, selection: Any, chunks: Shape) -> Any:
    """Read the same selection from a NumPy array."""
    if kind == "block":
        return array[_slices_of(selection, array.shape, chunks)]
    if kind == "orthogonal":
        return array[_mesh_of(selection, array.shape)].reshape(_shape_of(selection, array.shape))
    return array[selection]


def assign(array: npt.NDArray[Any], kind: Kind, selection: Any, values: Any, chunks: Shape) -> None:
    """Write the same selection of a NumPy array."""
    if kind == "block":
        array[_slices_of(selection, array.shape, chunks)] = values
    elif kind == "orthogonal":
        mesh = _mesh_of(selection, array.shape)
        shape = _shape_of(selection, array.shape)
        array[mesh] = np.broadcast_to(values, shape).reshape([axis.size for axis in mesh])
    else:
        array[selection] = values


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


def _all_axes(shape: Shape, chunks: Shape, make: Callable[[int, int], slice]) -> Any:
    return tuple(make(n, max(1, c)) for n, c in zip(shape, chunks, strict=True))


def _some(n: int) -> npt.NDArray[Any]:
    return np.unique(np.array([0, n // 2, n - 1]))


def _flags(n: int) -> npt.NDArray[Any]:
    return np.asarray(np.arange(n) % 3 != 1)
