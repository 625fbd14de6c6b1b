"""Run a check with each chunk: what a codec accepts in NumPy buffers, it must accept anywhere."""

from __future__ import annotations

import functools
import math
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
    expected_result,
    kept_results,
    result_with_reference,
    wrong_on_host,
)
from zarr_devbuf.checks.errors import NotApplicable, Refused, blames_the_chunk, describe, violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec, HostResult
    from zarr_devbuf.checks.registry import CheckFunction, Severity, Source

__all__ = ["CodecHarness", "chunk_check"]


def chunk_check(
    chunks: Iterable[Chunk] | None = None,
    *,
    source: Source,
    severity: Severity,
    advice: str = "",
    enough: int = ENOUGH,
    owned: bool = False,
    large: bool = False,
    groups: Iterable[tuple[int | None, Iterable[Chunk]]] = (),
    skip: Callable[[Any], str] = lambda _: "",
    decodes_only: bool = False,
) -> Callable[[Callable[[CodecHarness], None]], CheckFunction]:
    """
    Make a function a check of codecs that runs with each chunk that the codec accepts.

    The function takes a `CodecHarness`; the check takes the subject and the backend.

    Parameters
    ----------
    chunks : iterable of Chunk, optional
        What the codec is given; text if it accepts none of these chunks. None: typical chunks.
    source, severity : str
        Who says so, and what it means for users if the check fails; see `Check`.
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
    groups : iterable of (int or None, iterable of Chunk), optional
        Instead of `chunks`: from each group so many that the codec accepts; None: all of these.
    skip : callable, optional
        Takes the codec; returns why the check does not apply, or an empty string.
    decodes_only : bool
        Whether the check runs for a codec that encodes nothing and has a reference, too.
    """

    def register(function: Callable[[CodecHarness], None]) -> CheckFunction:
        @check("codec", source=source, severity=severity)
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
            make_run = functools.partial(
                _Run, function, subject, backend, advice, owned, decodes_only
            )
            run = make_run()
            if groups:
                run.with_chunks(*groups)
            else:
                run.with_chunks((enough, TYPICAL) if chunks is None else (None, chunks))
            if large and not hasattr(subject, "index_codecs"):
                with suppress(NotApplicable):
                    make_run().with_chunks((1, LARGE))

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
    decodes_only: bool
    turn: int = 0
    kept: list[Any] = field(default_factory=list)
    reasons: dict[str, Chunk] = field(default_factory=dict)
    other_dtypes: list[tuple[Chunk, OtherDtype]] = field(default_factory=list)
    only_other_dtypes: bool = True
    # The reasons that were not announced, but raised by the call to encode a chunk.
    refused: set[str] = field(default_factory=set)
    raised: BaseException | None = None
    accepted: set[np.dtype[Any]] = field(default_factory=set)

    def with_chunks(self, *groups: tuple[int | None, Iterable[Chunk]]) -> None:
        """
        Run the check; raise `NotApplicable` if the codec rejects every chunk.

        Parameters
        ----------
        *groups : tuple of int or None and iterable of Chunk
            The chunks, and how many that the codec accepts are enough. None: all of them.
        """
        enough = groups[0][0]
        with conditions(self.backend):
            ran = sum(self._with_some(chunks, some) for some, chunks in groups)
            # Text is for codecs that take nothing else, and only those from arrays to bytes: with
            # any other codec it is zarr's own serializer that gets it.
            if not ran and isinstance(self.subject, ArrayBytesCodec):
                ran = self._with_some(TEXT, enough)
        for chunk, rejection in self.other_dtypes if self.owned else ():
            # Many codecs of numcodecs are made for one dtype, and decode any chunk to that.
            made_for_it = self.accepted <= {rejection.given}
            if not made_for_it if ran else self.only_other_dtypes:
                raise wrong_on_host(chunk, rejection)
        if not ran:
            if self.owned and self._rejects_by_accident():
                raise violated(
                    case=f"every chunk, such as {next(iter(self.reasons.values()))}",
                    expected="an encoded chunk, or an exception that says which chunks the codec "
                    "does not encode",
                    actual=next(iter(self.reasons)),
                    advice="Fix the call that raises; announce in validate() what is not "
                    "supported.",
                ) from self.raised
            raise NotApplicable(self._summary())

    def _rejects_by_accident(self) -> bool:
        """Tell whether every chunk is rejected with the same words, which blame none of them."""
        numbers = {reason for reason, chunk in self.reasons.items() if chunk not in TEXT}
        return (
            len(numbers) == 1
            and len(self.refused) == len(self.reasons)
            and not any(map(blames_the_chunk, numbers))
        )

    def _with_some(self, chunks: Iterable[Chunk], enough: int | None) -> int:
        ran = 0
        if hasattr(self.subject, "index_codecs"):
            # A shard takes as long as the number of its inner chunks: small ones first, and large
            # ones only where values are checked.
            chunks = sorted(chunks, key=lambda chunk: math.prod(chunk.shape))
            enough = enough if self.owned else enough or ENOUGH
        for chunk in chunks:
            ran += self._with_chunk(chunk)
            if ran == enough:
                break
        return ran

    def _with_chunk(self, chunk: Chunk) -> bool:
        """Run the check with one chunk; return whether the codec accepts it."""
        try:
            harness = self._harness(chunk)
            self.turn += 1
            self.function(harness)
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
            if not rejection.announced:
                self.refused.add(str(rejection))
                self.raised = self.raised or rejection.__cause__
        else:
            self.accepted.add(harness.expected.sent.dtype)
            return True
        return False

    def _harness(self, chunk: Chunk) -> CodecHarness:
        """Prepare the codec for a chunk; raise `Refused` or `HostFault` if it does not take it."""
        if 0 in chunk.shape or chunk.trait in ("zeros", "constant"):
            # Any codec accepts a chunk of nothing, even of a dtype that it rejects.
            usual = replace(chunk, shape=tuple(n or 1 for n in chunk.shape), trait="")
            self._expected(usual)
        expected = self._expected(chunk)
        if not self.owned:
            self._probe(chunk)
        harness = CodecHarness.of(self.subject, chunk, self.backend)
        harness.input()  # raises Refused if the backend cannot hold it
        return replace(
            harness, expected=expected, advice=self.advice, kept=self.kept, turn=self.turn
        )

    def _expected(self, chunk: Chunk) -> HostResult:
        find = result_with_reference if self.decodes_only else expected_result
        return find(self.subject, chunk, self.backend)

    def _note(self, chunk: Chunk, reason: str) -> None:
        self.reasons.setdefault(reason, chunk)
        self.only_other_dtypes &= chunk in TEXT

    def _probe(self, chunk: Chunk) -> None:
        """Raise `Refused` if a chunk cannot be encoded and decoded on the backend at all."""
        # By each check again: the results are kept.
        known, key = kept_results(self.subject), (chunk, self.backend.name, "probe")
        if key not in known:
            known[key] = None
            try:
                harness = CodecHarness.of(self.subject, chunk, self.backend)
                harness.decode(harness.encode(harness.input()))
            except Refused as rejection:
                known[key] = str(rejection), rejection.announced
            except Exception as error:  # noqa: BLE001 - whatever it is, other checks report it
                reason = (
                    f"cannot be encoded and decoded on backend {self.backend.name}, as "
                    f"check_round_trip and similar checks report: {describe(error)}"
                )
                known[key] = reason, True
        if (rejected := known[key]) is not None:
            raise Refused(rejected[0], announced=rejected[1])

    def _summary(self) -> str:
        # That the backend cannot hold the dtype says most; else the last reason about numbers.
        reasons = list(self.reasons.items())
        held = [each for each in reasons if " hold no " in each[0]]
        numbers = [each for each in reasons if each[1] not in TEXT]
        reason, chunk = (held[:1] or numbers[-1:] or reasons[-1:])[0]
        more = f" (and {len(reasons) - 1} more reasons)" if len(reasons) > 1 else ""
        return f"accepts none of the chunks of this check: {chunk}: {reason}{more}"
