"""The reference of a codec: a host codec of the same format, given by the user."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Codec", "reference_codec", "referring_to"]

type Codec = ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec

reference_codec: ContextVar[Codec | None] = ContextVar("reference_codec", default=None)


@contextmanager
def referring_to(codec: Codec | None) -> Iterator[None]:
    """
    Make a codec the reference of those that are checked in a block.

    Each must decode, on the host and on the device, what the other encodes. Checks read it from
    `reference_codec`, which is None if the user gives none.

    Parameters
    ----------
    codec : ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, or None
        A codec for host memory, of the same format as the one that is checked.

    Raises
    ------
    TypeError
        If it is not a codec.
    """
    if codec is not None and not isinstance(codec, Codec.__value__):
        raise TypeError(f"reference must be an instance of a zarr codec, got {codec!r}")
    token = reference_codec.set(codec)
    try:
        yield
    finally:
        reference_codec.reset(token)
