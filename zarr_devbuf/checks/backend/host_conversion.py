"""Checks of `from_host`, `to_host` and `copy_from_host`: values, layouts, aliasing, threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_in_memory_of, assert_same
from zarr_devbuf.checks._harness import on_device, require_device
from zarr_devbuf.checks.backend.harness import (
    FLOATS,
    NUMBERS,
    assert_array,
    assert_bits,
    grid,
    held,
    to_numpy,
)
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

_SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (7,), (0,), (3, 4), (2, 0, 3), (2, 3, 4))


@check("backend")
def check_from_host(backend: Backend, _: Backend) -> None:
    """``from_host`` gives an array of the backend with the shape, dtype and values of its source.

    0-dimensional arrays stay 0-dimensional, empty ones keep their shape. Source:
    `Backend.from_host`.
    """
    for dtype in held(backend, NUMBERS):
        for shape in _SHAPES:
            values = grid(dtype, shape)
            with during(case := f"from_host of {dtype}, shape {shape}"), unrecorded_transfers():
                found = backend.from_host(values.copy())
            assert_array(
                backend,
                found,
                values,
                case,
                advice="Copy the whole array in `from_host`, shape and dtype included.",
            )


def _layouts(values: npt.NDArray[Any]) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Give host arrays of these values in other layouts, in memory of their own."""
    yield "in F order", values.copy("F")
    wide = np.zeros(tuple(2 * extent for extent in values.shape), values.dtype)
    wide[::2, ::2] = values
    yield "every second element of a larger array", wide[::2, ::2]
    yield "with negative strides", values[::-1, ::-1].copy()[::-1, ::-1]
    yield "broadcast along the first axis", np.broadcast_to(values[0], values.shape)
    read_only = values.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only
    data = b"\0" + values.tobytes()
    yield "not aligned", np.frombuffer(data, values.dtype, offset=1).reshape(values.shape)


@check("backend")
def check_from_host_layouts(backend: Backend, _: Backend) -> None:
    """``from_host`` takes host arrays of any layout: F order, strides, read-only, not aligned.

    Zarr passes slices of larger arrays, and bytes that files and networks own. Source:
    `Backend.from_host` takes any NumPy array.
    """
    for dtype in held(backend, NUMBERS):
        for layout, values in _layouts(grid(dtype)):
            with during(case := f"from_host of {dtype}, {layout}"), unrecorded_transfers():
                found = backend.from_host(values)
            assert_array(
                backend,
                found,
                values,
                case,
                advice="Make the source contiguous (`numpy.ascontiguousarray`) if the device "
                "copies plain memory.",
            )


@check("backend")
def check_special_values(backend: Backend, _: Backend) -> None:
    """Values come back from the device bit for bit: -0.0, infinities, NaN payloads, extremes.

    Zarr stores bytes: -0.0 is not 0.0, and other software gives meaning to the payload of a NaN.
    Source: `Backend.from_host` and `Backend.to_host` copy.
    """
    advice = "Copy memory in `from_host` and `to_host`; assign no scalars, compare nothing with 0."
    cases: list[npt.NDArray[Any]] = []
    for dtype in held(backend, ("u1", "i1", "i2", "u4", "i8", "u8")):
        info = np.iinfo(dtype)
        cases.append(np.array([info.min, info.max, 0, 1, info.max - 1], dtype))
    for name in FLOATS:
        info_f = np.finfo(name)
        special = [-0.0, 0.0, np.inf, -np.inf, info_f.smallest_subnormal, info_f.max, np.nan]
        values = np.array([*special, np.nan], name)
        bits = values.view(f"u{values.itemsize}")
        bits[-1] |= 5  # a payload
        cases.append(values)
    cases += [values.view(f"c{2 * values.itemsize}") for values in cases[-2:]]
    for values in cases:
        if values.dtype not in held(backend, ("u1", values.dtype.str)):
            continue
        for source in (values, *(values[index, ...] for index in range(values.size))):
            case = f"from_host, then to_host, of {values.dtype}, shape {source.shape}"
            with during(case), unrecorded_transfers():
                found = np.asarray(backend.to_host(backend.from_host(source.copy())))
            assert_bits(found, source, case, advice=advice)


@check("backend")
def check_from_host_copies(backend: Backend, _: Backend) -> None:
    """The array that ``from_host`` gives is independent of its source, if not ``is_host``.

    The caller goes on to use its memory: Zarr's stores reuse and release theirs. Source:
    `Backend.from_host` moves to the device; only a host backend may share the memory.
    """
    require_device(backend)
    advice = "Copy in `from_host`, and return when the copy is done."
    for dtype in held(backend, NUMBERS):
        for shape in ((7,), (), (3, 4)):
            case = f"from_host of {dtype}, shape {shape}"
            values, source = grid(dtype, shape), grid(dtype, shape)
            with during(case), unrecorded_transfers():
                array = backend.from_host(source)
            source[...] = 0
            later = f"{case}, after the source has been overwritten"
            assert_array(backend, array, values, later, advice=advice)
            source[...] = values
            with during(case), unrecorded_transfers():
                array[...] = 0
            later = f"the source of {case}, after the array has been overwritten"
            assert_same(source, values, later, advice=advice)


