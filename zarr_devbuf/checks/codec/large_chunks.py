"""Check chunks of many sizes, up to several MiB: values, and where the work is done."""

from __future__ import annotations

from zarr_devbuf.checks.codec.chunks import BY_SIZE
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.measure import measured


@chunk_check(
    groups=BY_SIZE,
    owned=True,
    skip=lambda codec: (
        "makes small chunks of large ones, which it is checked with"
        if hasattr(codec, "index_codecs")
        else ""
    ),
    advice="Look for a size that is kept in too few bits, a grid or buffer of fixed size, another "
    "code path for large chunks.",
    source="documented",
    severity="stored wrong",
)
def check_large_chunks(codec: CodecHarness) -> None:
    """Chunks on either side of 64 KiB and of 1 MiB, and of several MiB, come back.

    Zarr's own choice for the size of a chunk is beyond 64 KiB. A header that holds the length in 16
    bits, or a kernel with a grid of fixed size, loses the rest. What a codec transfers between host
    and device for a large chunk counts for the verdict, too. Source: Zarr's specification asks this
    round trip of every codec.
    """
    path = codec.path_in_turn
    data = codec.input()
    with measured(codec.about("encode", path)):
        encoded = codec.encode(data, path)
    with measured(codec.about("decode", path)):
        decoded = codec.decode(encoded, path)
    codec.assert_values(decoded, "encode and decode", path)
