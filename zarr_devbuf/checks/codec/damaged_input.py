"""Check what a codec makes of stored bytes that are cut, longer than they should be, or changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from zarr.abc.codec import BytesBytesCodec

from zarr_devbuf.checks._child_process import in_child, require_fork
from zarr_devbuf.checks.codec.chunks import TEXT
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.host_result import with_other_values
from zarr_devbuf.checks.codec.tolerance import same
from zarr_devbuf.checks.errors import NotApplicable, Refused, violated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr_devbuf.checks.codec.harness import Values

# Of a codec that ends the process, or never returns.
_NO_ANSWER = "Compare the lengths that the input states with the length of the input first."


@chunk_check(
    enough=3,
    advice="Raise if there are fewer bytes than a chunk needs.",
    source="precedent",
    severity="read wrong",
)
def check_truncated_input(codec: CodecHarness) -> None:
    """Stored bytes that are cut are not decoded to a whole chunk of other values.

    A write that was interrupted, or a download, leaves a part of a chunk. A codec raises, or what
    it decodes has another length, so that the next one raises. It does not fill up with zeros or
    whatever its memory holds, and it does not end the process. Source: zarr's own `bytes` raises.
    """
    encoded = _encoded_bytes(codec)
    cuts = sorted({0, 1, encoded.size // 4, encoded.size // 2, encoded.size - 4, encoded.size - 1})
    damaged = {
        f"the first {cut} of {encoded.size} bytes": encoded[:cut]
        for cut in cuts
        if 0 <= cut < encoded.size
    }
    _assert_no_whole_chunk(codec, damaged, "an exception, or a shorter chunk")


@chunk_check(
    enough=3,
    skip=lambda codec: (
        "the length of what it decodes is not known" if isinstance(codec, BytesBytesCodec) else ""
    ),
    advice="Take the shape from the chunk's spec, and raise if the number of bytes is another.",
    source="ours",
    severity="read wrong",
)
def check_surplus_input(codec: CodecHarness) -> None:
    """Stored bytes that are longer than a chunk are not decoded to a chunk of another shape.

    The metadata of an array say how large a chunk is; a file of another array, or one that was
    written over a longer one, holds more. A codec raises, or decodes the chunk.
    """
    encoded = _encoded_bytes(codec)
    damaged = {
        f"{encoded.size} bytes, and {more} more": np.concatenate([encoded, encoded[:more]])
        for more in sorted({1, 8, encoded.size} - {0})
    }
    _assert_no_whole_chunk(codec, damaged, "an exception, or the chunk", surplus=True)


@chunk_check(enough=2, advice=_NO_ANSWER, source="ours", severity="raises")
def check_corrupt_input(codec: CodecHarness) -> None:
    """Stored bytes that have changed do not end the process, and do not hang it.

    Whether a change is noticed is up to the format. Whatever is decoded, an address or a length
    that is read from the stored bytes must not be followed blindly.
    """
    encoded = _encoded_bytes(codec)
    random = np.random.default_rng(11)
    damaged = {}
    for at in {*range(min(12, encoded.size)), *random.integers(0, encoded.size, 12).tolist()}:
        changed = encoded.copy()
        changed[at] ^= random.integers(1, 256, dtype="u1")
        damaged[f"byte {at} of {encoded.size} changed"] = changed
    _assert_no_whole_chunk(codec, damaged, "an exception, or a chunk", compare=False)


@chunk_check(
    enough=1,
    skip=lambda codec: "" if isinstance(codec, BytesBytesCodec) else "does not encode bytes",
    advice="Compute the checksum of the data again when decoding, and raise if it is another.",
    source="documented",
    severity="read wrong",
)
def check_checksum(codec: CodecHarness) -> None:
    """A codec that stores a checksum beside the data raises if they do not fit together.

    It is taken for one if it leaves the data as it is, and adds a few bytes that depend on it.
    Source: Zarr's specification asks it of `crc32c`.
    """
    added = _checksum_at(codec)
    encoded = codec.expected.encoded
    damaged = {}
    for at in {0, encoded.size // 2, encoded.size - 1}:
        changed = encoded.copy()
        changed[at] ^= 0x10
        damaged[f"byte {at} changed; the checksum is at {added}"] = changed
    for case, data in damaged.items():
        try:
            codec.decode(codec.encoded_input(data))
        except Refused:
            raise
        except Exception:  # noqa: BLE001, S112 - whatever it is, the mismatch is noticed
            continue
        raise violated(
            case=codec.about(f"decode, {case}"),
            expected="an exception",
            actual="a chunk",
            advice=codec.advice,
        )


def _encoded_bytes(codec: CodecHarness) -> Values:
    if not codec.gives_bytes:
        raise Refused("encodes to arrays, which are of the shape that the metadata say")
    if codec.chunk in TEXT or not codec.expected.encoded.size:
        raise Refused("the length of a chunk is not known")
    require_fork(codec.on)
    return codec.expected.encoded


def _checksum_at(codec: CodecHarness) -> str:
    """Return where the checksum is; raise `Refused` if the codec does not store one."""
    one, other = codec.expected, with_other_values(codec).expected
    more = one.encoded.size - one.sent.size
    none = Refused("does not store a checksum beside the data")
    if not 0 < more <= min(64, one.sent.size // 2) or other.encoded.size != one.encoded.size:
        raise none
    for where, data, added in (
        ("the end", slice(0, -more), slice(-more, None)),
        ("the start", slice(more, None), slice(0, more)),
    ):
        verbatim = all(np.array_equal(each.encoded[data], each.sent) for each in (one, other))
        if verbatim and not np.array_equal(one.encoded[added], other.encoded[added]):
            return where
    raise none


def _assert_no_whole_chunk(
    codec: CodecHarness,
    damaged: Mapping[str, Values],
    expected: str,
    *,
    surplus: bool = False,
    compare: bool = True,
) -> None:
    """Decode in another process, which the codec may end; assert that no result is wrong."""
    # The event loop of the parent does not run in a child.
    alone = replace(codec, run=asyncio.run)

    def first_wrong() -> tuple[str, str] | None:
        for case, data in damaged.items():
            try:
                result = alone.to_host(alone.decode(alone.encoded_input(data)))
            except Exception:  # noqa: BLE001, S112 - as expected, whatever it is
                continue
            if compare and (wrong := _wrong(codec, result, surplus=surplus)):
                return case, wrong
        return None

    outcome = in_child(first_wrong)
    if outcome.how in ("died", "hung"):
        if in_child(alone.assert_round_trip).how == outcome.how:
            raise NotApplicable("cannot be used in a forked process, as check_fork reports")
        raise violated(
            case=codec.about(f"decode {next(iter(damaged))}, or the like"),
            expected=expected,
            actual=outcome.value,
            advice=_NO_ANSWER,
        )
    if outcome.how == "raised":
        raise Refused(f"cannot be checked in another process: {outcome.value}")
    if outcome.value is not None:
        case, wrong = outcome.value
        raise violated(
            case=codec.about(f"decode {case}"), expected=expected, actual=wrong, advice=codec.advice
        )


def _wrong(codec: CodecHarness, result: Values, *, surplus: bool) -> str:
    """Say what is wrong with what was decoded of damaged input; "" if nothing is."""
    decoded = codec.expected.decoded
    if result.shape != decoded.shape:
        return f"a chunk of shape {result.shape}" if surplus else ""
    return "" if same(decoded, result) else "a whole chunk, of other values"
