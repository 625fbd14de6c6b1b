"""Checks about memory: a codec writes to no memory but its own, and keeps no chunk."""

from __future__ import annotations

import numpy as np

from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import array_in
from zarr_devbuf.checks.codec.host_result import with_other_values
from zarr_devbuf.transfers import unrecorded_transfers


@chunk_check(
    advice="Work on a copy: the input is the user's array, or the value in the store.",
    source="precedent",
    severity="stored wrong",
)
def check_input_unchanged(codec: CodecHarness) -> None:
    """Encoding does not change the chunk, and decoding does not change the encoded bytes.

    A chunk that is written whole is the user's own array, and what is decoded may be the memory
    that the store keeps (zarr passes views in both cases). By every call path.
    """
    for path in codec.paths:
        data = codec.input()
        codec.encode(data, path)
        codec.assert_unchanged(codec.expected.sent, data, "encode", path)
        data = codec.encoded_input()
        codec.decode(data, path)
        codec.assert_unchanged(codec.expected.encoded, data, "decode", path)


@chunk_check(
    advice="Allocate the result of each call; do not reuse a scratch buffer.",
    source="ours",
    severity="stored wrong",
)
def check_results_are_independent(codec: CodecHarness) -> None:
    """An encoded or decoded chunk does not change when other chunks are encoded or decoded.

    Zarr encodes many chunks before it stores the first. A codec that works in a buffer of its own
    and returns it returns the same memory for every chunk: all of them become the last.
    """
    other = with_other_values(codec)
    other_input = other.input()
    for path in codec.paths:
        encoded = codec.encode(codec.input(), path)
        before = codec.to_host(encoded)
        codec.encode(other_input, path)
        codec.assert_unchanged(before, encoded, "encode another chunk", path)
        decoded = codec.decode(encoded, path)
        before = codec.to_host(decoded)
        codec.decode(other.encoded_input(), path)
        codec.assert_unchanged(before, decoded, "decode another chunk", path)
        codec.assert_values(decoded, "encode and decode, another chunk in between", path)


@chunk_check(
    advice="Do not cache results by the identity or the address of the input.",
    source="ours",
    severity="stored wrong",
)
def check_no_memory_of_input(codec: CodecHarness) -> None:
    """A chunk that was changed in place is encoded again.

    Users write to the same array again and again. A codec that caches results by the identity or
    address of their input (devices reuse freed memory at once) stores old data.
    """
    other = with_other_values(codec)
    if np.array_equal(codec.expected.sent, other.expected.sent):
        return
    for path in codec.paths:
        data = codec.input()
        codec.encode(data, path)
        with unrecorded_transfers():
            array_in(data)[...] = array_in(other.input())
        decoded = codec.decode(codec.encode(data, path), path)
        other.assert_values(decoded, "encode again after a change in place, and decode", path)
