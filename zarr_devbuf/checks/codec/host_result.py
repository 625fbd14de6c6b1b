"""What a codec makes of a chunk on plain host memory: what it is held to on any backend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.codec.harness import (
    Refused,
    Trial,
    describe,
    host_configuration,
    is_refusal,
)
from zarr_devbuf.checks.codec.tolerance import reference_fault, value_fault

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec

__all__ = ["Coarse", "HostFault", "OtherDtype", "Reference", "gives_back", "reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a codec makes of a chunk in zarr's own buffers on the host: what all is held to."""

    sent: npt.NDArray[Any]
    encoded: npt.NDArray[Any]
    decoded: npt.NDArray[Any]


class OtherDtype(Refused):
    """
    A codec gives back another dtype than the chunk's, on plain host memory.

    Attributes
    ----------
    given : numpy.dtype
        What it gives back.
    harmful : bool
        Whether zarr, which assigns what is decoded to an array of the due dtype, loses the values.
    """

    def __init__(self, sent: npt.NDArray[Any], decoded: npt.NDArray[Any]) -> None:
        super().__init__(f"gives back {decoded.dtype} for {sent.dtype}, on plain host memory")
        self.given = decoded.dtype
        assigned = np.zeros_like(sent)
        try:
            with np.errstate(all="ignore"):
                assigned[...] = decoded
            self.harmful = reference_fault(sent, assigned, lossless=False) is not None
        except (TypeError, ValueError):
            self.harmful = True


class Coarse(Refused):
    """A lossy codec keeps too little of small numbers; it does keep large ones."""


class HostFault(Exception):  # noqa: N818 - caught by the checks, never raised to users
    """A codec is wrong on plain host memory already; the text says how."""

    def __init__(
        self, actual: str, expected: str = "the chunk that was encoded, decoded again"
    ) -> None:
        super().__init__(actual)
        self.expected = expected


def reference(codec: Codec, chunk: Chunk) -> Reference:
    """
    Encode and decode a chunk on plain host memory, C-ordered, by the path that zarr takes.

    Raises
    ------
    Refused
        Where the codec declines the chunk: then it need not take it on any backend.
    HostFault
        Where it accepts the chunk, and does not give it back.
    """
    with host_configuration():
        trial = _prepared(codec, chunk)
        sent = trial.sent()
        configured = _configured_dtypes(codec)
        if configured and not trial.takes_bytes and sent.dtype not in configured:
            raise Refused(f"is configured for {', '.join(map(str, configured))}")
        encoded = _encoded(trial)
        bytes_or_values = trial.to_host(encoded)
        try:
            decoded = trial.to_host(trial.decode(encoded))
        except Refused as refusal:
            # It has declined too late: what it has encoded lies in the store.
            raise HostFault(f"it can be encoded, and not decoded: {refusal}") from refusal
        except Exception as error:
            raise HostFault(f"it cannot be decoded again: {describe(error)}") from error
    if _is_other(sent.dtype, decoded.dtype):
        raise OtherDtype(sent, decoded)
    _require_roughly(codec, chunk, sent, decoded, lossless=trial.takes_bytes)
    return Reference(sent, bytes_or_values, decoded)


def gives_back(codec: Codec, chunk: Chunk, values: npt.NDArray[Any]) -> bool:
    """Tell whether a codec gives back exactly, on plain host memory, these values of a chunk."""
    with host_configuration():
        trial = Trial.of(codec, chunk, None)
        try:
            decoded = trial.to_host(trial.decode(trial.encode(trial.buffer(values))))
        except Exception:  # noqa: BLE001 - whatever it is, they are not given back
            return False
    return value_fault(values, values, decoded) is None


def _prepared(codec: Codec, chunk: Chunk) -> Trial:
    try:
        return Trial.of(codec, chunk, None)
    except Refused:
        raise
    except Exception as error:
        raise HostFault(f"it cannot be prepared: {describe(error)}") from error


def _encoded(trial: Trial) -> Any:
    try:
        encoded = trial.encode(trial.input())
    except Refused:
        raise
    except Exception as error:
        if is_refusal(error):
            raise Refused(describe(error)) from error
        raise HostFault(f"it cannot be encoded: {describe(error)}") from error
    if encoded is None:
        raise Refused("encodes to nothing")
    return encoded


def _is_other(one: np.dtype[Any], other: np.dtype[Any]) -> bool:
    return one.str[1:] != other.str[1:] or one.names != other.names


def _require_roughly(
    codec: Codec, chunk: Chunk, sent: npt.NDArray[Any], decoded: npt.NDArray[Any], *, lossless: bool
) -> None:
    if chunk.trait == "extreme" and not lossless:
        # A codec that computes may well not hold such values; then there is nothing to compare.
        if value_fault(sent, sent, decoded) is not None:
            raise Refused(f"does not give back {chunk}, on plain host memory either")
        return
    lossless = lossless or sent.dtype.kind not in "iufc"
    fault = reference_fault(sent, decoded, lossless=lossless)
    if fault is None:
        return
    if not lossless and sent.dtype.kind in "fc" and _is_coarse(codec, chunk):
        raise Coarse("keeps no more than whole numbers, about, on plain host memory")
    raise HostFault(fault.actual, fault.expected)


def _is_coarse(codec: Codec, chunk: Chunk) -> bool:
    """Tell whether a lossy codec is merely made for larger numbers than the chunk's."""
    if chunk.trait == "large":
        return False
    try:
        reference(codec, replace(chunk, trait="large"))
    except (Refused, HostFault):
        return False
    return True


def _configured_dtypes(codec: Codec) -> list[np.dtype[Any]]:
    """
    Name the dtypes that a codec's configuration names, if any.

    Such codecs (many of numcodecs') give wrong values for others, and do not say so: what they
    are configured for is what they can be judged by.
    """
    try:
        form: dict[str, Any] = codec.to_dict()
        configuration = dict(form.get("configuration") or {})
    except Exception:  # noqa: BLE001 - one check is about this form
        return []
    found = []
    for key, value in configuration.items():
        if isinstance(value, str) and key in ("dtype", "decode_dtype"):
            try:
                found.append(np.dtype(value))
            except TypeError:
                continue
    return found
