"""Checks of `from_host`, `to_host` and `copy_from_host`: values, layouts, aliasing, threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._device_harness import all_at_once
from zarr_devbuf.checks._inputs import CONSTANTS, SHAPES, grid, host_layouts
from zarr_devbuf.checks.backend.harness import (
    FLOATS,
    NUMBERS,
    BackendHarness,
    Operation,
    backend_check,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


@backend_check(
    severity="stored wrong",
    advice="Copy the whole array in `from_host`, shape and dtype included.",
)
def check_from_host(harness: BackendHarness) -> None:
    """``from_host`` gives an array of the backend with the shape, dtype and values of its source.

    0-dimensional arrays stay 0-dimensional, empty ones keep their shape, and each of the elements
    of a constant one has memory of its own. Source: `Backend.from_host`.
    """
    for dtype in harness.held(*NUMBERS):
        for shape in SHAPES:
            values = grid(dtype, shape)
            with harness.calling(f"from_host of {dtype}, shape {shape}") as case:
                found = harness.backend.from_host(values.copy())
            harness.assert_array(found, values, case)
    for constant in CONSTANTS:
        if harness.holds(constant.dtype):
            with harness.calling(f"from_host of {constant[0, 0]!r} everywhere") as case:
                found = harness.backend.from_host(constant.copy())
            harness.assert_array(found, constant, case)
            harness.assert_elements_apart(found, constant, case)


@backend_check(
    severity="stored wrong",
    advice="Make the source contiguous (`numpy.ascontiguousarray`) if the device copies plain "
    "memory.",
)
def check_from_host_layouts(harness: BackendHarness) -> None:
    """``from_host`` takes host arrays of any layout: F order, strides, read-only, not aligned.

    Zarr passes slices of larger arrays, and bytes that files and networks own. Source:
    `Backend.from_host` takes any NumPy array.
    """
    for dtype in harness.held(*NUMBERS):
        for layout, values in host_layouts(grid(dtype)):
            if not (values.ndim and values.size):
                continue  # `from_host` has these
            with harness.calling(f"from_host of {dtype}, {layout}") as case:
                found = harness.backend.from_host(values)
            harness.assert_array(found, values, case)


@backend_check(
    severity="stored wrong",
    advice="Copy memory in `from_host` and `to_host`; assign no scalars, compare nothing with 0.",
)
def check_special_values(harness: BackendHarness) -> None:
    """Values come back from the device bit for bit: -0.0, infinities, NaN payloads, extremes.

    Zarr stores bytes: -0.0 is not 0.0, and other software gives meaning to the payload of a NaN.
    Source: `Backend.from_host` and `Backend.to_host` copy.
    """
    inputs: list[npt.NDArray[Any]] = []
    for dtype in harness.held("u1", "i1", "i2", "u4", "i8", "u8"):
        info = np.iinfo(dtype)
        inputs.append(np.array([info.min, info.max, 0, 1, info.max - 1], dtype))
    for name in FLOATS:
        info_f = np.finfo(name)
        special = [-0.0, 0.0, np.inf, -np.inf, info_f.smallest_subnormal, info_f.max, np.nan]
        values = np.array([*special, np.nan], name)
        bits = values.view(f"u{values.itemsize}")
        bits[-1] |= 5  # a payload
        inputs.append(values)
    inputs += [values.view(f"c{2 * values.itemsize}") for values in inputs[-2:]]
    for values in inputs:
        if not harness.holds(values.dtype):
            continue
        for source in (values, *(values[index, ...] for index in range(values.size))):
            what = f"from_host, then to_host, of {values.dtype}, shape {source.shape}"
            with harness.calling(what) as case:
                found = harness.backend.to_host(harness.backend.from_host(source.copy()))
            harness.assert_host_array(np.asarray(found), source, case, nan_payload=True)


@backend_check(
    severity="stored wrong",
    advice="Copy in `from_host`, and return when the copy is done.",
    device_only=True,
)
def check_from_host_copies(harness: BackendHarness) -> None:
    """The array that ``from_host`` gives is independent of its source, if not ``is_host``.

    The caller goes on to use its memory: Zarr's stores reuse and release theirs. Source:
    `Backend.from_host` moves to the device; only a host backend may share the memory.
    """
    for dtype in harness.held(*NUMBERS):
        for shape in ((7,), (), (3, 4)):
            values, source = grid(dtype, shape), grid(dtype, shape)
            with harness.calling(f"from_host of {dtype}, shape {shape}") as case:
                array = harness.backend.from_host(source)
            source[...] = 0
            harness.assert_array(array, values, f"{case}, after the source has been overwritten")
            source[...] = values
            with harness.calling(case):
                array[...] = 0
            later = f"the source of {case}, after the array has been overwritten"
            harness.assert_host_array(source, values, later)


@backend_check(
    severity="stored wrong",
    advice="Return a numpy.ndarray of the values in `to_host`, whatever the strides on the device.",
)
def check_to_host(harness: BackendHarness) -> None:
    """``to_host`` gives a ``numpy.ndarray`` of the same shape, dtype and values, from any layout.

    Also from views that are transposed, strided or reversed, and from the reference classes'
    `TestNDArrayLike`. Source: `Backend.to_host`.
    """
    views: tuple[Operation, ...] = (
        ("array", lambda array: array),
        ("array.transpose()", lambda array: array.transpose()),
        ("array[1:, ::2]", lambda array: array[1:, ::2]),
        ("array[::-1]", lambda array: array[::-1]),
        ("array[:0]", lambda array: array[:0]),
        ("array[1, 2, ...]", lambda array: array[1, 2, ...]),
    )
    for dtype in harness.held(*NUMBERS):
        values = grid(dtype)
        array = harness.array(values)
        for text, view in views:
            for source, name in (
                (array, "array"),
                (harness.backend.view(array), "TestNDArrayLike"),
            ):
                with harness.calling(f"to_host(`{text}`) of a {name} of {dtype}") as case:
                    found = harness.backend.to_host(view(source))
                harness.assert_host_array(found, view(values), case)


@backend_check(
    severity="stored wrong",
    advice="Return a host array in memory of its own from `to_host`, once the copy is done.",
    device_only=True,
)
def check_to_host_copies(harness: BackendHarness) -> None:
    """What ``to_host`` gives is writable, and independent of the device, if not ``is_host``.

    The caller keeps it while the device array changes. Source: `Backend.to_host` moves to the host;
    only a host backend may share the memory.
    """
    for dtype in harness.held(*NUMBERS):
        for shape in ((7,), (), (3, 4)):
            values = grid(dtype, shape)
            array = harness.array(values)
            with harness.calling(f"to_host of {dtype}, shape {shape}") as case:
                found = harness.backend.to_host(array)
                array[...] = 0
            later = f"{case}, after the device array has been overwritten"
            harness.assert_host_array(found, values, later)
            array = harness.array(values)
            with harness.calling(case):
                found = harness.backend.to_host(array)
            if not found.flags.writeable:
                raise harness.violated(case, "a writable array", "a read-only one")
            found[...] = 0
            later = f"the device array of {case}, after the host array has been overwritten"
            harness.assert_array(array, values, later)


@backend_check(
    severity="stored wrong",
    advice="Write into the memory of `target` in `copy_from_host`, and not beyond it.",
)
def check_copy_from_host(harness: BackendHarness) -> None:
    """``copy_from_host`` fills a device array in place from a contiguous host array, nothing else.

    ``Buffer.combine`` writes host buffers to their place in a larger buffer by it. Source:
    `Backend.copy_from_host`.
    """
    for dtype in harness.held(*NUMBERS):
        for shape in ((7,), (3, 4), (1,), ()):
            values = grid(dtype, (7, *shape))
            source = grid(dtype, shape)[::-1].copy() if shape else grid(dtype, shape)
            array = harness.array(values)
            what = f"copy_from_host to a part of an array of {dtype}, shape {values.shape}"
            with harness.calling(what) as case:
                harness.backend.copy_from_host(array[2, ...], source)
            values[2] = source
            harness.assert_array(array, values, case)


@backend_check(
    severity="stored wrong",
    advice="Keep no staging memory in the backend that two threads can write to.",
)
def check_threads(harness: BackendHarness) -> None:
    """Threads that copy to and from the device at once do not disturb one another.

    Zarr's pipelines work in threads of their own: staging memory must not be shared, neither that
    for small arrays nor that for large ones. Source: `Backend`: every method may be called from any
    thread.
    """
    for size, rounds in ((5000, 8), (100_000, 3)):

        def work(
            number: int, wait: Callable[[], object], size: int = size, rounds: int = rounds
        ) -> list[npt.NDArray[Any]]:
            values, found = np.full(size, number + 1, "u1"), []
            for _ in range(rounds):
                wait()
                with harness.calling(f"from_host of {size} bytes in thread {number}"):
                    array = harness.backend.from_host(values)
                found.append(harness.to_host(array))
            return found

        for number, results in enumerate(all_at_once(work)):
            case = f"from_host, then to_host, of {size} bytes in thread {number}"
            for found in results:
                harness.assert_host_array(found, np.full(size, number + 1, "u1"), case)
