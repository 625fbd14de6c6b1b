"""Checks of prototypes: given as an argument or by configuration, in turn, and not for metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.core.sync import sync

from zarr_devbuf.checks.array.array_params import Form, geometry, numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.configuration import HOST, host_configuration
from zarr_devbuf.checks.array.harness import applicable_within_shards, trials
from zarr_devbuf.checks.array.selections import assign, take
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.harness import Trial
    from zarr_devbuf.checks.array.selections import Kind


@check("array")
def check_written_and_read_on_device(subject: Any, backend: Backend) -> None:
    """What is written from the device is read on the device, with nothing in between.

    The chunks in the store are what the device left there: whole ones, then parts of them.
    """
    for trial in trials(subject, backend):
        array = trial.empty()
        values = numbers(array.shape, array.dtype, 21)
        part = tuple(slice(n // 3, None) for n in values.shape)
        with use_backend(backend), during("writing and reading"):
            array[...] = trial.put(values)
            first: Any = array[...]
            array[part] = trial.put(values[part][::-1] if values.ndim else values)
            second: Any = array[...]
        trial.judge(first, values, trial.name("all written, all read"))
        values[part] = values[part][::-1].copy() if values.ndim else values
        trial.judge(second, values, trial.name("a part written, all read"))


@check("array")
def check_prototype_argument(subject: Any, backend: Backend) -> None:
    """The prototype that a method is given decides, not the one that is configured.

    Reads and writes by `get_…` and `set_basic_selection`, orthogonal, mask, block and coordinate
    ones, with the host configured; and the host's prototype with the device configured.
    """
    for trial in trials(subject, backend):
        with applicable_within_shards():
            _methods(trial, backend)


@check("array")
def check_format_2_prototype_argument(subject: Any, backend: Backend) -> None:
    """In format 2 as well, the prototype that a method is given decides.

    Chunks of format 2 are handled by a codec of their own.
    """
    for trial in trials(subject, backend, Form(zarr_format=2)):
        _methods(trial, backend)


@check("array")
def check_asynchronous(subject: Any, backend: Backend) -> None:
    """The asynchronous array takes the prototype as an argument, in `getitem` and `setitem`."""
    for trial in trials(subject, backend):
        with applicable_within_shards():
            _asynchronously(trial, backend)


@check("array")
def check_configuration_switched(subject: Any, backend: Backend) -> None:
    """An open array follows the configuration from one operation to the next.

    Host, device, host, device, on one array: what is remembered from the first shows.
    """
    for trial in trials(subject, backend):
        array, values = trial.filled()
        for turn in range(3):
            with use_backend(backend), during("reading with the device configured"):
                found: Any = array[...]
            trial.judge(found, values, trial.name(f"turn {turn}, device configured"))
            with host_configuration(), during("reading with the host configured"):
                found = array[...]
            _on_host(found, values, trial.name(f"turn {turn}, host configured"))
            values = numbers(values.shape, values.dtype, 100 * turn + 7)
            with use_backend(backend), during("writing with the device configured"):
                array[...] = trial.put(values)
            with host_configuration(), during("reading with the host configured"):
                found = array[...]
            _on_host(found, values, trial.name(f"turn {turn}, written on the device"))


@check("array")
def check_between_devices(subject: Any, backend: Backend) -> None:
    """A chunk that one device has written is completed by the other, and read by both.

    The host writes a part, the device the next, the host the third: each has to read what the
    other left in the store.
    """
    for trial in trials(subject, backend):
        array = trial.empty()
        if not array.ndim or array.shape[0] < 3:
            raise NotApplicable(f"an array of shape {array.shape} has no three rows")
        values = numbers(array.shape, array.dtype, 60)
        for row in range(array.shape[0]):
            at = slice(row, row + 1)
            if row % 2:
                with use_backend(backend), during("writing a row on the device"):
                    array[at] = trial.put(values[at])
            else:
                with host_configuration(), during("writing a row on the host"):
                    array[at] = values[at]
        trial.reads(array, lambda source: source[...], values, "rows of either device")


@check("array")
def check_metadata_stays_on_host(subject: Any, backend: Backend) -> None:
    """Metadata are written from the host: making, resizing and describing an array moves nothing.

    They are text that the host makes and the host reads. A prototype on a device, configured for
    the chunks, has no part in them.
    """
    for trial in trials(subject, backend):
        trial.require_device()
        with use_backend(backend), record_transfers() as log, during("handling metadata"):
            array = trial.make()
            array.update_attributes({"unit": "m"})
            array.resize(tuple(n + 1 for n in array.shape))
        if len(log):
            raise violated(
                case=trial.name("making an array, its attributes, resizing it"),
                expected="no transfer between host and device",
                actual=f"{len(log)} of them",
                advice="write metadata with the host's prototype, as they are read with it",
                transfers=log,
            )


def _asynchronously(trial: Trial, backend: Backend) -> None:
    array, values = trial.filled()
    if not values.ndim or not values.size:
        raise NotApplicable(f"an array of shape {values.shape} has nothing to select from")
    other = numbers(values.shape, values.dtype, 600)
    mirror = array.async_array
    with host_configuration(), during("using the asynchronous array"):
        found: Any = sync(mirror.getitem(slice(1, None), prototype=backend.prototype))
        trial.judge(found, values[1:], trial.name("getitem"))
        sync(mirror.setitem(slice(1, None), trial.put(other[1:]), prototype=backend.prototype))
    values[1:] = other[1:]
    same(trial.contents(array), values, trial.name("setitem"))
    with use_backend(backend), during("using the asynchronous array"):
        rows = np.array([0, values.shape[0] - 1])
        selection: Any = (rows, *(slice(None) for _ in values.shape[1:]))
        found = sync(mirror.oindex.getitem(selection))
        trial.judge(found, values[rows], trial.name("oindex.getitem"))
        found = sync(mirror.getitem(...))
        trial.judge(found, values, trial.name("getitem, by configuration"))


def _methods(trial: Trial, backend: Backend) -> None:
    array, values = trial.filled()
    if not values.ndim or not values.size:
        raise NotApplicable(f"an array of shape {values.shape} has nothing to select from")
    mask = np.arange(values.size).reshape(values.shape) % 3 == 1
    rows = (np.array([0, values.shape[0] - 1]), *(slice(None) for _ in values.shape[1:]))
    cases: tuple[tuple[Kind, Any], ...] = (
        ("basic", slice(1, None)),
        ("orthogonal", rows),
        ("mask", mask),
        ("block", (0,) * values.ndim),
        ("coordinate", tuple(np.array([0, n - 1]) for n in values.shape)),
    )
    chunks = geometry(array)[1]
    for number, (kind, selection) in enumerate(cases):
        due = take(values, kind, selection, chunks)
        name = trial.name(f"get_{kind}_selection")
        get = getattr(array, f"get_{kind}_selection")
        if kind != "coordinate":  # points have a check of their own
            with host_configuration(), during(f"calling {name} with a prototype of the device"):
                found: Any = get(selection, prototype=backend.prototype)
            trial.judge(found, due, name)
        with use_backend(backend), during(f"calling {name} with a prototype of the host"):
            found = get(selection, prototype=HOST)
        _on_host(found, due, f"{name} with a prototype of the host")

        name = trial.name(f"set_{kind}_selection")
        source = numbers(values.shape, values.dtype, 800 + 100 * number)
        other = take(source, kind, selection, chunks)
        with host_configuration(), during(f"calling {name} with a prototype of the device"):
            getattr(array, f"set_{kind}_selection")(
                selection, trial.put(other), prototype=backend.prototype
            )
        assign(values, kind, selection, other, chunks)
        same(trial.contents(array), values, name)


def _on_host(found: Any, expected: Any, case: str) -> None:
    if not isinstance(found, np.ndarray if np.ndim(expected) else (np.ndarray, np.generic)):
        raise violated(
            case=case,
            expected="an array of NumPy's",
            actual=f"a {type(found).__module__}.{type(found).__qualname__}",
            advice="take the prototype of this operation, not one that was remembered",
        )
    same(found, expected, case)
