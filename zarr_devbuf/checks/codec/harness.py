"""Run a check of codecs with each chunk: what a codec accepts in NumPy buffers, it must anywhere."""

from __future__ import annotations

import functools
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, final

from zarr.abc.buffer import NDBuffer
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec

from zarr_devbuf.checks._assertions import (
    assert_class,
    assert_in_memory_of,
    assert_shape_and_dtype,
)
from zarr_devbuf.checks._harness import HOST
from zarr_devbuf.checks.codec.calls import CodecCalls, conditions, paths_of, spec_of
from zarr_devbuf.checks.codec.chunks import LARGE, TEXT
from zarr_devbuf.checks.codec.host_result import Coarse, HostFault, OtherDtype, host_result
from zarr_devbuf.checks.codec.tolerance import device_difference, same
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, Refused, describe, violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np
    import numpy.typing as npt

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks._harness import Layout
    from zarr_devbuf.checks.codec.calls import CallPath, Codec
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.host_result import HostResult
    from zarr_devbuf.checks.registry import CheckFunction

__all__ = [
    "CodecHarness",
    "array_in",
    "assert_codec",
    "chunk_check",
    "probe",
    "summary",
    "wrong_on_host",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CodecHarness(CodecCalls):
    """
    A codec that is prepared for one chunk, and what is expected of it.

    Attributes
    ----------
    subject : Codec
        The codec as it was passed to the check. Checks use copies of it.
    expected : HostResult
        What the codec returns for the chunk in NumPy buffers.
    advice : str
        What to do if a result is not the expected one.
    turn : int
        How many chunks the check has run with before.
    kept : list
        What the check keeps from one chunk to the next; empty at first.
    """

    subject: Codec
    expected: HostResult
    advice: str
    turn: int = 0
    kept: list[Any] = field(default_factory=list)

    @property
    def paths(self) -> tuple[CallPath, ...]:
        """The call paths that the codec implements."""
        return paths_of(self.codec)

    @property
    def path_in_turn(self) -> CallPath:
        """Another call path for each chunk: any of them may be wrong."""
        return self.paths[self.turn % len(self.paths)] if self.paths else "batched"

    @property
    def decoded_shape(self) -> tuple[int, ...] | None:
        """The shape of the decoded chunk; None for bytes."""
        return None if self.takes_bytes else self.spec.shape

    def encoded_input(self, layout: Layout = "C") -> Any:
        """Copy what the codec has encoded on the host into a buffer of the prototype."""
        # Buffers are flat and contiguous: at most they are a part of a larger one.
        if self.gives_bytes and layout not in ("C", "part", "read-only"):
            layout = "C"
        return self.buffer(self.expected.encoded, layout, flat=self.gives_bytes)

    def fresh(self, backend: Backend | None) -> Self:
        """Return a harness with another copy of the subject, prepared for a backend or NumPy."""
        calls = CodecCalls.of(self.subject, self.chunk, backend)
        return replace(self, codec=calls.codec, backend=backend, spec=calls.spec)

    def on_host(self) -> Self:
        """Return a harness for NumPy buffers that shares the codec."""
        return replace(self, backend=None, spec=spec_of(self.chunk, HOST))

    def other(self) -> Self:
        """Return a harness that shares the codec, for a chunk that differs in the second half."""
        chunk = replace(self.chunk, trait="other")
        return replace(self, chunk=chunk, expected=host_result(self.subject, chunk))

    def assert_values(self, data: Any, what: str, path: CallPath | None = None) -> None:
        """Assert that a decoded buffer has the values of the host result."""
        got = self.to_host(data)
        difference = device_difference(self.expected.sent, self.expected.decoded, got)
        if difference is not None:
            case = self.about(what, path)
            raise violated(**difference._asdict(), advice=self.advice, case=case)

    def assert_round_trip(
        self, path: CallPath = "batched", what: str = "encode and decode", layout: Layout = "C"
    ) -> Any:
        """Assert that the chunk has the values of the host result after encoding and decoding."""
        decoded = self.decode(self.encode(self.input(layout), path), path)
        self.assert_values(decoded, what, path)
        return decoded

    def assert_unchanged(
        self, before: npt.NDArray[Any], after: npt.NDArray[Any], what: str, path: CallPath
    ) -> None:
        """Assert that a buffer still has the values, and the dtype, that it had."""
        if before.dtype != after.dtype or not same(before, after):
            raise violated(
                expected="the contents of the buffer as they were",
                actual="they have changed",
                advice=self.advice,
                case=self.about(what, path),
            )

    def assert_buffer(
        self,
        data: Any,
        what: str,
        path: CallPath,
        shape: tuple[int, ...] | None,
        dtype: np.dtype[Any] | None = None,
    ) -> None:
        """
        Assert that a result is a buffer of the prototype, in memory of the backend.

        Parameters
        ----------
        shape : tuple of int or None
            None for a flat buffer.
        dtype : numpy.dtype, optional
            None: the shape and dtype of an n-dimensional buffer are not checked.
        """
        prototype = self.spec.prototype
        cls = prototype.buffer if shape is None else prototype.nd_buffer
        case = self.about(what, path)
        assert_class(data, cls, case, advice=self.advice)
        array = array_in(data)
        if self.backend is not None:
            assert_in_memory_of(array, self.backend, case, advice=self.advice, held_by=cls.__name__)
        if shape is not None and dtype is not None:
            assert_shape_and_dtype(array, shape, dtype, case, advice=self.advice)

    def assert_decoded_buffer(self, data: Any, what: str, path: CallPath) -> None:
        """Assert class, memory, shape and dtype of a decoded chunk."""
        self.assert_buffer(data, what, path, self.decoded_shape, self.spec.dtype.to_native_dtype())


def array_in(data: Any) -> Any:
    """Return the array that a buffer holds, flat or n-dimensional."""
    return data.as_ndarray_like() if isinstance(data, NDBuffer) else data.as_array_like()


def chunk_check(
    chunks: Iterable[Chunk],
    *,
    advice: str = "",
    enough: int | None = None,
    owned: bool = False,
    large: bool = False,
    skip: Callable[[Any], str] = lambda _: "",
) -> Callable[[Callable[[CodecHarness], None]], CheckFunction]:
    """
    Make a function a check of codecs that runs with each chunk that the codec accepts.

    The function takes a `CodecHarness`; the check takes the subject and the backend. zarr is
    configured for the backend in it. If a codec accepts no numbers, it is given text.

    Parameters
    ----------
    chunks : iterable of Chunk
        What the codec is given.
    advice : str
        What to do if a result is not the expected one: ``advice`` of the harness.
    enough : int, optional
        After how many chunks that the codec accepts the check ends. None: after all.
    owned : bool
        Whether this check reports what is wrong with these chunks with NumPy buffers, and what
        cannot be encoded and decoded at all. Other checks skip such chunks.
    large : bool
        Whether the check runs with one large chunk, too; not for codecs that make shards, which cut
        it into small ones.
    skip : callable, optional
        Takes the codec; returns why the check does not apply, or an empty string.
    """

    def register(function: Callable[[CodecHarness], None]) -> CheckFunction:
        @check("codec")
        @functools.wraps(function)
        def run(subject: Any, backend: Backend) -> None:
            __tracebackhide__ = True
            assert_codec(subject)
            if reason := skip(subject):
                raise NotApplicable(reason)
            _ChunkRun(function, subject, backend, advice, owned).run(chunks, enough)
            if large and not hasattr(subject, "index_codecs"):
                with suppress(NotApplicable):
                    _ChunkRun(function, subject, backend, advice, owned).run(LARGE, 1)

        return run

    return register


@final
@dataclass(slots=True)
class _ChunkRun:
    """One check of one codec, and why it did not run with some chunks."""

    function: Callable[[CodecHarness], None]
    subject: Codec
    backend: Backend
    advice: str
    owned: bool
    turn: int = 0
    kept: list[Any] = field(default_factory=list)
    reasons: dict[str, Chunk] = field(default_factory=dict)
    other_dtypes: list[tuple[Chunk, OtherDtype]] = field(default_factory=list)
    only_other_dtypes: bool = True
    accepted: set[np.dtype[Any]] = field(default_factory=set)

    def run(self, chunks: Iterable[Chunk], enough: int | None) -> None:
        """Run the check; raise `NotApplicable` if the codec rejects every chunk."""
        with conditions(self.backend):
            ran = self._run_some(chunks, enough)
            # Text is for codecs that take nothing else, and only those from arrays to bytes: with
            # any other codec it is zarr's own serializer that gets it.
            if not ran and isinstance(self.subject, ArrayBytesCodec):
                ran = self._run_some(TEXT, enough)
        if self.owned:
            self._report_other_dtypes(ran)
        if not ran:
            raise NotApplicable(summary(self.reasons, "chunks"))

    def _run_some(self, chunks: Iterable[Chunk], enough: int | None) -> int:
        ran = 0
        for chunk in chunks:
            ran += self._run_one(chunk)
            if ran == enough:
                break
        return ran

    def _run_one(self, chunk: Chunk) -> bool:
        """Run the check with one chunk; return whether the codec accepts it."""
        try:
            if 0 in chunk.shape:
                # Any codec accepts a chunk without elements, even of a dtype that it rejects.
                host_result(self.subject, replace(chunk, shape=tuple(n or 1 for n in chunk.shape)))
            expected = host_result(self.subject, chunk)
            if not self.owned:
                probe(self.subject, chunk, self.backend)
            self._call(chunk, expected)
        except Coarse as coarse:
            if chunk.trait == "":
                return self._run_one(replace(chunk, trait="large"))
            self._note(chunk, str(coarse))
        except HostFault as fault:
            # Newer versions of zarr have no chunks without elements.
            if self.owned and 0 not in chunk.shape and chunk.nbytes != 0:
                raise wrong_on_host(str(chunk), str(fault), fault.expected) from fault
            self._note(chunk, f"{fault}, with NumPy buffers")
        except OtherDtype as rejection:
            self.other_dtypes.append((chunk, rejection))
            self.reasons.setdefault(str(rejection), chunk)
        except Refused as rejection:
            self._note(chunk, str(rejection))
        else:
            self.accepted.add(expected.sent.dtype)
            return True
        return False

    def _call(self, chunk: Chunk, expected: HostResult) -> None:
        harness = CodecHarness.of(
            self.subject,
            chunk,
            self.backend,
            subject=self.subject,
            expected=expected,
            advice=self.advice,
            turn=self.turn,
            kept=self.kept,
        )
        harness.input()  # raises Refused if the backend cannot hold it
        self.turn += 1
        self.function(harness)

    def _note(self, chunk: Chunk, reason: str) -> None:
        self.reasons.setdefault(reason, chunk)
        self.only_other_dtypes &= chunk in TEXT

    def _report_other_dtypes(self, ran: int) -> None:
        for chunk, rejection in self.other_dtypes:
            # Many codecs of numcodecs are made for one dtype, and decode any chunk to that.
            made_for_it = self.accepted <= {rejection.given}
            if rejection.harmful and not made_for_it if ran else self.only_other_dtypes:
                raise wrong_on_host(str(chunk), str(rejection))


def probe(subject: Codec, chunk: Chunk, backend: Backend) -> None:
    """Raise `Refused` if a chunk cannot be encoded and decoded on a backend at all."""
    try:
        calls = CodecCalls.of(subject, chunk, backend)
        calls.decode(calls.encode(calls.input()))
    except Refused:
        raise
    except Exception as error:
        raise Refused(
            f"cannot be encoded and decoded on backend {backend.name}, as check_round_trip and "
            f"similar checks report: {describe(error)}"
        ) from error


def wrong_on_host(
    case: str, actual: str, expected: str = "the chunk that was encoded, decoded again"
) -> CheckFailed:
    """Make the error for a codec that is wrong with NumPy buffers too."""
    return violated(
        expected=expected,
        actual=f"{actual} (with NumPy buffers too)",
        advice="Fix the codec: it is wrong with NumPy buffers too.",
        case=case,
    )


def summary(reasons: Mapping[str, Chunk], what: str) -> str:
    """Say why a codec accepts none of its inputs: the most informative reason, and how many."""
    # That the backend cannot hold what the codec is for; else the last reason that is about numbers.
    held = [each for each in reasons.items() if " hold no " in each[0]]
    numbers = [each for each in reasons.items() if each[1] not in TEXT]
    reason, chunk = (held[:1] or numbers[-1:] or list(reasons.items())[-1:])[0]
    more = f" (and {len(reasons) - 1} more reasons)" if len(reasons) > 1 else ""
    return f"accepts none of the {what} of this check: {chunk}: {reason}{more}"


def assert_codec(subject: Any) -> None:
    """Raise `TypeError` if the subject is not a codec."""
    if not isinstance(subject, ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec):
        raise TypeError(
            "expected an instance of zarr's ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, "
            f"got {subject!r}"
        )
