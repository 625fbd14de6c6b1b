"""Checks of what an array says of itself: rows, NumPy's view of it, counts, attributes, pickles."""

from __future__ import annotations

import itertools
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import Form, geometry, numbers, reopened
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.configuration import host_configuration, is_host
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    import zarr

    from zarr_devbuf.backend import Backend


@check("array")
def check_iteration(subject: Any, backend: Backend) -> None:
    """Iteration gives the rows, each as an array of the prototype, all of them and no more."""
    for trial in trials(subject, backend):
        array, values = trial.filled()
        if not values.ndim or not values.size:
            raise NotApplicable(f"an array of shape {values.shape} has no rows")
        limit = len(values) + 1
        with use_backend(backend), during("iterating over the array"):
            rows: list[Any] = list(itertools.islice(iter(array), limit))
        if len(rows) != len(values):
            raise violated(
                case=trial.name("iterating over the array"),
                expected=f"{len(values)} rows",
                actual="more" if len(rows) == limit else f"{len(rows)}",
                advice="iterate from 0 to the length of the first axis",
            )
        for number, row in enumerate(rows):
            trial.judge(row, values[number], trial.name(f"row {number} of an iteration"))


@check("array")
def check_conversion_to_numpy(subject: Any, backend: Backend) -> None:
    """`numpy.asarray` of an array gives its values on the host, or a TypeError, and nothing else.

    With the device configured zarr may move the values, or leave that to the user, as CuPy does.
    """
    for trial in trials(subject, backend):
        array, values = trial.filled()
        for dtype in (None, np.dtype("f8")):
            case = trial.name(f"numpy.asarray(array, dtype={dtype})")
            if dtype is not None and not np.can_cast(values.dtype, dtype):
                continue
            with use_backend(backend):
                try:
                    found = np.asarray(array, dtype=dtype)
                except TypeError:
                    if is_host(backend):
                        raise
                    continue
            same(found, values.astype(dtype) if dtype else values, case)


@check("array")
def check_counts(subject: Any, backend: Backend) -> None:
    """The chunks and bytes that an array counts are those in the store.

    Before anything is written, after one chunk, and after all: a count that is remembered shows.
    """
    for trial in trials(subject, backend):
        array = trial.empty()
        if not array.ndim or not array.size:
            raise NotApplicable(f"an array of shape {array.shape} has no chunks")
        values = numbers(array.shape, array.dtype, 30)
        of_one = geometry(array)[1]
        chunks_in_one = int(np.prod(of_one)) // int(np.prod(array.chunks))
        one = tuple(slice(0, length) for length in of_one)
        for name, at in (("nothing", None), ("one chunk", one), ("all", np.s_[...])):
            if at is not None:
                with use_backend(backend), during("writing chunks to be counted"):
                    array[at] = trial.put(values[at])
            due = (len(trial.keys(array)) * chunks_in_one, trial.nbytes(array))
            with use_backend(backend), during("counting chunks"):
                found = _counts(array)
            if found[:2] != due or str(due[1]) not in found[2]:
                raise violated(
                    case=trial.name(f"after writing {name}"),
                    expected=f"{due[0]} chunks, {due[1]} bytes with the metadata",
                    actual=f"{found[0]} chunks, {found[1]} bytes, and\n{found[2]}",
                    advice="count what is in the store, whatever buffers it hands out",
                )


@check("array")
def check_counting_moves_nothing(subject: Any, backend: Backend) -> None:
    """Counting the chunks and bytes of an array moves none of them to the device."""
    for trial in trials(subject, backend):
        trial.require_device()
        array, _ = trial.filled()
        with use_backend(backend), record_transfers() as log, during("counting chunks"):
            _counts(array)
        if len(log):
            raise violated(
                case=trial.name("nchunks_initialized, nbytes_stored() and info_complete()"),
                expected="no transfer between host and device",
                actual=f"{len(log)} of them",
                advice="ask the store for sizes, or read with the host's prototype",
                transfers=log,
            )


@check("array")
def check_attributes(subject: Any, backend: Backend) -> None:
    """Attributes that are written with the device configured are there for whoever opens the array.

    And the other way round; in both formats, each attribute next to those that were there before.
    """
    forms: tuple[Form | None, ...] = (None, Form(zarr_format=2))
    for form in forms:
        for trial in trials(subject, backend, form):
            array = trial.empty()
            with host_configuration():
                array.update_attributes({"unit": "m", "written on": "the host"})
            with use_backend(backend), during("writing attributes with the device configured"):
                array.update_attributes({"offset": [1, 2.5, None], "written on": "the device"})
                stored = dict(reopened(array).attrs)
            due = {"unit": "m", "written on": "the device", "offset": [1, 2.5, None]}
            with host_configuration(), during("reading attributes that the device has written"):
                opened = dict(reopened(array).attrs)
            for who, found in (
                ("the array itself", dict(array.attrs)),
                ("an array opened with the device configured", stored),
                ("an array opened with the host configured", opened),
            ):
                if found != due:
                    raise violated(
                        case=trial.name(f"the attributes of {who}"),
                        expected=str(due),
                        actual=str(found),
                        advice="store the whole document at every change",
                    )


@check("array")
def check_pickled(subject: Any, backend: Backend) -> None:
    """An array that is pickled on the device is the same afterwards, on the device and the host.

    So it comes to another process. Whether a store can be pickled is the store's affair.
    """
    for trial in trials(subject, backend):
        array = trial.empty()
        values = numbers(array.shape, array.dtype, 80)
        with use_backend(backend), during("writing an array that is to be pickled"):
            array[...] = trial.put(values)
        try:
            pickle.dumps(array.store)
        except Exception as error:
            raise NotApplicable(f"the store cannot be pickled: {error}") from error
        with use_backend(backend), during("pickling the array"):
            other = pickle.loads(pickle.dumps(array))  # noqa: S301 - pickled a moment ago
        trial.reads(other, lambda source: source[...], values, "an array that was pickled")


def _counts(array: zarr.Array[Any]) -> tuple[int, int, str]:
    return array.nchunks_initialized, array.nbytes_stored(), repr(array.info_complete())
