"""The values that checks write into stores, and what a byte range of one is."""

from __future__ import annotations

import functools

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest

__all__ = ["NEW", "OLD", "VALUES", "part_of", "pattern"]


@functools.cache
def pattern(length: int, seed: int = 0) -> bytes:
    """Make bytes in which no part looks like another, with line ends and zeros among them."""
    head = b"\r\n\x00\xa5\xff\x1a"
    body = bytes((seed * 89 + i * 37 + i // 7) % 256 for i in range(max(0, length - len(head))))
    return (head[seed % len(head) :] + head[: seed % len(head)] + body)[:length]


# None, one, an odd number, and more bytes than any inline limit or staging memory.
VALUES = {
    "empty": b"",
    "one byte": pattern(1),
    "13 bytes": pattern(13),
    "4099 bytes": pattern(4099),
    "70001 bytes": pattern(70001),
}

# A value, and what replaces it: three units of device memory each.
OLD, NEW = pattern(1200), pattern(1100, seed=4)


def part_of(data: bytes, byte_range: ByteRequest | None) -> bytes:
    """Return the part of a value that a byte range asks for: what all checks expect."""
    match byte_range:
        case None:
            return data
        case RangeByteRequest(start=start, end=end):
            return data[start:end]
        case OffsetByteRequest(offset=offset):
            return data[offset:]
        case SuffixByteRequest(suffix=suffix):
            return data[max(0, len(data) - suffix) :]
    raise TypeError(f"no byte range: {byte_range!r}")
