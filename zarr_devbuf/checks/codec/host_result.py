"""What a codec returns for a chunk in NumPy buffers: what is expected of it on any backend."""

from __future__ import annotations

import weakref
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.chunks import TYPICAL
from zarr_devbuf.checks.codec.harness import CodecHarness, HostResult, array_in
from zarr_devbuf.checks.codec.sample_values import is_number_of_package
from zarr_devbuf.checks.codec.tolerance import (
    describe_difference,
    equal_numbers,
    is_preserved,
    same,
)
from zarr_devbuf.checks.errors import (
    CheckFailed,
    Refused,
    blames_the_memory,
    describe,
    is_announced,
    is_refusal,
    lacks_library,
    taken_for_host,
    violated,
)
from zarr_devbuf.checks.reference_codec import reference_codec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec, Values

_DECODED_AGAIN = "the chunk that was encoded, decoded again"


class OtherDtype(Refused):
    """
    A codec decodes to another dtype than the chunk's, with NumPy buffers too.

    Attributes
    ----------
    given : numpy.dtype
        What it decodes to.
    """

    def __init__(self, sent: Values, decoded: Values) -> None:
        super().__init__(f"decodes {sent.dtype} to {decoded.dtype}, with NumPy buffers too")
        self.given = decoded.dtype


class Coarse(Refused):
    """A lossy codec loses small numbers; it does preserve large ones."""


class HostFault(Exception):  # noqa: N818 - caught by the checks, never raised to users
    """
    A codec is wrong with NumPy buffers; the text says how.

    Attributes
    ----------
    expected : str
        What is expected.
    elsewhere : bool
        Whether it may be right on a device all the same.
    where : str
        With which buffers it is wrong.
    """

    def __init__(
        self, actual: str, expected: str = _DECODED_AGAIN, *, elsewhere: bool = False
    ) -> None:
        super().__init__(actual)
        self.expected = expected
        self.elsewhere = elsewhere
        self.where = "with NumPy buffers too"


def wrong_on_host(case: object, error: HostFault | OtherDtype) -> CheckFailed:
    """Make the error of a check for a codec that is wrong by itself, wherever the data is."""
    if isinstance(error, OtherDtype):
        return violated(
            expected="the dtype of the chunk's spec",
            actual=str(error),
            advice="Decode to `chunk_spec.dtype.to_native_dtype()`, or reject the dtype in "
            "validate().",
            case=str(case),
        )
    return violated(
        expected=error.expected,
        actual=f"{error} ({error.where})",
        advice="Fix the codec: it is wrong with NumPy buffers too."
        if "too" in error.where
        else "Fix the codec: it does not give back what it is sent.",
        case=str(case),
    )


def expected_result(codec: Codec, chunk: Chunk, backend: Backend | None) -> HostResult:
    """
    Return what is expected of a codec: what it does in NumPy buffers, if it takes these.

    A codec that is for devices alone, and rejects NumPy buffers when it is called, is judged on the
    device by its own round trip: it has to give what it was sent. So is one that puts device memory
    into NumPy buffers.

    Raises
    ------
    Refused
        If the codec rejects the chunk, on the device too.
    HostFault
        If it accepts the chunk, and does not decode what it has encoded.
    """
    key = (chunk, None if backend is None else backend.name)
    known = kept_results(codec)
    if key in known:
        found: HostResult = known[key]
        return found
    try:
        result = host_result(codec, chunk)
    except (OtherDtype, Coarse):
        raise
    except Refused as rejection:
        if backend is None or backend.is_host or lacks_library(str(rejection)):
            raise
        result = _on_device_alone(codec, chunk, backend, rejection)
    except HostFault as fault:
        if backend is None or backend.is_host or not fault.elsewhere:
            raise
        result = _with_host_fault(codec, chunk, backend, fault)
    if result.sent.nbytes <= _MOST_BYTES:
        known[key] = result
    return result


def _with_host_fault(codec: Codec, chunk: Chunk, backend: Backend, fault: HostFault) -> HostResult:
    """Return what a codec does on the device, that is wrong with NumPy buffers alone."""
    try:
        return replace(device_result(codec, chunk, backend), host_fault=str(fault))
    except Refused as rejection:
        # It need not preserve there what it rejects, nor what the backend cannot hold.
        text = str(rejection)
        if blames_the_memory(text) and " hold no " not in text:
            raise fault from None
        raise
    except HostFault as on_device:
        on_device.where = f"on backend {backend.name}; with NumPy buffers: {fault}"
        raise


