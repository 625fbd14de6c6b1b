"""Checks of dtypes: what the device holds comes back, what it does not is refused, not garbled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.codecs import BytesCodec

from zarr_devbuf.checks.array.array_params import Form, numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.configuration import HOST, holds, host_configuration
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.harness import Trial


_RECORD = np.dtype([("a", "i4"), ("b", "f4")])
_PART = (slice(2, 6), slice(1, 5))


@check("array")
def check_dtypes(subject: Any, backend: Backend) -> None:
    """Every dtype of numbers that the device holds comes back as it was written."""
    for dtype in (
        "?",
        "i1",
        "i2",
        "i4",
        "i8",
        "u1",
        "u2",
        "u4",
        "u8",
        "f2",
        "f4",
        "f8",
        "c8",
        "c16",
    ):
        if holds(backend, dtype):
            for trial in trials(subject, backend, Form((4, 6), dtype=dtype)):
                _comes_back(trial, dtype)


@check("array")
def check_big_endian_storage(subject: Any, backend: Backend) -> None:
    """An array that is stored big-endian holds the bytes that the host writes, and reads them.

    The dtype is the machine's, and only the codec swaps bytes (``BytesCodec(endian="big")``). What
    is written is read on the host, and the other way round: bytes swapped twice go unnoticed on one
    device alone.
    """
    for dtype in ("i2", "i4", "f8", "c8"):
        form = Form(dtype=dtype, serializer=BytesCodec(endian="big"))
        for trial in trials(subject, backend, form):
            _comes_back(trial, f"{dtype}, stored big-endian")


@check("array")
def check_big_endian_dtype(subject: Any, backend: Backend) -> None:
    """An array of a big-endian dtype reads right in the machine's byte order, or is refused.

    Format 2 keeps the byte order in the dtype. CuPy holds no such array, and views of such memory
    give wrong numbers without a word: to refuse is well, and to give the values in the order of the
    machine is better.
    """
    for dtype in (">i4", ">f8"):
        for trial in trials(subject, backend, Form(dtype=dtype, zarr_format=2)):
            case = trial.name(f"{dtype}, format 2")
            array, values = trial.filled()
            with use_backend(backend):
                try:
                    found: Any = array[...]
                except (RuntimeError, TypeError, ValueError) as error:
                    _clear(error, dtype, case)
                else:
                    trial.judge(found, values, case)
            native = numbers(values.shape, values.dtype.newbyteorder("="), 77)
            with use_backend(backend):
                try:
                    array[...] = trial.put(native)
                except (RuntimeError, TypeError, ValueError) as error:
                    _clear(error, dtype, case)
                    continue
            same(trial.contents(array), native.astype(dtype), f"{case}, written on the device")


@check("array")
def check_byte_swapped(subject: Any, backend: Backend) -> None:
    """Values in the other byte order are written as the numbers that they are, in both formats.

    Their dtype has the name of the array's, and not its bytes: whole chunks of them may reach a
    codec as they are. Where a device holds no such values there is nothing to say.
    """
    if not holds(backend, ">i4"):
        raise NotApplicable(f"backend {backend.name!r} holds values of one byte order only")
    for dtype in ("i4", "f8", "c8"):
        for zarr_format in (3, 2):
            for trial in trials(subject, backend, Form(dtype=dtype, zarr_format=zarr_format)):
                values = numbers((7, 6), np.dtype(dtype).newbyteorder(), 70)

                def write(array: Any, put: Any, values: Any = values) -> None:
                    array[...] = put(values)
                    array[_PART] = put(values[_PART][::-1])

                def expect(model: Any, values: Any = values) -> None:
                    model[...] = values
                    model[_PART] = values[_PART][::-1]

                trial.writes(write, expect, f"{values.dtype} to {dtype}, format {zarr_format}")


@check("array")
def check_structured(subject: Any, backend: Backend) -> None:
    """Records come back as they were written, field by field, in both formats."""
    if not holds(backend, _RECORD):
        raise NotApplicable(f"backend {backend.name!r} holds no records")
    fill = np.zeros((), _RECORD)[()]
    for zarr_format in (3, 2):
        form = Form(dtype=_RECORD, fill_value=fill, zarr_format=zarr_format)
        for trial in trials(subject, backend, form):
            _comes_back(trial, f"records, format {zarr_format}")


@check("array")
def check_fields(subject: Any, backend: Backend) -> None:
    """Single fields of records are read and written as on the host, the others stay as they were.

    It says nothing where zarr fails to do so on the host.
    """
    if not holds(backend, _RECORD):
        raise NotApplicable(f"backend {backend.name!r} holds no records")
    fill = np.zeros((), _RECORD)[()]
    for trial in trials(subject, backend, Form(dtype=_RECORD, fill_value=fill)):
        array, values = trial.filled()
        with host_configuration():
            try:
                array.get_basic_selection(_PART, fields="a")
                trial.empty().set_basic_selection(_PART, values[_PART]["a"], fields="a")
            except Exception as error:
                raise NotApplicable(f"fields fail on plain host memory, too: {error}") from error
        for name in _RECORD.names or ():
            trial.reads(
                array,
                lambda source, name=name: source.get_basic_selection(_PART, fields=name),
                values[_PART][name],
                f"field {name!r}",
            )
            part = numbers((4, 4), _RECORD[name], 300)

            def write(array: Any, put: Any, name: str = name, part: Any = part) -> None:
                array.set_basic_selection(_PART, put(part), fields=name)

            def expect(model: Any, name: str = name, part: Any = part) -> None:
                model[name][_PART] = part

            trial.writes(write, expect, f"field {name!r}")


@check("array")
def check_datetimes(subject: Any, backend: Backend) -> None:
    """Dates and times come back as they were written, where the device holds them, NaT too."""
    if not holds(backend, "M8[s]"):
        raise NotApplicable(f"backend {backend.name!r} holds no dates and times")
    for dtype in ("M8[s]", "m8[10ms]"):
        form = Form(dtype=dtype, fill_value=np.array("NaT", dtype)[()])
        for trial in trials(subject, backend, form):
            _comes_back(trial, dtype)
            array = trial.empty()
            trial.reads(array, lambda a: a[...], np.full((7, 6), "NaT", dtype), f"{dtype}, missing")


@check("array")
def check_text(subject: Any, backend: Backend) -> None:
    """Text comes back where the backend holds it, and is refused by name where it does not.

    An error that names the dtype tells the user what to do; any other leaves a riddle.
    """
    for trial in trials(subject, backend, Form(dtype="U4", fill_value="")):
        array, values = trial.filled()
        if holds(backend, "U4"):
            trial.reads(array, lambda source: source[...], values, "text")
            continue
        case = trial.name("text")
        with use_backend(backend):
            try:
                found: Any = array[...]
            except (TypeError, ValueError) as error:
                _clear(error, "U4", case)
            else:
                raise violated(
                    case=case,
                    expected=f"an error: backend {backend.name!r} holds no text",
                    actual=f"a {type(found).__qualname__}",
                    advice="let the prototype's nd_buffer allocate the result",
                )


def _comes_back(trial: Trial, case: str) -> None:
    array, values = trial.filled()
    trial.reads(array, lambda source: source[...], values, case)
    trial.reads(array, lambda source: source[_PART], values[_PART], f"{case}, a part")
    source = numbers(values.shape, values.dtype, 40)

    def write(array: Any, put: Any) -> None:
        array[...] = put(source)
        array[_PART] = put(values[_PART])

    def expect(model: Any) -> None:
        model[...] = source
        model[_PART] = values[_PART]

    host, device = trial.writes(write, expect, case, empty=True)
    if host is not None and trial.keys(device) != trial.keys(host):
        raise violated(
            case=trial.name(case),
            expected="the bytes that the host stores",
            actual="others",
            advice=f"compare with what {HOST.nd_buffer.__qualname__} of zarr.buffer.cpu gives",
        )


def _clear(error: Exception, dtype: str, case: str) -> None:
    text = str(error).lower()
    words = ("dtype", "endian", "byte order", "byteorder", "unsupported", np.dtype(dtype).name)
    if not any(word in text for word in words):
        raise violated(
            case=case,
            expected="an error that names the dtype as the reason",
            actual=f"{type(error).__name__}: {error}",
            advice="refuse dtypes that the device does not hold before anything else",
        ) from error
