"""Lead a codec through chunks: what it takes on plain host memory, it must take anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np
from zarr.abc.buffer import NDBuffer
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec

from zarr_devbuf.checks.codec.chunks import TEXT
from zarr_devbuf.checks.codec.trial import (
    Refused,
    Trial,
    conditions,
    describe,
    host_configuration,
    is_refusal,
)
from zarr_devbuf.checks.codec.values import reference_fault, value_fault
from zarr_devbuf.checks.outcome import LawViolation, NotApplicable, violated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.trial import Codec, Path

__all__ = [
    "HostFault",
    "Reference",
    "array_in",
    "each_chunk",
    "probe",
    "reference",
    "require_buffer",
    "require_codec",
    "require_values",
]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a codec makes of a chunk in zarr's own buffers on the host: what all is held to."""

    sent: npt.NDArray[Any]
    encoded: npt.NDArray[Any]
    decoded: npt.NDArray[Any]

    @property
    def exact(self) -> bool:
        """Whether the codec has lost nothing."""
        return value_fault(self.sent, self.sent, self.decoded) is None


class _OtherDtype(Refused):
    """A codec is configured for another dtype than the chunk's, and does not say so."""


class HostFault(Exception):  # noqa: N818 - caught by the laws, never raised to users
    """A codec is wrong on plain host memory already; the text says how."""


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
        trial = Trial.of(codec, chunk, None)
        sent = trial.sent()
        configured = _configured_dtypes(codec)
        if configured and not trial.takes_bytes and sent.dtype not in configured:
            raise Refused(f"is configured for {', '.join(map(str, configured))}")
        try:
            data = trial.input()
            encoded = trial.encode(data)
        except Exception as error:
            if is_refusal(error):
                raise Refused(describe(error)) from error
            raise HostFault(f"it cannot be encoded: {describe(error)}") from error
        if encoded is None:
            raise Refused("encodes to nothing")
        bytes_or_values = trial.to_host(encoded)
        try:
            decoded = trial.to_host(trial.decode(encoded))
        except Exception as error:
            raise HostFault(f"it cannot be decoded again: {describe(error)}") from error
    if decoded.dtype != sent.dtype and decoded.dtype.str[1:] != sent.dtype.str[1:]:
        raise _OtherDtype(f"gives back {decoded.dtype} for {sent.dtype}, on plain host memory")
    lossless = trial.takes_bytes or sent.dtype.kind not in "iufc"
    if chunk.trait == "extreme" and not trial.takes_bytes:
        # A codec that computes may well not hold such values; then there is nothing to compare.
        if value_fault(sent, sent, decoded) is not None:
            raise Refused(f"does not give back {chunk}, on plain host memory either")
    elif (fault := reference_fault(sent, decoded, lossless=lossless)) is not None:
        raise HostFault(fault)
    return Reference(sent, bytes_or_values, decoded)


def _configured_dtypes(codec: Codec) -> list[np.dtype[Any]]:
    """
    Name the dtypes that a codec's configuration names, if any.

    Such codecs (many of numcodecs') give wrong values for others, and do not say so: what they
    are configured for is what they can be judged by.
    """
    try:
        form: dict[str, Any] = codec.to_dict()
        configuration = dict(form.get("configuration") or {})
    except Exception:  # noqa: BLE001 - one law is about this form
        return []
    found = []
    for key, value in configuration.items():
        if isinstance(value, str) and key in ("dtype", "decode_dtype"):
            try:
                found.append(np.dtype(value))
            except TypeError:
                continue
    return found


def each_chunk(
    subject: Any,
    backend: Backend,
    chunks: Iterable[Chunk],
    judge: Callable[[Trial, Reference], None],
    *,
    owned: bool = False,
    enough: int | None = None,
) -> None:
    """
    Judge a codec by every chunk that it takes.

    Parameters
    ----------
    subject : Codec
        The codec; it is not used itself, but copies of it.
    backend : Backend
        Where the chunks live.
    chunks : iterable of Chunk
        What it is offered. A codec that takes no numbers is offered text.
    judge : callable
        Takes a trial on the backend and the reference; raises where a law does not hold.
    owned : bool
        Whether this is the law for these chunks. It says what is wrong on plain host memory
        already, and what cannot be encoded and decoded at all; the others would say it again.
    enough : int, optional
        Of how many chunks that it takes to judge it. None: of all.

    Raises
    ------
    LawViolation
        By `judge`; and where the subject is wrong on plain host memory.
    NotApplicable
        Where it declines every chunk; the text gives the reasons.
    """
    require_codec(subject)
    docket = _Docket(subject, backend, judge, owned)
    with conditions(backend):
        judged = _judge_some(docket, chunks, enough)
        # Text is for codecs that take nothing else, and only those from arrays to bytes: with any
        # other codec it is zarr's own serializer that meets it.
        if not judged and isinstance(subject, ArrayBytesCodec):
            judged = _judge_some(docket, TEXT, enough)
    if not judged:
        docket.close()


def _judge_some(docket: _Docket, chunks: Iterable[Chunk], enough: int | None) -> int:
    judged = 0
    for chunk in chunks:
        judged += docket.call(chunk)
        if judged == enough:
            break
    return judged


