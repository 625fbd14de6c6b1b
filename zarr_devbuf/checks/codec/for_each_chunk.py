"""Run a check with each chunk: what a codec accepts in NumPy buffers, it must accept anywhere."""

from __future__ import annotations

import functools
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, final

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec

from zarr_devbuf.checks.codec.chunks import ENOUGH, LARGE, TEXT, TYPICAL
from zarr_devbuf.checks.codec.harness import CodecHarness, conditions
from zarr_devbuf.checks.codec.host_result import (
    Coarse,
    HostFault,
    OtherDtype,
    host_result,
    wrong_on_host,
)
from zarr_devbuf.checks.errors import NotApplicable, Refused, describe
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec
    from zarr_devbuf.checks.registry import CheckFunction

__all__ = ["CodecHarness", "chunk_check"]


def chunk_check(
    chunks: Iterable[Chunk] | None = None,
    *,
    advice: str = "",
    enough: int = ENOUGH,
    owned: bool = False,
    large: bool = False,
    skip: Callable[[Any], str] = lambda _: "",
) -> Callable[[Callable[[CodecHarness], None]], CheckFunction]:
    """
    Make a function a check of codecs that runs with each chunk that the codec accepts.

    The function takes a `CodecHarness`; the check takes the subject and the backend.

    Parameters
    ----------
    chunks : iterable of Chunk, optional
        What the codec is given; text if it accepts none of these chunks. None: typical chunks.
    advice : str
        What to do if a result is not the expected one.
    enough : int
        After how many typical chunks that the codec accepts the check ends.
    owned : bool
        Whether this check reports what is wrong with these chunks in NumPy buffers, and what
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
        def run_check(subject: Any, backend: Backend) -> None:
            __tracebackhide__ = True
            if not isinstance(subject, ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec):
                raise TypeError(
                    "expected an instance of zarr's ArrayArrayCodec, ArrayBytesCodec or "
                    f"BytesBytesCodec, got {subject!r}"
                )
            if reason := skip(subject):
                raise NotApplicable(reason)
            run = _Run(function, subject, backend, advice, owned)
            run.with_chunks(TYPICAL, enough) if chunks is None else run.with_chunks(chunks)
            if large and not hasattr(subject, "index_codecs"):
                with suppress(NotApplicable):
                    _Run(function, subject, backend, advice, owned).with_chunks(LARGE, 1)

        return run_check

    return register


@final
@dataclass(slots=True)
class _Run:
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

    def with_chunks(self, chunks: Iterable[Chunk], enough: int | None = None) -> None:
        """Run the check; raise `NotApplicable` if the codec rejects every chunk."""
        with conditions(self.backend):
            ran = self._with_some(chunks, enough)
            # Text is for codecs that take nothing else, and only those from arrays to bytes: with
            # any other codec it is zarr's own serializer that gets it.
            if not ran and isinstance(self.subject, ArrayBytesCodec):
                ran = self._with_some(TEXT, enough)
        for chunk, rejection in self.other_dtypes if self.owned else ():
            # Many codecs of numcodecs are made for one dtype, and decode any chunk to that.
            made_for_it = self.accepted <= {rejection.given}
            if rejection.harmful and not made_for_it if ran else self.only_other_dtypes:
                raise wrong_on_host(chunk, rejection)
        if not ran:
            raise NotApplicable(self._summary())

    def _with_some(self, chunks: Iterable[Chunk], enough: int | None) -> int:
        ran = 0
        for chunk in chunks:
            ran += self._with_chunk(chunk)
            if ran == enough:
                break
        return ran

    def _with_chunk(self, chunk: Chunk) -> bool:
        """Run the check with one chunk; return whether the codec accepts it."""
        try:
            if 0 in chunk.shape:
                # Any codec accepts a chunk without elements, even of a dtype that it rejects.
                host_result(self.subject, replace(chunk, shape=tuple(n or 1 for n in chunk.shape)))
            expected = host_result(self.subject, chunk)
            if not self.owned:
                self._probe(chunk)
            harness = CodecHarness.of(self.subject, chunk, self.backend)
            harness.input()  # raises Refused if the backend cannot hold it
            harness = replace(harness, expected=expected, advice=self.advice, kept=self.kept)
            self.turn += 1
            self.function(replace(harness, turn=self.turn - 1))
        except Coarse as coarse:
            if chunk.trait == "":
                return self._with_chunk(replace(chunk, trait="large"))
            self._note(chunk, str(coarse))
        except HostFault as fault:
            # Newer versions of zarr have no chunks without elements.
            if self.owned and 0 not in chunk.shape and chunk.nbytes != 0:
                raise wrong_on_host(chunk, fault) from fault
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

    def _note(self, chunk: Chunk, reason: str) -> None:
        self.reasons.setdefault(reason, chunk)
        self.only_other_dtypes &= chunk in TEXT

    def _probe(self, chunk: Chunk) -> None:
        """Raise `Refused` if a chunk cannot be encoded and decoded on the backend at all."""
        try:
            harness = CodecHarness.of(self.subject, chunk, self.backend)
            harness.decode(harness.encode(harness.input()))
        except Refused:
            raise
        except Exception as error:
            raise Refused(
                f"cannot be encoded and decoded on backend {self.backend.name}, as "
                f"check_round_trip and similar checks report: {describe(error)}"
            ) from error

    def _summary(self) -> str:
        # That the backend cannot hold the dtype says most; else the last reason about numbers.
        reasons = list(self.reasons.items())
        held = [each for each in reasons if " hold no " in each[0]]
        numbers = [each for each in reasons if each[1] not in TEXT]
        reason, chunk = (held[:1] or numbers[-1:] or reasons[-1:])[0]
        more = f" (and {len(reasons) - 1} more reasons)" if len(reasons) > 1 else ""
        return f"accepts none of the chunks of this check: {chunk}: {reason}{more}"
