"""What a codec returns for a chunk in NumPy buffers: what is expected of it on any backend."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.harness import CodecHarness, HostResult
from zarr_devbuf.checks.codec.tolerance import describe_difference, is_preserved, same
from zarr_devbuf.checks.errors import CheckFailed, Refused, describe, is_refusal, violated

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    harmful : bool
        Whether the values are lost if zarr assigns them to an array of the chunk's dtype.
    """

    def __init__(self, sent: Values, decoded: Values) -> None:
        super().__init__(f"decodes {sent.dtype} to {decoded.dtype}, with NumPy buffers too")
        self.given = decoded.dtype
        self.harmful = True
        assigned = np.zeros_like(sent)
        with np.errstate(all="ignore"), suppress(TypeError, ValueError):
            assigned[...] = decoded
            self.harmful = not is_preserved(sent, assigned, lossless=False)


class Coarse(Refused):
    """A lossy codec loses small numbers; it does preserve large ones."""


class HostFault(Exception):  # noqa: N818 - caught by the checks, never raised to users
    """A codec is wrong with NumPy buffers; the text says how."""

    def __init__(self, actual: str, expected: str = _DECODED_AGAIN) -> None:
        super().__init__(actual)
        self.expected = expected


def wrong_on_host(case: object, error: HostFault | OtherDtype) -> CheckFailed:
    """Make the error of a check for a codec that is wrong with NumPy buffers."""
    return violated(
        expected=error.expected if isinstance(error, HostFault) else _DECODED_AGAIN,
        actual=f"{error} (with NumPy buffers too)",
        advice="Fix the codec: it is wrong with NumPy buffers too.",
        case=str(case),
    )


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
        with _fault("it cannot be prepared"):
            harness = CodecHarness.of(codec, chunk, None)
        sent = harness.values()
        configured = _configured_dtypes(codec)
        if configured and not harness.takes_bytes and sent.dtype not in configured:
            raise Refused(f"is configured for {', '.join(map(str, configured))}")
        with _fault("it cannot be encoded"):
            data = harness.encode(harness.input())
        if data is None:
            raise Refused("encodes to nothing")
        encoded = harness.to_host(data)
        # Too late to reject the chunk: its encoded bytes are in the store.
        with _fault("it can be encoded, and not decoded", may_reject=False):
            decoded = harness.to_host(harness.decode(data))
    if sent.dtype.str[1:] != decoded.dtype.str[1:] or sent.dtype.names != decoded.dtype.names:
        raise OtherDtype(sent, decoded)
    _assert_preserved(codec, chunk, sent, decoded, lossless=harness.takes_bytes)
    return HostResult(sent, encoded, decoded)


@contextmanager
def _fault(what: str, *, may_reject: bool = True) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        text = str(error) if isinstance(error, Refused) else describe(error)
        if may_reject and (isinstance(error, Refused) or is_refusal(error)):
            raise Refused(text) from error
        raise HostFault(f"{what}: {text}") from error


def with_other_values(harness: CodecHarness) -> CodecHarness:
    """Return a harness that shares the codec, for a chunk that differs in the second half."""
    chunk = replace(harness.chunk, trait="other")
    return replace(harness, chunk=chunk, expected=host_result(harness.subject, chunk))


def gives_back(codec: Codec, chunk: Chunk, values: Values) -> bool:
    """Tell whether a codec preserves these values of a chunk exactly, in NumPy buffers."""
    with host_configuration():
        harness = CodecHarness.of(codec, chunk, None)
        data = harness.buffer(values, flat=harness.takes_bytes)
        try:
            return same(values, harness.to_host(harness.decode(harness.encode(data))))
        except Exception:  # noqa: BLE001 - whatever it is, the values are lost
            return False


def _assert_preserved(
    codec: Codec, chunk: Chunk, sent: Values, decoded: Values, *, lossless: bool
) -> None:
    if chunk.trait == "extreme" and not lossless:
        # A codec that computes may not be able to hold such values; nothing can be compared then.
        if not same(sent, decoded):
            raise Refused(f"does not preserve {chunk}, with NumPy buffers neither")
        return
    lossless = lossless or sent.dtype.kind not in "iufc"
    if is_preserved(sent, decoded, lossless=lossless):
        return
    if not lossless and sent.dtype.kind in "fc" and _is_coarse(codec, chunk):
        raise Coarse("preserves roughly no more than whole numbers, with NumPy buffers")
    raise wrong_values(sent, decoded, lossless=lossless)


def wrong_values(sent: Values, decoded: Values, *, lossless: bool) -> HostFault:
    """Make the error for values that NumPy buffers do not preserve."""
    how = "exactly" if lossless else "at least roughly"
    return HostFault(describe_difference(sent, decoded), f"the values that were written, {how}")


def _is_coarse(codec: Codec, chunk: Chunk) -> bool:
    """Tell whether a lossy codec is merely made for larger numbers than the chunk's."""
    if chunk.trait == "large":
        return False
    try:
        host_result(codec, replace(chunk, trait="large"))
    except (Refused, HostFault):
        return False
    return True


def _configured_dtypes(codec: Codec) -> list[np.dtype[Any]]:
    """
    List the dtypes that a codec's configuration names, if any.

    Such codecs (many of numcodecs') return wrong values for other dtypes without an error: they are
    checked with chunks of these dtypes only.
    """
    try:
        data: dict[str, Any] = codec.to_dict()
        configuration = dict(data.get("configuration") or {})
    except Exception:  # noqa: BLE001 - `check_to_dict` reports it
        return []
    found = []
    for key in ("dtype", "decode_dtype"):
        if isinstance(configuration.get(key), str):
            with suppress(TypeError):
                found.append(np.dtype(configuration[key]))
    return found
