"""Checks with large arrays, many parts and indices, 0 to 5 dimensions, and extremes of dtypes."""

from __future__ import annotations

from itertools import accumulate, product
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._inputs import (
    DTYPES,
    SHAPES,
    SIZES,
    drawn,
    drawn_parts,
    extremes,
    grid,
    random_bytes,
)
from zarr_devbuf.checks.backend.harness import BackendHarness, Operation, backend_check

if TYPE_CHECKING:
    import numpy.typing as npt

# Source and target of conversions in which a detour by a float64, or by a byte, loses something.
_CASTS = (("i8", "u8"), ("u8", "i8"), ("i8", "f4"), ("i4", "?"), ("u2", "?"), ("i8", "i4"))


@backend_check(
    severity="stored wrong",
    advice="Copy until the last byte, in as many pieces as it takes.",
)
def check_large_copies(harness: BackendHarness) -> None:
    """Arrays from 4 KiB to several MiB are copied whole, from any layout, in both directions.

    There are sizes on either side of 64 KiB and of 1 MiB: staging memory ends somewhere. Source:
    `Backend.from_host`, `Backend.to_host`, `Backend.copy_from_host`.
    """
    for size in SIZES:
        flat = np.frombuffer(random_bytes(size), "u1")
        wide = np.frombuffer(random_bytes(size // 7 * 9), "u1").reshape(9, -1)
        sources = {
            "contiguous": flat,
            "rows of a larger array": wide[1:-1],
            "columns of a wider array": wide.T[:, 1:-1],
            "backwards": flat[::-1],
        }
        for layout, source in sources.items():
            with harness.calling(f"from_host of {source.size} bytes, {layout}") as case:
                array = harness.backend.from_host(source)
            harness.assert_array(array, source, case)
        array = harness.array(wide)
        views: tuple[Operation, ...] = (
            ("rows of a larger array", lambda each: each[1:-1]),
            ("columns of a wider array", lambda each: each.T[:, 1:-1]),
            ("backwards", lambda each: each[::-1]),
        )
        for layout, view in views:
            with harness.calling(f"to_host of {view(wide).size} bytes, {layout}") as case:
                host = harness.backend.to_host(view(array))
            harness.assert_host_array(host, view(wide), case)
        target = harness.array(np.zeros(size + 2, "u1"))
        with harness.calling(f"copy_from_host of {size} bytes") as case:
            harness.backend.copy_from_host(target[1:-1], flat)
        harness.assert_array(target, np.pad(flat, 1), case)


@backend_check(
    severity="stored wrong",
    advice="Treat every axis like the first three.",
)
def check_dimensions(harness: BackendHarness) -> None:
    """Arrays of 0 to 5 dimensions are copied, sliced, transposed, reshaped and assigned to.

    Source: zarr's arrays have any number of dimensions; zarr's ``NDArrayLike``.
    """
    for dtype, shape in product(harness.held("u1", "i4"), SHAPES):
        values, axes = grid(dtype, shape), (*range(1, len(shape)), 0)[: len(shape)]
        backwards = (*(slice(None, None, -1),) * len(shape), ...)
        halves = (*(slice(1, None, 2),) * len(shape), ...)
        operations: tuple[Operation, ...] = (
            ("array.copy()", lambda array: array.copy()),
            (f"array.transpose({axes})", lambda array, a=axes: array.transpose(a)),  # type: ignore[misc]
            ("array.transpose().copy()", lambda array: array.transpose().copy()),
            ("array[::-1, …]", lambda array, key=backwards: array[key]),  # type: ignore[misc]
            ("array[1::2, …].copy()", lambda array, key=halves: array[key].copy()),  # type: ignore[misc]
            ("array.transpose().reshape(-1)", lambda array: array.transpose().reshape(-1)),
            ("array[1::2, …] = 0", lambda array, key=halves: array.__setitem__(key, 0)),  # type: ignore[misc]
            ("array.fill(7)", lambda array: array.fill(7)),
        )
        for text, operation in operations:
            harness.assert_like_numpy(values, text, operation)


@backend_check(
    severity="stored wrong",
    advice="Copy the memory of each element, whatever its dtype; convert nothing.",
)
def check_extremes(harness: BackendHarness) -> None:
    """The extremes of each dtype that is held survive every operation that copies or assigns.

    They are the lowest and highest, integers beyond 2**53, signed zeros, infinities, NaN, NaT,
    times one unit apart, and text with zeros in it. Source: zarr's ``NDArrayLike``.
    """
    for values in map(extremes, filter(harness.holds, DTYPES)):
        size = len(values)
        operations: tuple[Operation, ...] = (
            ("array.copy()", lambda array: array.copy()),
            ("array[::-1].copy()", lambda array: array[::-1].copy()),
            ("array[::-2]", lambda array: array[::-2]),
            ("array[[…]]", lambda array, n=size: array[list(range(n))[::-1]]),  # type: ignore[misc]
            ("array[1:] = array[:-1].copy()", _shift),
            ("array.reshape((1, -1)).transpose()", lambda array: array.reshape((1, -1)).T),
        )
        for text, operation in operations:
            harness.assert_like_numpy(values, text, operation)


def _shift(array: Any) -> None:
    array[1:] = array[:-1].copy()


@backend_check(
    severity="stored wrong",
    advice="Convert from dtype to dtype, in one step.",
)
def check_casts(harness: BackendHarness) -> None:
    """``astype`` of integers is exact: none goes by a float64, or by its lowest byte.

    Source: zarr's ``NDArrayLike.astype``; NumPy's conversion of each value.
    """
    for source, target in _CASTS:
        if not (harness.holds(source) and harness.holds(target)):
            continue
        values = np.append(extremes(source), np.array([256, 512], source))
        text = f"array.astype({target!r})"
        harness.assert_like_numpy(values, text, lambda array, to=target: array.astype(to))  # type: ignore[misc]


@backend_check(
    severity="read wrong",
    advice="Pass the value to the device as one of the dtype, and fill all of the memory.",
)
def check_full_of_extremes(harness: BackendHarness) -> None:
    """``xp.full`` fills with the exact value, in small and large arrays.

    Source: the reference classes' ``create`` fills by `xp.full`.
    """
    dtypes = filter(harness.holds, ("i1", "u2", "i4", "i8", "u8", "f2", "f4", "f8", "c16"))
    of_extremes = ((3, dtype, value) for dtype in dtypes for value in extremes(dtype))
    for size, dtype, value in (*of_extremes, *((size, "u1", 7) for size in SIZES)):
        what = f"xp.full of {dtype}, shape ({size},), fill value {value!r}"
        with harness.calling(what) as case:
            found = harness.xp.full((size,), value, dtype=np.dtype(dtype), order="C")
        harness.assert_array(found, np.full(size, value, dtype), case)
    for size in SIZES:
        with harness.calling(f"xp.zeros of uint8, shape ({size},)") as case:
            found = harness.xp.zeros((size,), dtype=np.dtype("u1"), order="C")
        harness.assert_array(found, np.zeros(size, "u1"), case)


@backend_check(
    severity="stored wrong",
    advice="Join all arrays, however many and however large.",
)
def check_many_parts(harness: BackendHarness) -> None:
    """``xp.concatenate`` joins over a thousand arrays, empty ones among them, and large ones.

    A shard is combined from all its chunks. Source: ``Buffer.combine`` of the reference classes.
    """
    large = tuple(random_bytes(size) for size in (SIZES[-1], 0, SIZES[3]))
    counts = product((63, 64, 65, 129, 257, 1025), (1, 3, 700))
    for parts in (*(drawn_parts(count, most == 1, most) for count, most in counts), large):
        what = f"xp.concatenate of {len(parts)} arrays, {len(max(parts, key=len))} bytes at most"
        whole = harness.array(np.frombuffer(b"".join(parts), "u1"))
        stops = accumulate(map(len, parts))
        with harness.calling(what) as case:
            arrays = [
                whole[stop - len(part) : stop] for part, stop in zip(parts, stops, strict=True)
            ]
            found = harness.xp.concatenate(arrays)
        harness.assert_array(found, np.frombuffer(b"".join(parts), "u1"), case)


@backend_check(
    severity="read wrong",
    advice="Compare, and reduce, until the last element.",
)
def check_large_comparisons(harness: BackendHarness) -> None:
    """``==`` and ``all`` look at every element of an array of up to several MiB.

    One element differs: the first, the last, or one that is drawn. Source: ``==`` and
    ``all_equal`` of the reference classes.
    """
    random = drawn("comparisons")
    for size in SIZES:
        values = np.frombuffer(random_bytes(size), "u1")
        array = harness.array(values)
        for index in (None, 0, size - 1, int(random.integers(1, size - 1))):
            other = values.copy()
            if index is not None:
                other[index] ^= 1
            what = "equal" if index is None else f"different at {index}"
            with harness.calling(f"bool((array == other).all()) of {size} bytes, {what}") as case:
                answer = bool((array == harness.array(other)).all())
            harness.assert_answer(answer, index is None, case)


@backend_check(
    severity="stored wrong",
    advice="Use indices of the machine's word; take all of them.",
)
def check_many_indices(harness: BackendHarness) -> None:
    """Over 256 rows, over 1024 points and large masks select, and are assigned to, as in NumPy.

    Source: zarr's orthogonal, coordinate and mask selections index chunks so.
    """
    random, shape = drawn("indices of a backend"), (700, 30)
    values = grid("i4" if harness.holds("i4") else "u1", shape)
    rows = random.permutation(shape[0])
    flat = random.permutation(values.size)[:1100]
    keys: dict[str, Any] = {
        "300 rows": rows[:300],
        "257 rows in order": np.sort(rows[:257]),
        "1,100 points": (flat // shape[1], flat % shape[1]),
        "1,024 points": (flat[:1024] // shape[1], flat[:1024] % shape[1]),
        "a mask": random.integers(0, 3, shape) == 0,
        "a mask of rows": random.integers(0, 2, shape[0]) == 0,
    }
    for name, key in keys.items():
        text = f"array[{name}]"
        harness.assert_like_numpy(values, text, lambda array, k=key: array[k])  # type: ignore[misc]
        new = grid(values.dtype, values[key].shape)[::-1].copy()
        array, expected = harness.array(values), values.copy()
        expected[key] = new
        with harness.calling(f"{text} = values") as case:
            array[key] = harness.array(new)
        harness.assert_array(array, expected, case)


@backend_check(
    severity="stored wrong",
    advice="Write each element to its place, and reject values that do not fit.",
)
def check_large_assignment(harness: BackendHarness) -> None:
    """A part of a large array is assigned to, and nothing else; what does not fit is an error.

    The parts are rows, columns, every other element, and the array backwards. Source: zarr's
    ``NDArrayLike``; NumPy raises a `ValueError` for values that cannot be broadcast.
    """
    keys: dict[str, Any] = {
        "[5:-3]": np.s_[5:-3],
        "[:, 7:-9]": np.s_[:, 7:-9],
        "[::2, 1::3]": np.s_[::2, 1::3],
        "[::-1, ::-1]": np.s_[::-1, ::-1],
    }
    for size in (SIZES[1], SIZES[4], SIZES[7], SIZES[-1]):
        base: npt.NDArray[Any] = np.frombuffer(random_bytes(size // 31 * 31), "u1").reshape(-1, 31)
        for name, key in keys.items():
            expected, new = base.copy(), base[key][::-1] + np.uint8(1)
            expected[key] = new
            array = harness.array(base)
            with harness.calling(f"array{name} = values, shape {base.shape}") as case:
                array[key] = harness.array(new)
            harness.assert_array(array, expected, case)
    array = harness.array(grid("u1", (5, 7)))
    for shape in ((4, 7), (5, 6), (7, 5), (2,), (5, 7, 1)):
        case = f"array[...] = values of shape {shape}, array of shape (5, 7)"
        value = harness.array(grid("u1", shape))
        harness.assert_raises(ValueError, array.__setitem__, ..., value, case=case)
    harness.assert_array(array, grid("u1", (5, 7)), "the array, after these errors")
