"""The values that checks write into stores, and what a byte range of one is."""

from __future__ import annotations

import functools
import random

import numpy as np
from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest

__all__ = ["LARGE", "NEW", "OLD", "SIZES", "VALUES", "noise", "part_of", "pattern"]


@functools.lru_cache(maxsize=256)
def pattern(length: int, seed: int = 0) -> bytes:
    """Make bytes in which no part looks like another, with line ends and zeros among them."""
    head = b"\r\n\x00\xa5\xff\x1a"
    i = np.arange(max(0, length - len(head)))
    body = (seed * 89 + i * 37 + i // 7).astype("u1").tobytes()
    return (head[seed % len(head) :] + head[: seed % len(head)] + body)[:length]


@functools.lru_cache(maxsize=1)
def noise(length: int, seed: int = 0) -> bytes:
    """Make random bytes, the same in every run: cheap for megabytes."""
    return random.Random(seed).randbytes(length)  # noqa: S311 - no secret


# Drawn within each kind, the same in every run.
_draw = random.Random(9)  # noqa: S311 - no secret
_KIB, _MIB = 1 << 10, 1 << 20
# None, one, an odd number, and either side of the limits of pages, blocks and staging memory.
_LENGTHS = (
    1,
    13,
    4099,
    64 * _KIB - _draw.randint(1, 999),
    64 * _KIB,
    64 * _KIB + _draw.randint(1, 9999),
)
VALUES = {"empty": b""} | {f"{length} bytes": pattern(length) for length in _LENGTHS}
# Either side of 1 MiB, and several MiB: made by the one check that uses them.
LARGE = (
    _MIB - _draw.randint(1, 9999),
    _MIB,
    _MIB + _draw.randint(1, 9999),
    _draw.randint(3 * _MIB, 5 * _MIB),
)

# A small one, and one beyond each limit: for checks that are not about length.
SIZES = (61, 64 * _KIB + _draw.randint(20_000, 29_999), _MIB + _draw.randint(1, 9999))

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