def result_to_decode(codec: Codec, chunk: Chunk, backend: Backend) -> HostResult | None:
    """
    Return what the reference encodes, for a codec that encodes no chunk; None for any other.

    Raises
    ------
    Refused
        If the reference does not give back the chunk.
    """
    reference = reference_codec.get()
    if reference is None or not _encodes_nothing(codec, backend):
        return None
    try:
        return replace(host_result(reference, chunk), on_host=False, encodes=False)
    except HostFault as fault:
        raise Refused(f"the reference does not give back the chunk: {fault}") from fault


def result_with_reference(codec: Codec, chunk: Chunk, backend: Backend) -> HostResult:
    """
    Return `expected_result`, or `result_to_decode` of a codec that encodes nothing.

    Raises
    ------
    Refused, HostFault
        See these.
    """
    try:
        return expected_result(codec, chunk, backend)
    except Refused:
        result = result_to_decode(codec, chunk, backend)
        if result is None:
            raise
        return result


def _encodes_nothing(codec: Codec, backend: Backend) -> bool:
    known, key = kept_results(codec), (backend.name, "encodes nothing")
    if key not in known:
        known[key] = all(_rejected(codec, chunk, backend) for chunk in TYPICAL)
    return bool(known[key])


def _rejected(codec: Codec, chunk: Chunk, backend: Backend) -> bool:
    try:
        expected_result(codec, chunk, backend)
    except Refused as rejection:
        # What rejects this memory encodes elsewhere.
        return not blames_the_memory(str(rejection))
    except HostFault:
        return False
    return False


def _on_device_alone(
    codec: Codec, chunk: Chunk, backend: Backend, rejection: Refused
) -> HostResult:
    """Return what a codec that rejects a chunk in NumPy buffers does with it on the device."""
    try:
        return device_result(codec, chunk, backend)
    except Refused:
        raise rejection from None
    except HostFault as fault:
        # It rejects the chunk, not the memory, and takes the device's memory for the host's.
        if taken_for_host(str(fault)) and not blames_the_memory(str(rejection)):
            raise rejection from None
        raise


# Each check needs them again. Keyed by the codec itself, not by what it is equal to; larger results
# are made again.
_results: dict[int, tuple[weakref.ref[Any], dict[Any, Any]]] = {}
_MOST_BYTES = 1 << 16


def kept_results(codec: Codec) -> dict[Any, Any]:
    """Return what is known of a codec object, by what was asked; checks add to it."""
    key = id(codec)
    found = _results.get(key)
    if found is not None and found[0]() is codec:
        return found[1]
    made: dict[Any, Any] = {}
    with suppress(TypeError):  # it has no weak references
        _results[key] = (weakref.ref(codec, lambda _: _results.pop(key, None)), made)
    return made


def host_result(codec: Codec, chunk: Chunk) -> HostResult:
    """
    Encode and decode a C-ordered chunk in NumPy buffers, by the call path of zarr's pipeline.

    Raises
    ------
    Refused
        If the codec rejects the chunk: then it may reject it on any backend.
    HostFault
        If it accepts the chunk, and does not decode what it has encoded.
    """
    with host_configuration():
        return _result(codec, chunk, None)


def device_result(codec: Codec, chunk: Chunk, backend: Backend) -> HostResult:
    """Encode and decode a C-ordered chunk in buffers of a backend, which zarr is configured for."""
    try:
        return replace(_result(codec, chunk, backend), on_host=False)
    except HostFault as fault:
        fault.where = f"on backend {backend.name}; NumPy buffers are rejected"
        raise


def _result(codec: Codec, chunk: Chunk, backend: Backend | None) -> HostResult:
    with _fault("it cannot be prepared"):
        harness = CodecHarness.of(codec, chunk, backend)
    sent = harness.values()
    declared = _declared_dtypes(codec)
    if declared and not harness.takes_bytes and sent.dtype not in declared:
        raise Refused(f"is for {', '.join(map(str, declared))}")
    with _fault("it cannot be encoded", announced=False):
        data = harness.encode(harness.input())
    if data is None:
        raise Refused("encodes to nothing")
    encoded = _contents(harness, data)
    # Too late to reject the chunk: its encoded bytes are in the store.
    with _fault("it can be encoded, and not decoded", may_reject=False):
        result = harness.decode(data)
    decoded = _contents(harness, result)
    if sent.dtype.str[1:] != decoded.dtype.str[1:] or sent.dtype.names != decoded.dtype.names:
        raise OtherDtype(sent, decoded)
    _assert_preserved(codec, chunk, sent, decoded, backend, lossless=harness.takes_bytes)
    return HostResult(sent, encoded, decoded)


def _contents(harness: CodecHarness, data: Any) -> Values:
    """Copy what a buffer holds to the host; raise `HostFault` if it is no memory of the backend."""
    array = array_in(data)
    if harness.backend is None and not isinstance(array, np.ndarray | np.generic):
        cls = type(array)
        raise HostFault(
            f"a buffer of the host that holds a {cls.__module__}.{cls.__qualname__}",
            "host memory in buffers of the host",
            elsewhere=True,
        )
    return harness.to_host(data)


