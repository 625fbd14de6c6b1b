"""Check that a codec does not depend on what it was used for before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from zarr_devbuf.checks._harness import in_time
from zarr_devbuf.checks.codec.chunks import Chunk
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import copied, prepared, spec_of
from zarr_devbuf.checks.codec.host_result import HostFault, expected_result
from zarr_devbuf.checks.errors import Refused, during

if TYPE_CHECKING:
    from collections.abc import Iterator


@chunk_check(
    enough=3,
    advice="Derive everything from the chunk and its spec at each call: ranges, tables, sizes.",
    source="documented",
    severity="stored wrong",
)
def check_history(codec: CodecHarness) -> None:
    """What a codec has encoded or decoded before makes no difference, nor does an error.

    Of one array with chunks of another range of values; of arrays with chunks of another size and
    dtype, from one codec object, as users pass it; after input that it rejects; in another thread.
    A codec that learns a range, a table or a size from its first chunk stores the second one wrong.
    """
    path = codec.path_in_turn
    shared = copied(codec.subject)
    first = replace(codec, codec=prepared(shared, codec.spec))
    first.assert_round_trip(path, "encode and decode, first")
    for what, other in _others(first):
        one = (
            replace(other, codec=prepared(shared, other.spec))
            if other.spec != first.spec
            else other
        )
        with suppress(Refused), during(one.about(f"encoding and decoding {what}", path)):
            one.assert_round_trip(path, f"encode and decode {what}, after {codec.chunk}")
        first.assert_round_trip(path, f"encode and decode, after {what}")
    for operation, data in (("encode", None), ("decode", None)):
        with suppress(Exception):
            first.call(operation, data, path)  # type: ignore[arg-type]  # nothing at all
    first.assert_round_trip(path, "encode and decode, after an error")
    case = codec.about("encode and decode in another thread", path)
    in_time(partial(first.assert_round_trip, path, "encode and decode in another thread"), case)


def _others(first: CodecHarness) -> Iterator[tuple[str, CodecHarness]]:
    """Prepare other chunks that the codec accepts, some for the codec as it is prepared."""
    chunk = first.chunk
    longer = replace(chunk, shape=tuple(2 * n for n in chunk.shape))
    for what, other in (
        ("a chunk of another range", replace(chunk, trait="range")),
        ("constant values", replace(chunk, trait="constant")),
        ("a larger chunk", longer),
        (
            "a chunk of another dtype",
            Chunk("float64" if chunk.dtype != "float64" else "int16", (6, 8)),
        ),
    ):
        with suppress(Refused, HostFault):
            expected = expected_result(first.subject, other, first.backend)
            yield (
                what,
                replace(first, chunk=other, spec=spec_of(other, first.backend), expected=expected),
            )
