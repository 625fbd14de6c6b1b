"""Checks of shapes: no dimensions, no elements, uneven chunks, and shapes that change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from zarr_devbuf.checks.array.array_params import Form, numbers
from zarr_devbuf.checks.array.comparing import same, show_selection
from zarr_devbuf.checks.array.configuration import host_configuration
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


@check("array")
def check_dimensions(subject: Any, backend: Backend) -> None:
    """Arrays of one to four dimensions, evenly chunked or not, come back as they were written.

    Chunks of one element, of the whole array and more, and such as leave a short one at the edge.
    """
    cases = (
        ((1,), (1,)),
        ((5,), (2,)),
        ((5,), (9,)),
        ((4, 6), (2, 3)),
        ((3, 1, 4), (2, 1, 3)),
        ((2, 3, 2, 3), (1, 2, 2, 2)),
    )
    for shape, chunks in cases:
        for trial in trials(subject, backend, Form(shape, chunks)):
            values = numbers(shape, "i4", 9)

            def write(array: Any, put: Any, values: Any = values) -> None:
                array[...] = put(values)

            def expect(model: Any, values: Any = values) -> None:
                model[...] = values

            case = f"shape {shape}, chunks {chunks}"
            trial.writes(write, expect, case, empty=True)
            array, values = trial.filled()
            trial.reads(array, lambda source: source[...], values, case)
            part = tuple(slice(n // 2, None) for n in shape)
            trial.reads(array, lambda source, at=part: source[at], values[part], f"{case}, a part")


@check("array")
def check_no_dimensions(subject: Any, backend: Backend) -> None:
    """An array of no dimensions is written and read: by ``...``, by ``()``, missing or not."""
    for dtype in ("i4", "f8"):
        for trial in trials(subject, backend, Form((), (), dtype, fill_value=3)):
            array = trial.empty()
            for selection in (..., ()):
                trial.reads(
                    array,
                    lambda source, at=selection: source[at],
                    np.array(3, dtype),
                    f"{dtype} of shape (), never written, [{selection}]",
                )
            array, values = trial.filled()
            for selection in (..., ()):
                for what in (np.array(70, dtype), 71):

                    def write(array: Any, put: Any, at: Any = selection, what: Any = what) -> None:
                        array[at] = put(what) if isinstance(what, np.ndarray) else what

                    def expect(model: Any, what: Any = what) -> None:
                        model[...] = what

                    trial.writes(write, expect, f"{dtype} of shape (), [{selection}] = {what!r}")
                trial.reads(
                    array,
                    lambda source, at=selection: source[at],
                    values,
                    f"{dtype} of shape (), [{selection}]",
                )


@check("array")
def check_no_elements(subject: Any, backend: Backend) -> None:
    """An array with an axis of length 0 is read as one, and takes one."""
    for shape in ((0,), (3, 0)):
        for trial in trials(subject, backend, Form(shape, tuple(max(1, n) for n in shape))):
            array = trial.empty()
            values = np.zeros(shape, "i4")
            trial.reads(array, lambda source: source[...], values, f"shape {shape}")
            with use_backend(backend), during(f"writing to shape {shape}"):
                array[...] = trial.put(values)
            if trial.keys(array):
                raise violated(
                    case=trial.name(f"shape {shape}"),
                    expected="no chunk in the store",
                    actual=", ".join(trial.keys(array)),
                    advice="an array without elements has no chunks to write",
                )


@check("array")
def check_resize(subject: Any, backend: Backend) -> None:
    """A resized array keeps what is within, and reads as its fill value where it is new.

    Made smaller by whole chunks, whose values must not come back when it is larger again, and
    within a chunk; with the device configured all the while.
    """
    steps = ((6, 4), (9, 8), (3, 8), (3, 9), (0, 9), (4, 9), (2, 5))
    for trial in trials(subject, backend, Form(fill_value=11)):
        array, model = trial.filled()
        for step in steps:
            with use_backend(backend), during(f"resizing to {step}"):
                array.resize(step)
            resized = np.full(step, 11, "i4")
            kept = tuple(slice(0, min(pair)) for pair in zip(step, model.shape, strict=True))
            resized[kept] = model[kept]
            model = resized
            trial.reads(array, lambda source: source[...], model, f"all, resized to {step}")
            if all(step):
                model[-1] = numbers((step[1],), "i4", 900)
                with use_backend(backend), during(f"writing, resized to {step}"):
                    array[-1] = trial.put(model[-1])
                same(trial.contents(array), model, trial.name(f"written, resized to {step}"))


@check("array")
def check_append(subject: Any, backend: Backend) -> None:
    """Appending puts values from the device at the end of either axis, and gives the new shape."""
    for trial in trials(subject, backend, Form()):
        for axis in (0, 1):
            array, model = trial.filled()
            for length in (1, 4, 3):
                values = numbers((length, 6) if axis == 0 else (7, length), "i4", 800)
                if axis:
                    values = np.ascontiguousarray(values)
                elif array.shape[1] != 6:
                    continue
                case = trial.name(f"{length} along axis {axis}")
                model = np.concatenate([model, values], axis)
                with use_backend(backend), during(f"appending {case}"):
                    shape = array.append(trial.put(values), axis)
                if tuple(shape) != model.shape:
                    raise violated(
                        case=case,
                        expected=f"the new shape {model.shape}",
                        actual=str(shape),
                        advice="give the shape after the values are there",
                    )
                same(trial.contents(array), model, f"appending {case}")


@check("array")
def check_uneven_chunks(subject: Any, backend: Backend) -> None:
    """An array whose chunks differ in size is written and read as any other.

    Zarr calls such a grid rectilinear, and has code of its own for it: every chunk has its own
    shape, its own memory to be made, and its own place.
    """
    form = Form(chunks=([2, 5], [3, 1, 2]))
    with zarr.config.set({"array.rectilinear_chunks": True}):
        for trial in trials(subject, backend, form):
            try:
                with host_configuration():
                    trial.make()
            except (TypeError, ValueError, NotImplementedError) as error:
                raise NotApplicable(f"no chunks of different sizes here: {error}") from error
            array, values = trial.filled()
            parts = (np.s_[...], np.s_[1:4, 2:5], np.s_[::3, 1::2], np.s_[6], np.s_[1, 3])
            for at in parts:
                case = f"uneven chunks, {show_selection(at)}"
                trial.reads(array, lambda source, at=at: source[at], values[at], case)
                other = np.asarray(numbers((7, 6), "i4", 500)[at])

                def write(array: Any, put: Any, at: Any = at, other: Any = other) -> None:
                    array[at] = put(other)

                def expect(model: Any, at: Any = at, other: Any = other) -> None:
                    model[at] = other

                trial.writes(write, expect, case)
                trial.writes(write, expect, f"{case}, never written before", empty=True)