@contextmanager
def _fault(what: str, *, may_reject: bool = True, announced: bool = True) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        text = str(error) if isinstance(error, Refused) else describe(error)
        if may_reject and (isinstance(error, Refused) or is_refusal(error)):
            known = isinstance(error, Refused) or is_announced(error)
            raise Refused(text, announced=announced or known) from error
        elsewhere = is_refusal(error) and blames_the_memory(text)
        raise HostFault(f"{what}: {text}", elsewhere=elsewhere) from error


def with_other_values(harness: CodecHarness) -> CodecHarness:
    """Return a harness that shares the codec, for a chunk that differs in the second half."""
    chunk = replace(harness.chunk, trait="other")
    expected = expected_result(harness.subject, chunk, harness.backend)
    return replace(harness, chunk=chunk, expected=expected)


def gives_back(codec: Codec, chunk: Chunk, values: Values, backend: Backend | None = None) -> bool:
    """Tell whether a codec preserves these values of a chunk exactly, in NumPy buffers."""
    with host_configuration() if backend is None else nullcontext():
        try:
            harness = CodecHarness.of(codec, chunk, backend)
            data = harness.buffer(values, flat=harness.takes_bytes)
            return same(values, harness.to_host(harness.decode(harness.encode(data))))
        except Exception:  # noqa: BLE001 - whatever it is, the values are lost
            return False


# Values that a lossy codec may not be made for.
_HARD = ("extreme", "noise", "runs")


def _assert_preserved(
    codec: Codec,
    chunk: Chunk,
    sent: Values,
    decoded: Values,
    backend: Backend | None,
    *,
    lossless: bool,
) -> None:
    kind = sent.dtype.kind
    if chunk.trait in _HARD and not lossless:
        if same(sent, decoded):
            return
        # One that computes may not be able to hold such values. If it is exact with others, then
        # it has to say so; floats may overflow to infinity.
        smooth = replace(chunk, trait="")
        if (
            kind in ("iuMm" if chunk.trait == "extreme" else "iuf")
            and not equal_numbers(sent, decoded)
            and gives_back(codec, smooth, smooth.values(), backend)
        ):
            raise wrong_values(sent, decoded, lossless=True)
        where = ", with NumPy buffers neither" if backend is None else ""
        raise Refused(f"does not preserve {chunk}{where}")
    if chunk.trait == "nan" and kind in "fc" and (np.isnan(sent) ^ np.isnan(decoded)).any():
        raise HostFault(describe_difference(sent, decoded), "NaN if NaN was written, or an error")
    lossless = lossless or (kind not in "iufc" and not is_number_of_package(sent.dtype))
    if is_preserved(sent, decoded, lossless=lossless):
        return
    if not lossless and kind in "fc" and _is_coarse(codec, chunk, backend):
        raise Coarse("preserves roughly no more than whole numbers, with NumPy buffers")
    raise wrong_values(sent, decoded, lossless=lossless)


def wrong_values(sent: Values, decoded: Values, *, lossless: bool) -> HostFault:
    """Make the error for values that NumPy buffers do not preserve."""
    how = "exactly" if lossless else "at least roughly"
    return HostFault(describe_difference(sent, decoded), f"the values that were written, {how}")


def _is_coarse(codec: Codec, chunk: Chunk, backend: Backend | None) -> bool:
    """Tell whether a lossy codec is merely made for larger numbers than the chunk's."""
    if chunk.trait == "large":
        return False
    large = replace(chunk, trait="large")
    try:
        if backend is None:
            host_result(codec, large)
        else:
            device_result(codec, large, backend)
    except (Refused, HostFault):
        return False
    return True


def _declared_dtypes(codec: Codec) -> list[np.dtype[Any]]:
    """
    List the dtypes that a codec is for, if it says so: by `supported_dtypes`, or its configuration.

    `supported_dtypes` is an iterable of what `numpy.dtype` takes. Codecs with a dtype in their
    configuration (many of numcodecs') return wrong values for other dtypes without an error: they
    are checked with chunks of these dtypes only.
    """
    found: list[np.dtype[Any]] = []
    with suppress(TypeError):
        found.extend(np.dtype(each) for each in getattr(codec, "supported_dtypes", ()))
    try:
        data: dict[str, Any] = codec.to_dict()
        configuration = dict(data.get("configuration") or {})
    except Exception:  # noqa: BLE001 - `check_to_dict` reports it
        return found
    for key in ("dtype", "decode_dtype"):
        if isinstance(configuration.get(key), str):
            with suppress(TypeError):
                found.append(np.dtype(configuration[key]))
    return found
