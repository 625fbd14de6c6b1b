"""The values that checks write into stores, and how a failure shows them."""

from __future__ import annotations

import functools

import zarr.buffer.cpu

__all__ = ["HOST", "VALUES", "difference", "pattern", "shown"]

HOST = zarr.buffer.cpu.buffer_prototype


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


def shown(data: bytes) -> str:
    """Show how many bytes there are, and the first of them."""
    return f"{len(data)} bytes {data[:12].hex(' ')}{' …' if len(data) > 12 else ''}".rstrip()


def difference(due: bytes, found: bytes) -> str:
    """Say where two values of one length begin to differ."""
    if len(due) != len(found):
        return ""
    first = next(i for i, (a, b) in enumerate(zip(due, found, strict=True)) if a != b)
    return f" (differs from byte {first} on: {due[first]:02x} became {found[first]:02x})"
