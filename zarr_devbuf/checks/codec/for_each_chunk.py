"""Lead a codec through chunks: what it takes on plain host memory, it must take anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, final

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec

from zarr_devbuf.checks.codec.chunks import TEXT
from zarr_devbuf.checks.codec.harness import Refused, Trial, conditions, describe
from zarr_devbuf.checks.codec.host_result import Coarse, HostFault, OtherDtype, Reference, reference
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, violated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec

__all__ = [
    "HostFault",
    "each_chunk",
    "probe",
    "reference",
    "require_codec",
    "telling",
    "wrong_on_host",
]


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
        Takes a trial on the backend and the reference; raises where a check does not hold.
    owned : bool
        Whether this is the check for these chunks. It says what is wrong on plain host memory
        already, and what cannot be encoded and decoded at all; the others would say it again.
    enough : int, optional
        Of how many chunks that it takes to judge it. None: of all.

    Raises
    ------
    CheckFailed
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
    docket.close(judged)


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
    misfits: list[tuple[Chunk, OtherDtype]] = field(default_factory=list)
    only_misfits: bool = True
    taken: set[np.dtype[Any]] = field(default_factory=set)

    def call(self, chunk: Chunk) -> bool:
        """Judge the codec by a chunk; return whether it takes it."""
        try:
            if 0 in chunk.shape:
                # Any codec takes nothing at all; what matters is whether it takes the dtype.
                reference(self.subject, replace(chunk, shape=tuple(n or 1 for n in chunk.shape)))
            expected = reference(self.subject, chunk)
            if not self.owned:
                probe(self.subject, chunk, self.backend)
            trial = Trial.of(self.subject, chunk, self.backend)
            trial.input()  # Refused where the backend cannot hold it
            self.judge(trial, expected)
        except Coarse as coarse:
            if chunk.trait == "":
                return self.call(replace(chunk, trait="large"))
            self._note(chunk, str(coarse))
        except HostFault as fault:
            # Newer versions of zarr have no chunks without elements.
            if self.owned and 0 not in chunk.shape and chunk.nbytes != 0:
                raise wrong_on_host(str(chunk), str(fault), fault.expected) from fault
            self._note(chunk, f"{fault}, on plain host memory")
        except Refused as refusal:
            if isinstance(refusal, OtherDtype):
                self.misfits.append((chunk, refusal))
            self._note(chunk, str(refusal), misfit=isinstance(refusal, OtherDtype))
        else:
            self.taken.add(expected.sent.dtype)
            return True
        return False

    def _note(self, chunk: Chunk, reason: str, *, misfit: bool = False) -> None:
        self.reasons.setdefault(reason, []).append(chunk)
        self.only_misfits &= misfit or chunk in TEXT

    def close(self, judged: int) -> None:
        """Say what the refusals amount to: a fault of the codec, or a reason to skip it."""
        if self.owned:
            for chunk, refusal in self.misfits:
                # Many codecs of numcodecs are made for one dtype, and give back that for any.
                made_for_it = self.taken <= {refusal.given}
                if self.only_misfits if not judged else refusal.harmful and not made_for_it:
                    raise wrong_on_host(str(chunk), str(refusal))
        if not judged:
            raise NotApplicable(_summary(self.reasons))


def probe(subject: Any, chunk: Chunk, backend: Backend) -> None:
    """Find out whether a chunk can be encoded and decoded at all."""
    try:
        trial = Trial.of(subject, chunk, backend)
        trial.decode(trial.encode(trial.input()))
    except Refused:
        raise
    except Exception as error:
        raise Refused(
            f"cannot be encoded and decoded on backend {backend.name}, as check_round_trip and the "
            f"like say: {describe(error)}"
        ) from error


def wrong_on_host(
    case: str, fault: str, expected: str = "the chunk that was encoded, decoded again"
) -> CheckFailed:
    """Make the error for a codec that is wrong in zarr's own buffers already."""
    return violated(
        expected=expected,
        actual=f"{fault} (so with zarr's own buffers on the host, too)",
        advice="mend the codec: this is no matter of devices",
        case=case,
    )


def _summary(reasons: dict[str, list[Chunk]]) -> str:
    told = telling([(chunks[0], reason) for reason, chunks in reasons.items()])
    more = f" (and {len(reasons) - 1} more reasons)" if len(reasons) > 1 else ""
    return f"takes none of the chunks it is offered here: {told}{more}"


def telling(reasons: Sequence[tuple[Chunk, str]]) -> str:
    """Choose of several reasons for which chunks were not judged the one that says most."""
    # That the backend cannot hold what the codec is for; else the last of those about numbers.
    held = [each for each in reasons if " hold no " in each[1]]
    numbers = [each for each in reasons if each[0] not in TEXT]
    chunk, reason = (held[:1] or numbers[-1:] or reasons[-1:])[0]
    return f"{chunk}: {reason}"


def require_codec(subject: Any) -> None:
    """Refuse what is no codec."""
    if not isinstance(subject, ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec):
        raise TypeError(
            "expected an instance of zarr's ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, "
            f"got {subject!r}"
        )
