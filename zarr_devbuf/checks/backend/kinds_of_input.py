"""Checks with large arrays, many parts and indices, 0 to 5 dimensions, and extremes of dtypes."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_raises, assert_same
from zarr_devbuf.checks._harness import holds, on_device
from zarr_devbuf.checks._inputs import (
    DTYPES,
    SHAPES,
    SIZES,
    drawn,
    extremes,
    grid,
    random_bytes,
)
from zarr_devbuf.checks.backend.harness import assert_array, assert_like_numpy, held, to_numpy
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

# Source and target of conversions in which a detour by a float64, or by a byte, loses something.
_CASTS = (("i8", "u8"), ("u8", "i8"), ("i8", "f4"), ("i4", "?"), ("u2", "?"), ("i8", "i4"))


@check("backend", source="ours", severity="stored wrong")
def check_large_copies(backend: Backend, _: Backend) -> None:
    """Arrays from 4 KiB to several MiB are copied whole, from any layout, in both directions.

    There are sizes on either side of 64 KiB and of 1 MiB: staging memory ends somewhere. Source:
    `Backend.from_host`, `Backend.to_host`, `Backend.copy_from_host`.
    """
    advice = "Copy until the last byte, in as many pieces as it takes."
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
            case = f"of {source.size} bytes, {layout}"
            with during(f"from_host {case}") as named, unrecorded_transfers():
                array = backend.from_host(source)
            assert_array(backend, array, source, named, advice=advice)
        array = on_device(backend, wide)
        views: tuple[tuple[str, Callable[[Any], Any]], ...] = (
            ("rows of a larger array", lambda each: each[1:-1]),
            ("columns of a wider array", lambda each: each.T[:, 1:-1]),
            ("backwards", lambda each: each[::-1]),
        )
        for layout, view in views:
            case = f"to_host of {view(wide).size} bytes, {layout}"
            with during(case):
                host = to_numpy(backend, view(array))
            assert_same(host, view(wide), case, advice=advice)
        target = on_device(backend, np.zeros(size + 2, "u1"))
        with during(case := f"copy_from_host of {size} bytes"), unrecorded_transfers():
            backend.copy_from_host(target[1:-1], flat)
        assert_array(backend, target, np.pad(flat, 1), case, advice=advice)


@check("backend", source="ours", severity="stored wrong")
def check_dimensions(backend: Backend, _: Backend) -> None:
    """Arrays of 0 to 5 dimensions are copied, sliced, transposed, reshaped and assigned to.

    Source: zarr's arrays have any number of dimensions; zarr's ``NDArrayLike``.
    """
    advice = "Treat every axis like the first three."
    for dtype, shape in product(held(backend, ("u1", "i4")), SHAPES):
        values, axes = grid(dtype, shape), (*range(1, len(shape)), 0)[: len(shape)]
        backwards = (*(slice(None, None, -1),) * len(shape), ...)
        halves = (*(slice(1, None, 2),) * len(shape), ...)
        operations: tuple[tuple[str, Callable[[Any], Any]], ...] = (
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
            assert_like_numpy(backend, values, text, operation, advice=advice)


@check("backend", source="ours", severity="stored wrong")
def check_extremes(backend: Backend, _: Backend) -> None:
    """The extremes of each dtype that is held survive every operation that copies or assigns.

    They are the lowest and highest, integers beyond 2**53, signed zeros, infinities, NaN, NaT,
    times one unit apart, and text with zeros in it. Source: zarr's ``NDArrayLike``.
    """
    for each in DTYPES:
        if not holds(backend, each):
            continue
        values = extremes(each)
        size = len(values)
        operations: tuple[tuple[str, Callable[[Any], Any]], ...] = (
            ("array.copy()", lambda array: array.copy()),
            ("array[::-1].copy()", lambda array: array[::-1].copy()),
            ("array[::-2]", lambda array: array[::-2]),
            ("array[[…]]", lambda array, n=size: array[list(range(n))[::-1]]),  # type: ignore[misc]
            ("array[1:] = array[:-1].copy()", _shift),
            ("array.reshape((1, -1)).transpose()", lambda array: array.reshape((1, -1)).T),
        )
        for text, operation in operations:
            assert_like_numpy(
                backend,
                values,
                text,
                operation,
                advice="Copy the memory of each element, whatever its dtype; convert nothing.",
            )


def _shift(array: Any) -> None:
    array[1:] = array[:-1].copy()


@check("backend", source="ours", severity="stored wrong")
def check_casts(backend: Backend, _: Backend) -> None:
    """``astype`` of integers is exact: none goes by a float64, or by its lowest byte.

    Source: zarr's ``NDArrayLike.astype``; NumPy's conversion of each value.
    """
    for source, target in _CASTS:
        if not (holds(backend, source) and holds(backend, target)):
            continue
        assert_like_numpy(
            backend,
            np.append(extremes(source), np.array([256, 512], source)),
            f"array.astype({target!r})",
            lambda array, target=target: array.astype(target),  # type: ignore[misc]
            advice="Convert from dtype to dtype, in one step.",
        )


@check("backend", source="ours", severity="read wrong")
def check_full_of_extremes(backend: Backend, _: Backend) -> None:
    """``xp.full`` fills with the exact value, in small and large arrays.

    Source: the reference classes' ``create`` fills by `xp.full`.
    """
    advice = "Pass the value to the device as one of the dtype, and fill all of the memory."
    for each in ("i1", "u2", "i4", "i8", "u8", "f2", "f4", "f8", "c16"):
        if not holds(backend, each):
            continue
        for value in extremes(each):
            case = f"xp.full of {each}, shape (3,), fill value {value!r}"
            with during(case), unrecorded_transfers():
                found = backend.xp.full((3,), value, dtype=np.dtype(each), order="C")
            assert_array(backend, found, np.full(3, value, each), case, advice=advice)
    for size in SIZES:
        with during(case := f"xp.full of uint8, shape ({size},)"), unrecorded_transfers():
            found = backend.xp.full((size,), 7, dtype=np.dtype("u1"), order="C")
        assert_array(backend, found, np.full(size, 7, "u1"), case, advice=advice)
        with during(case := f"xp.zeros of uint8, shape ({size},)"), unrecorded_transfers():
            found = backend.xp.zeros((size,), dtype=np.dtype("u1"), order="C")
        assert_array(backend, found, np.zeros(size, "u1"), case, advice=advice)


@check("backend", source="ours", severity="stored wrong")
def check_many_parts(backend: Backend, _: Backend) -> None:
    """``xp.concatenate`` joins over a thousand arrays, empty ones among them, and large ones.

    A shard is combined from all its chunks. Source: ``Buffer.combine`` of the reference classes.
    """
    advice = "Join all arrays, however many and however large."
    for count in (63, 64, 65, 129, 257, 1025):
        for longest in (1, 3, 700):
            sizes = drawn(f"{count} of {longest}").integers(longest == 1, longest + 1, count)
            data = np.frombuffer(random_bytes(int(sizes.sum())), "u1")
            whole = on_device(backend, data)
            stops = np.cumsum(sizes)
            parts = [whole[stop - size : stop] for size, stop in zip(sizes, stops, strict=True)]
            case = f"xp.concatenate of {count} arrays of up to {longest} bytes"
            with during(case), unrecorded_transfers():
                found = backend.xp.concatenate(parts)
            assert_array(backend, found, data, case, advice=advice)
    large = [np.frombuffer(random_bytes(size), "u1") for size in (SIZES[-1], 0, SIZES[3])]
    case = f"xp.concatenate of {', '.join(str(each.size) for each in large)} bytes"
    with during(case), unrecorded_transfers():
        found = backend.xp.concatenate([on_device(backend, each) for each in large])
    assert_array(backend, found, np.concatenate(large), case, advice=advice)


@check("backend", source="ours", severity="read wrong")
def check_large_comparisons(backend: Backend, _: Backend) -> None:
    """``==`` and ``all`` look at every element of an array of up to several MiB.

    One element differs: the first, the last, or one that is drawn. Source: ``==`` and
    ``all_equal`` of the reference classes.
    """
    random = drawn("comparisons")
    for size in SIZES:
        values = np.frombuffer(random_bytes(size), "u1")
        array = on_device(backend, values)
        for index in (None, 0, size - 1, int(random.integers(1, size - 1))):
            other = values.copy()
            if index is not None:
                other[index] ^= 1
            what = "equal" if index is None else f"different at {index}"
            case = f"bool((array == other).all()) of {size} bytes, {what}"
            with during(case), unrecorded_transfers():
                answer = bool((array == on_device(backend, other)).all())
            if answer is not (index is None):
                raise violated(
                    case=case,
                    expected=repr(index is None),
                    actual=repr(answer),
                    advice="Compare, and reduce, until the last element.",
                )


@check("backend", source="ours", severity="stored wrong")
def check_many_indices(backend: Backend, _: Backend) -> None:
    """Over 256 rows, over 1024 points and large masks select, and are assigned to, as in NumPy.

    Source: zarr's orthogonal, coordinate and mask selections index chunks so.
    """
    advice = "Use indices of the machine's word; take all of them."
    random, shape = drawn("indices of a backend"), (700, 30)
    values = grid("i4" if holds(backend, "i4") else "u1", shape)
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
        assert_like_numpy(backend, values, text, lambda array, k=key: array[k], advice=advice)  # type: ignore[misc]
        new = grid(values.dtype, values[key].shape)[::-1].copy()
        array, expected = on_device(backend, values), values.copy()
        expected[key] = new
        with during(case := f"{text} = values"), unrecorded_transfers():
            array[key] = on_device(backend, new)
        assert_array(backend, array, expected, case, advice=advice)


@check("backend", source="ours", severity="stored wrong")
def check_large_assignment(backend: Backend, _: Backend) -> None:
    """A part of a large array is assigned to, and nothing else; what does not fit is an error.

    The parts are rows, columns, every other element, and the array backwards. Source: zarr's
    ``NDArrayLike``; NumPy raises a `ValueError` for values that cannot be broadcast.
    """
    advice = "Write each element to its place, and reject values that do not fit."
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
            array = on_device(backend, base)
            with (
                during(case := f"array{name} = values, shape {base.shape}"),
                unrecorded_transfers(),
            ):
                array[key] = on_device(backend, new)
            assert_array(backend, array, expected, case, advice=advice)
    array = on_device(backend, grid("u1", (5, 7)))
    for shape in ((4, 7), (5, 6), (7, 5), (2,), (5, 7, 1)):
        case = f"array[...] = values of shape {shape}, array of shape (5, 7)"
        value = on_device(backend, grid("u1", shape))
        assert_raises((ValueError,), array.__setitem__, ..., value, case=case, advice=advice)
    assert_array(backend, array, grid("u1", (5, 7)), "the array, after these errors", advice=advice)