@check("backend")
def check_to_host(backend: Backend, _: Backend) -> None:
    """``to_host`` gives a ``numpy.ndarray`` of the same shape, dtype and values, from any layout.

    Also from views that are transposed, strided or reversed, and from the reference classes'
    `TestNDArrayLike`. Source: `Backend.to_host`.
    """
    advice = (
        "Return a numpy.ndarray of the values in `to_host`, whatever the strides on the device."
    )
    views: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("array", lambda array: array),
        ("array.transpose()", lambda array: array.transpose()),
        ("array[1:, ::2]", lambda array: array[1:, ::2]),
        ("array[::-1]", lambda array: array[::-1]),
        ("array[:0]", lambda array: array[:0]),
        ("array[1, 2, ...]", lambda array: array[1, 2, ...]),
    )
    for dtype in held(backend, NUMBERS):
        values = grid(dtype)
        array = on_device(backend, values)
        for text, view in views:
            for source, name in ((array, "array"), (backend.view(array), "TestNDArrayLike")):
                case = f"to_host(`{text}`) of a {name} of {dtype}, shape {values.shape}"
                with during(case), unrecorded_transfers():
                    found = backend.to_host(view(source))
                assert_in_memory_of(found, None, case, advice=advice)
                assert_same(found, view(values), case, advice=advice)


@check("backend")
def check_to_host_copies(backend: Backend, _: Backend) -> None:
    """What ``to_host`` gives is writable, and independent of the device, if not ``is_host``.

    The caller keeps it while the device array changes. Source: `Backend.to_host` moves to the host;
    only a host backend may share the memory.
    """
    require_device(backend)
    advice = "Return a host array in memory of its own from `to_host`, once the copy is done."
    for dtype in held(backend, NUMBERS):
        for shape in ((7,), (), (3, 4)):
            case = f"to_host of {dtype}, shape {shape}"
            values = grid(dtype, shape)
            array = on_device(backend, values)
            with during(case), unrecorded_transfers():
                found = backend.to_host(array)
                array[...] = 0
            later = f"{case}, after the device array has been overwritten"
            assert_same(found, values, later, advice=advice)
            array = on_device(backend, values)
            with during(case), unrecorded_transfers():
                found = backend.to_host(array)
            if not found.flags.writeable:
                raise violated(
                    case=case, expected="a writable array", actual="a read-only one", advice=advice
                )
            found[...] = 0
            later = f"the device array of {case}, after the host array has been overwritten"
            assert_array(backend, array, values, later, advice=advice)


@check("backend")
def check_copy_from_host(backend: Backend, _: Backend) -> None:
    """``copy_from_host`` fills a device array in place from a contiguous host array, nothing else.

    ``Buffer.combine`` writes host buffers to their place in a larger buffer by it. Source:
    `Backend.copy_from_host`.
    """
    advice = "Write into the memory of `target` in `copy_from_host`, and not beyond it."
    for dtype in held(backend, NUMBERS):
        for shape in ((7,), (3, 4), (1,), ()):
            values = grid(dtype, (7, *shape))
            source = grid(dtype, shape)[::-1].copy() if shape else grid(dtype, shape)
            array = on_device(backend, values)
            target = array[2, ...]
            case = f"copy_from_host to a part of an array of {dtype}, shape {values.shape}"
            with during(case), unrecorded_transfers():
                backend.copy_from_host(target, source)
            values[2] = source
            assert_array(backend, array, values, case, advice=advice)


@check("backend")
def check_threads(backend: Backend, _: Backend) -> None:
    """Threads that copy to and from the device at once do not disturb one another.

    Zarr's pipelines work in threads of their own: staging memory must not be shared. Source:
    `Backend`: every method may be called from any thread.
    """
    workers, rounds = 4, 8
    barrier = threading.Barrier(workers)

    def work(number: int) -> list[npt.NDArray[Any]]:
        values = np.full(5000, number + 1, "u1")
        found = []
        try:
            for _ in range(rounds):
                barrier.wait(timeout=30)
                with unrecorded_transfers():
                    found.append(to_numpy(backend, backend.from_host(values)))
        except BaseException:
            barrier.abort()  # nobody waits for what failed
            raise
        return found

    with ThreadPoolExecutor(workers, thread_name_prefix="check_threads") as pool:
        futures = [pool.submit(work, number) for number in range(workers)]
    errors = [error for future in futures if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error
    for number, future in enumerate(futures):
        for found in future.result():
            assert_same(
                found,
                np.full(5000, number + 1, "u1"),
                f"from_host, then to_host, in thread {number} of {workers}",
                advice="Keep no staging memory in the backend that two threads can write to.",
            )
