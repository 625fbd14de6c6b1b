"""What a codec returns for a chunk in NumPy buffers: what is expected of it on any backend."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.calls import CodecCalls
from zarr_devbuf.checks.codec.tolerance import device_difference, host_difference
from zarr_devbuf.checks.errors import Refused, describe, is_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from zarr_devbuf.checks.codec.calls import Codec
    from zarr_devbuf.checks.codec.chunks import Chunk

__all__ = ["Coarse", "HostFault", "HostResult", "OtherDtype", "gives_back", "host_result"]


@dataclass(frozen=True, slots=True)
class HostResult:
    """What a codec is given, what it encodes that to, and decodes that to, on the host."""

    sent: npt.NDArray[Any]
    encoded: npt.NDArray[Any]
    decoded: npt.NDArray[Any]


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

    def __init__(self, sent: npt.NDArray[Any], decoded: npt.NDArray[Any]) -> None:
        super().__init__(f"decodes {sent.dtype} to {decoded.dtype}, with NumPy buffers too")
        self.given = decoded.dtype
        assigned = np.zeros_like(sent)
        try:
            with np.errstate(all="ignore"):
                assigned[...] = decoded
            self.harmful = host_difference(sent, assigned, lossless=False) is not None
        except (TypeError, ValueError):
            self.harmful = True


class Coarse(Refused):
    """A lossy codec loses small numbers; it does preserve large ones."""


class HostFault(Exception):  # noqa: N818 - caught by the checks, never raised to users
    """A codec is wrong with NumPy buffers; the text says how."""

    def __init__(
        self, actual: str, expected: str = "the chunk that was encoded, decoded again"
    ) -> None:
        super().__init__(actual)
        self.expected = expected


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
            calls = CodecCalls.of(codec, chunk, None)
        sent = calls.values()
        configured = _configured_dtypes(codec)
        if configured and not calls.takes_bytes and sent.dtype not in configured:
            raise Refused(f"is configured for {', '.join(map(str, configured))}")
        with _fault("it cannot be encoded"):
            encoded = calls.encode(calls.input())
        if encoded is None:
            raise Refused("encodes to nothing")
        on_host = calls.to_host(encoded)
        # Too late to reject the chunk: its encoded bytes are in the store.
        with _fault("it can be encoded, and not decoded", may_reject=False):
            decoded = calls.to_host(calls.decode(encoded))
    if sent.dtype.str[1:] != decoded.dtype.str[1:] or sent.dtype.names != decoded.dtype.names:
        raise OtherDtype(sent, decoded)
    _assert_roughly_equal(codec, chunk, sent, decoded, lossless=calls.takes_bytes)
    return HostResult(sent, on_host, decoded)


@contextmanager
def _fault(what: str, *, may_reject: bool = True) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if may_reject and isinstance(error, Refused):
            raise
        if may_reject and is_refusal(error):
            raise Refused(describe(error)) from error
        text = str(error) if isinstance(error, Refused) else describe(error)
        raise HostFault(f"{what}: {text}") from error


def gives_back(codec: Codec, chunk: Chunk, values: npt.NDArray[Any]) -> bool:
    """Tell whether a codec preserves these values of a chunk exactly, in NumPy buffers."""
    with host_configuration():
        calls = CodecCalls.of(codec, chunk, None)
        try:
            decoded = calls.to_host(calls.decode(calls.encode(calls.buffer(values))))
        except Exception:  # noqa: BLE001 - whatever it is, the values are lost
            return False
    return device_difference(values, values, decoded) is None


def _assert_roughly_equal(
    codec: Codec, chunk: Chunk, sent: npt.NDArray[Any], decoded: npt.NDArray[Any], *, lossless: bool
) -> None:
    if chunk.trait == "extreme" and not lossless:
        # A codec that computes may not be able to hold such values; nothing can be compared then.
        if device_difference(sent, sent, decoded) is not None:
            raise Refused(f"does not preserve {chunk}, with NumPy buffers neither")
        return
    lossless = lossless or sent.dtype.kind not in "iufc"
    difference = host_difference(sent, decoded, lossless=lossless)
    if difference is None:
        return
    if not lossless and sent.dtype.kind in "fc" and _is_coarse(codec, chunk):
        raise Coarse("preserves roughly no more than whole numbers, with NumPy buffers")
    raise HostFault(difference.actual, difference.expected)


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
    except Exception:  # noqa: BLE001 - another check reports it
        return []
    found = []
    for key, value in configuration.items():
        if isinstance(value, str) and key in ("dtype", "decode_dtype"):
            try:
                found.append(np.dtype(value))
            except TypeError:
                continue
    return found
