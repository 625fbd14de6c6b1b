"""Checks about values: what is encoded on a device is decoded to the values of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.abc.codec import BytesBytesCodec

from zarr_devbuf.checks._harness import LAYOUTS
from zarr_devbuf.checks.codec.chunks import (
    NAN,
    ODD_LENGTHS,
    SPECIAL,
    SWAPPED,
    TYPICAL,
    UNUSUAL_SHAPES,
    OfOtherPackages,
)
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check

if TYPE_CHECKING:
    from zarr_devbuf.checks._harness import Layout


@chunk_check(
    TYPICAL,
    owned=True,
    advice="Compare what the codec does with device buffers and with NumPy buffers, step by step.",
    source="documented",
    severity="stored wrong",
)
def check_round_trip(codec: CodecHarness) -> None:
    """A chunk that is encoded and decoded on the backend has the values that it has on the host.

    On the host a codec from bytes to bytes preserves every bit, and any other at least roughly the
    values. On the backend it gives what it gives on the host; a lossy one may differ from that by
    about as much as it loses, because two implementations of one formula round differently.
    Source: Zarr's specification asks this round trip of every codec.
    """
    codec.assert_round_trip()


@chunk_check(
    UNUSUAL_SHAPES,
    owned=True,
    advice="Support chunks of these shapes on the device, or reject them on the host too.",
    source="documented",
    severity="stored wrong",
)
def check_chunk_shapes(codec: CodecHarness) -> None:
    """Chunks without dimensions, without elements, with one element, of odd sizes come back.

    Zarr makes such chunks of 0-d arrays, of arrays of length 0 and of every odd ``chunks=``. On
    devices, kernels are launched with an empty grid for them, and buffers of 0 bytes have no
    address. A codec may reject a shape, if it does so on the host, too.
    """
    codec.assert_round_trip(codec.path_in_turn)


@chunk_check(
    TYPICAL,
    advice="Make the chunk contiguous first (`xp.ascontiguousarray`) if the device code needs it.",
    source="precedent",
    severity="stored wrong",
)
def check_memory_layouts(codec: CodecHarness) -> None:
    """The memory layout of a chunk makes no difference to what is decoded.

    Zarr passes chunks as they are: F-ordered (``order="F"``, behind `transpose`), strided (parts of
    the user's array), with negative strides, as a part of a larger buffer (inner chunks of a
    shard), read-only (values that a store keeps). A codec that accepts a chunk in C order has to
    accept it in any of these layouts.
    """
    layouts: tuple[Layout, ...] = ("C", "part", "read-only") if codec.takes_bytes else LAYOUTS
    path = codec.path_in_turn
    for layout in layouts:
        try:
            codec.assert_round_trip(path, f"encode and decode, {layout} layout", layout)
            decoded = codec.decode(codec.encoded_input(layout=layout), path)
            codec.assert_values(decoded, f"decode, {layout} layout", path)
        except Exception as error:
            error.add_note(f"the memory layout is {layout}")
            raise


@chunk_check(
    groups=((None, SPECIAL), (None, OfOtherPackages())),
    owned=True,
    advice="Preserve NaN, infinity, the sign of zero and every field in the device code.",
    source="documented",
    severity="stored wrong",
)
def check_special_values(codec: CodecHarness) -> None:
    """Extreme numbers, constants, runs, noise, text, structured and time dtypes come back.

    NaN, infinity, NaT, integers beyond 2**53, subnormal numbers; text of several scripts; dtypes
    that other packages register with zarr. -0.0 is
    not 0.0: Zarr keeps the sign. A lossy codec may lose them; one that gives back other values of
    the dtype exactly has to reject what it cannot. Dtypes that a backend cannot hold are left out.
    """
    codec.assert_round_trip(codec.path_in_turn)


@chunk_check(
    NAN,
    owned=True,
    advice="Keep NaN, or raise if a chunk has some.",
    source="ours",
    severity="stored wrong",
)
def check_nan(codec: CodecHarness) -> None:
    """NaN among other values is decoded to NaN, or rejected; it does not become a number.

    Missing measurements are NaN. A filter that casts floats to integers makes numbers of them (on
    most machines the smallest one), which nobody can tell from measurements again.
    """
    codec.assert_round_trip(codec.path_in_turn)


@chunk_check(
    SWAPPED,
    owned=True,
    advice="Decode to the dtype of the chunk's spec, byte order included.",
    source="documented",
    severity="read wrong",
)
def check_byte_orders(codec: CodecHarness) -> None:
    """What is stored in either byte order is decoded to the byte order that the array has.

    Zarr's dtypes have a byte order, and `bytes` has its own; either may not be the machine's. What
    the host has encoded is decoded on the backend, and the reverse.
    """
    codec.assert_round_trip()
    decoded = codec.decode(codec.encoded_input())
    codec.assert_values(decoded, "decode what the host encoded")
    dtype = codec.expected.sent.dtype
    codec.assert_equal(codec.to_host(decoded).dtype, dtype, "decode: the dtype")


@chunk_check(
    ODD_LENGTHS,
    owned=True,
    skip=lambda codec: "" if isinstance(codec, BytesBytesCodec) else "does not encode bytes",
    advice="Process the bytes after the last whole element or word, too.",
    source="documented",
    severity="stored wrong",
)
def check_odd_lengths(codec: CodecHarness) -> None:
    """A codec from bytes to bytes accepts any number of bytes: none, one, no whole elements.

    Behind another codec that changes the length (a checksum, a compressor) the number of bytes is
    not that of whole elements. A codec may reject it, if it does so on the host, too.
    """
    codec.assert_round_trip(codec.path_in_turn)