@final
@dataclass(slots=True)
class _Docket:
    """What `each_chunk` knows, and why chunks were not judged."""

    subject: Codec
    backend: Backend
    judge: Callable[[Trial, Reference], None]
    owned: bool
    reasons: dict[str, list[Chunk]] = field(default_factory=dict)
    misfits: list[tuple[Chunk, Refused]] = field(default_factory=list)
    only_misfits: bool = True

    def call(self, chunk: Chunk) -> bool:
        """Judge the codec by a chunk; return whether it takes it."""
        try:
            if 0 in chunk.shape:
                # Any codec takes nothing at all; what matters is whether it takes the dtype.
                reference(self.subject, replace(chunk, shape=tuple(n or 1 for n in chunk.shape)))
            expected = reference(self.subject, chunk)
            trial = Trial.of(self.subject, chunk, self.backend)
            trial.input()  # Refused where the backend cannot hold it
            if not self.owned:
                probe(self.subject, chunk, self.backend)
            self.judge(trial, expected)
        except HostFault as fault:
            # Newer versions of zarr have no chunks without elements.
            if self.owned and 0 not in chunk.shape and chunk.nbytes != 0:
                raise _wrong_on_host(chunk, str(fault)) from fault
            self._note(chunk, f"{fault}, on plain host memory")
        except Refused as refusal:
            if isinstance(refusal, _OtherDtype):
                self.misfits.append((chunk, refusal))
            self._note(chunk, str(refusal), misfit=isinstance(refusal, _OtherDtype))
        else:
            return True
        return False

    def _note(self, chunk: Chunk, reason: str, *, misfit: bool = False) -> None:
        self.reasons.setdefault(reason, []).append(chunk)
        self.only_misfits &= misfit or chunk in TEXT

    def close(self) -> None:
        """Say why there was nothing to judge: a fault of the codec, or a reason to skip it."""
        if self.owned and self.misfits and self.only_misfits:
            raise _wrong_on_host(self.misfits[0][0], str(self.misfits[0][1]))
        raise NotApplicable(_summary(self.reasons))


def probe(subject: Any, chunk: Chunk, backend: Backend) -> None:
    """Find out whether a chunk can be encoded and decoded at all."""
    trial = Trial.of(subject, chunk, backend)
    try:
        trial.decode(trial.encode(trial.input()))
    except Refused:
        raise
    except Exception as error:
        raise Refused(
            f"cannot be encoded and decoded on backend {backend.name}, as check_round_trip and the "
            f"like say: {describe(error)}"
        ) from error


def _wrong_on_host(chunk: Chunk, fault: str) -> LawViolation:
    return violated(
        expected="the chunk that was encoded, decoded again",
        actual=f"{fault} (so with zarr's own buffers on the host, too)",
        advice="mend the codec: this is no matter of devices",
        case=str(chunk),
    )


def _summary(reasons: dict[str, list[Chunk]]) -> str:
    shown = [f"{chunks[0]}: {reason}" for reason, chunks in reasons.items()]
    # That the backend cannot hold what the codec is for says most; else the last of the reasons.
    told = next((text for text in shown if " hold no " in text), shown[-1])
    more = f" (and {len(shown) - 1} more reasons)" if len(shown) > 1 else ""
    return f"takes none of the chunks it is offered here: {told}{more}"


def require_codec(subject: Any) -> None:
    """Refuse what is no codec."""
    if not isinstance(subject, ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec):
        raise TypeError(
            "expected an instance of zarr's ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, "
            f"got {subject!r}"
        )


def array_in(data: Any) -> Any:
    """Return the array that a buffer holds, flat or n-dimensional."""
    return data.as_ndarray_like() if isinstance(data, NDBuffer) else data.as_array_like()


def require_values(
    trial: Trial, expected: Reference, data: Any, what: str, path: Path | None = None
) -> None:
    """Demand that a decoded chunk has the values that plain host memory gives."""
    got = trial.to_host(data)
    fault = value_fault(expected.sent, expected.decoded, got)
    if fault is not None:
        demanded, _, actual = fault.partition(", ")
        raise violated(
            expected=demanded.removeprefix("expected "),
            actual=actual,
            advice="compare what the codec does on the device with what it does on the host",
            case=trial.about(what, path),
        )


def require_buffer(
    trial: Trial,
    data: Any,
    what: str,
    path: Path,
    *,
    shape: tuple[int, ...] | None,
    dtype: Any = None,
) -> None:
    """
    Demand a buffer of the prototype, in memory of the backend.

    Parameters
    ----------
    shape : tuple of int or None
        None for a flat buffer.
    dtype : numpy.dtype, optional
        None: shape and dtype of the n-dimensional buffer are not looked at.
    """
    prototype = trial.spec.prototype
    cls = prototype.buffer if shape is None else prototype.nd_buffer
    case = trial.about(what, path)
    if not isinstance(data, cls):
        raise violated(
            expected=f"the prototype's {_name(cls)}",
            actual=_name(type(data)),
            advice="make the result with the prototype of the spec that the codec is given: "
            f"`chunk_spec.prototype.{'buffer' if shape is None else 'nd_buffer'}.from_...`",
            case=case,
        )
    array = array_in(data)
    if trial.backend is not None and not trial.backend.owns(array):
        raise violated(
            expected=f"memory of backend {trial.backend.name}: {_name(trial.backend.array_type)}",
            actual=f"a {_name(cls)} that holds {_name(type(array))}",
            advice="put the result into device memory before it is wrapped in a buffer",
            case=case,
        )
    if (
        dtype is not None
        and shape is not None
        and (tuple(array.shape), array.dtype) != (tuple(shape), dtype)
    ):
        raise violated(
            expected=f"shape {tuple(shape)} and dtype {dtype}",
            actual=f"shape {tuple(array.shape)} and dtype {array.dtype}",
            advice="return what the chunk's spec says (decoding), or what resolve_metadata() "
            "promises (encoding)",
            case=case,
        )


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
