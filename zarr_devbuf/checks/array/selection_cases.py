"""The selections that the checks read and write, by kind, for arrays of any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt

    from zarr_devbuf.checks.array.array_params import Shape
    from zarr_devbuf.checks.array.selection import Kind


# Makes selections for a shape, and for that of the chunks.
type Cases = Callable[[Shape, Shape], Iterable[Selection]]

# A part of an array of shape (7, 6), in chunks of shape (3, 4): no chunk is whole in it.
PART = (slice(2, 6), slice(1, 5))


def basic(shape: Shape, chunks: Shape) -> Iterator[Selection]:
    """Slices of step 1: all, a row, within a chunk, across chunks, up to the far edge."""
    keys: list[Any] = [
        ...,
        slice(None),
        _all_axes(shape, chunks, lambda n, c: slice(0, min(n, c))),
        _all_axes(shape, chunks, lambda n, c: slice(min(n, c) // 2, min(n, c) // 2 + c)),
        _all_axes(shape, chunks, lambda n, _: slice(n - 1, None)),
        _all_axes(shape, chunks, lambda n, _: slice(-n // 2, n + 100)),
        (slice(1, None), ...),
    ]
    if len(shape) > 1:
        keys += [shape[0] - 1, (..., 0), (-1, slice(1, None))]
    return _each("basic", keys)


def strided(shape: Shape, chunks: Shape) -> Iterator[Selection]:
    """Slices of larger steps: within chunks, over whole chunks, on one axis and on all."""
    keys = [
        slice(None, None, 2),
        (..., slice(1, None, 2)),
        _all_axes(shape, chunks, lambda _, c: slice(0, None, max(2, c - 1))),
        _all_axes(shape, chunks, lambda _, c: slice(None, None, c + 1)),
    ]
    return _each("basic", keys)


def single(shape: Shape, _: Shape) -> Iterator[Selection]:
    """One element: the first, the last, one in between."""
    return _each("basic", [(0,) * len(shape), (-1,) * len(shape), tuple(n // 2 for n in shape)])


def empty(shape: Shape, chunks: Shape) -> Iterator[Selection]:
    """No element, by each kind of selection but points: `coordinates` has such a case."""
    yield Selection("basic", slice(0, 0))
    yield Selection("basic", _all_axes(shape, chunks, lambda n, _: slice(n, None)))
    none = np.zeros(0, dtype="intp")
    yield Selection("orthogonal", (none, *(slice(None) for _ in shape[1:])))
    yield Selection("mask", np.zeros(shape, dtype=bool))


def orthogonal(shape: Shape, _: Shape) -> Iterator[Selection]:
    """Integer and boolean vectors, each for one axis, mixed with slices and integers."""
    keys: list[Any] = []
    for axis, n in enumerate(shape):
        keys += [_vector(shape, axis, each) for each in (_some(n), _some(n)[::-1], _flags(n))]
    keys += [tuple(_some(n) for n in shape), tuple(_flags(n) for n in shape)]
    if len(shape) > 1:
        keys += [
            (_some(shape[0]), *(slice(0, None, 2) for _ in shape[1:])),
            (shape[0] - 1, *(_some(n) for n in shape[1:])),
            (_flags(shape[0]), *(0 for _ in shape[1:])),
        ]
    return _each("orthogonal", keys)


def repeated_indices(shape: Shape, _: Shape) -> Iterator[Selection]:
    """Integer vectors, each for one axis, with one index twice."""
    axes = enumerate(shape)
    keys = [_vector(shape, axis, np.array([n - 1, 0, n - 1])) for axis, n in axes]
    return _each("orthogonal", keys)


def coordinates(shape: Shape, chunks: Shape) -> Iterator[Selection]:
    """Points in a vector: in order, within one chunk, in disorder, a single one, none."""
    n, within = min(shape), min(*shape, *chunks)
    keys = [
        tuple(np.arange(within) for _ in shape),
        tuple(np.arange(n) for _ in shape),
        tuple(np.arange(n)[::-1] % m for m in shape),
        tuple(np.array([m // 2]) for m in shape),
        tuple(np.zeros(0, dtype="intp") for _ in shape),
    ]
    return _each("coordinate", keys)


def repeated_points(shape: Shape, _: Shape) -> Iterator[Selection]:
    """Points in a vector, the last one twice."""
    return _each("coordinate", [tuple(np.array([m - 1, 0, m // 2, -1]) for m in shape)])


def grids(shape: Shape, _: Shape) -> Iterator[Selection]:
    """Points in an array of two dimensions, whose shape the result has."""
    keys = [
        tuple(
            np.array([[0] * 2, [m - 1] * 2] if axis else [[0, m - 1]] * 2)
            for axis, m in enumerate(shape)
        ),
        tuple(np.array([[0], [m - 1], [m // 2]]) for m in shape),
    ]
    return _each("coordinate", keys)


def masks(shape: Shape, _: Shape) -> Iterator[Selection]:
    """Flags for every element: a third of them, all, one."""
    count = np.arange(int(np.prod(shape))).reshape(shape)
    return _each("mask", [count % 3 == 1, count >= 0, count == count.size // 2])


def blocks(shape: Shape, chunks: Shape) -> Iterator[Selection]:
    """Whole chunks: one, a run of them, none, those at the far edge."""
    counts = [-(-n // c) for n, c in zip(shape, chunks, strict=True)]
    keys = [
        0,
        -1,
        slice(0, counts[0]),
        slice(0, 0),
        tuple(count - 1 for count in counts),
        tuple(slice(count // 2, count) for count in counts),
    ]
    return _each("block", keys)


# One selection of each kind, for the methods `get_…_selection` and `set_…_selection`.
_METHOD_CASES: dict[Kind, Callable[[Shape], Any]] = {
    "basic": lambda shape: tuple(slice(1, None) for _ in shape),
    "orthogonal": lambda shape: tuple(np.unique([0, n - 1]) for n in shape),
    "mask": lambda shape: np.arange(int(np.prod(shape))).reshape(shape) % 3 == 1,
    "block": lambda shape: (0,) * len(shape),
    "coordinate": lambda shape: tuple(np.array([n - 1, 0]) for n in shape),
}


def method_cases(shape: Shape, *kinds: Kind) -> Iterator[Selection]:
    """One selection of each of these kinds; of all kinds by default."""
    for kind in kinds or _METHOD_CASES:
        yield Selection(kind, _METHOD_CASES[kind](shape))


def _each(kind: Kind, keys: Iterable[Any]) -> Iterator[Selection]:
    return (Selection(kind, key) for key in keys)


def _vector(shape: Shape, axis: int, vector: npt.NDArray[Any]) -> tuple[Any, ...]:
    """Select by a vector along one axis, and all of the others."""
    return (*([slice(None)] * axis), vector, *([slice(None)] * (len(shape) - axis - 1)))


def _all_axes(shape: Shape, chunks: Shape, make: Callable[[int, int], slice]) -> Any:
    return tuple(make(n, max(1, c)) for n, c in zip(shape, chunks, strict=True))


def _some(n: int) -> npt.NDArray[Any]:
    return np.unique(np.array([0, n // 2, n - 1]))


def _flags(n: int) -> npt.NDArray[Any]:
    return np.asarray(np.arange(n) % 3 != 1)
