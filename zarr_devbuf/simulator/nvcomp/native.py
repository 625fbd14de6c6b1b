"""The native bitstream: a header and chunks. Its bytes are not NVIDIA's."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator.nvcomp._formats import FORMATS
from zarr_devbuf.simulator.nvcomp.bitstream import Bitstream, Decoded
from zarr_devbuf.simulator.nvcomp.enums import Member
from zarr_devbuf.simulator.nvcomp.errors import failure

if TYPE_CHECKING:
    from zarr_devbuf.simulator.nvcomp._formats.format import Format

__all__ = ["Native"]

# The mark, the format, whether there are checksums, the uncompressed size, the size of a chunk, the
# checksum of the content, and the bytes of the options, which follow. After them, for each chunk
# the size of its compressed bytes, then the chunks.
_HEADER = struct.Struct("<8sB?QQII")
_MARK = b"devbufNV"
_CHUNK = struct.Struct("<Q")


class Native(Bitstream):
    """A header and chunks that are compressed each for itself.

    NVIDIA's header is not public: this one is the simulator's own. It states the format and its
    options, so that a codec without an algorithm can decode.

    Parameters
    ----------
    kind
        The format; None for that of the header.
    options
        The options of the codec.
    chunk
        The bytes of a chunk.
    computes, verifies, needs
        Whether checksums are stored, whether they are verified, and whether they must be there.
    """

    def __init__(
        self,
        kind: Format | None,
        options: dict[str, Any],
        chunk: int,
        *,
        computes: bool,
        verifies: bool,
        needs: bool,
    ) -> None:
        self._format = kind
        self._options = {
            name: int(value) if isinstance(value, Member) else value
            for name, value in options.items()
            if name in _STORED
        }
        self._chunk = chunk
        self._computes, self._verifies, self._needs = computes, verifies, needs

    def encode(self, data: Any) -> bytes:
        """Return the header and the chunks."""
        kind = self._format
        if kind is None:
            raise ValueError("A Codec without an algorithm cannot encode.")
        chunks = []
        for start in range(0, data.size, self._chunk):
            part = data[start : start + self._chunk]
            kind.check_input(part.size)
            chunks.append(kind.compress(part))
        options = json.dumps(self._options).encode()
        checksum = zlib.crc32(data) if self._computes else 0
        header = _HEADER.pack(
            _MARK, kind.number, self._computes, data.size, self._chunk, checksum, len(options)
        )
        sizes = b"".join(_CHUNK.pack(len(chunk)) for chunk in chunks)
        return b"".join((header, options, sizes, *chunks))

    def size(self, data: Any) -> int:
        """Return the size that the header states."""
        return int(self._header(data)[3])

    def decode(self, data: Any) -> Decoded:
        """Return the content; a checksum that does not match is the error of its first access."""
        _, number, has_checksum, nbytes, chunk, checksum, length = self._header(data)
        kind = self._stored_format(number, bytes(data[_HEADER.size : _HEADER.size + length]))
        if self._needs and not has_checksum:
            raise failure("cannot verify checksums", "the buffer has no checksums")
        count = -(-nbytes // chunk)
        start = _HEADER.size + length + count * _CHUNK.size
        if data.size < start:
            raise failure("wrong header", "the buffer ends within the header")
        sizes = data[start - count * _CHUNK.size : start].view("<u8").tolist()
        if start + sum(sizes) > data.size:
            raise failure("cannot decompress", "the buffer is cut short")
        parts = []
        for index, size in enumerate(sizes):
            expected = min(chunk, nbytes - index * chunk)
            part = kind.decompress(data[start : start + size], expected)
            parts.append(np.frombuffer(part, np.uint8))
            start += size
        content = np.concatenate(parts) if parts else np.empty(0, np.uint8)
        error = None
        if has_checksum and self._verifies and zlib.crc32(content) != checksum:
            error = RuntimeError("Checksum doesn't match.")
        return Decoded(content, kind.data_type, error)

    def bound(self, nbytes: int) -> int:
        """Return the most bytes of the header and of all chunks."""
        kind = self._format
        if kind is None:
            raise ValueError("A Codec without an algorithm cannot encode.")
        count = -(-nbytes // self._chunk)
        each = kind.bound(min(nbytes, self._chunk)) + _CHUNK.size
        return _HEADER.size + len(json.dumps(self._options)) + count * each

    def _header(self, data: Any) -> tuple[Any, ...]:
        if data.size < _HEADER.size or bytes(data[: len(_MARK)]) != _MARK:
            raise failure(
                "wrong header",
                "the buffer does not begin with the header of the simulated nvCOMP, which cannot "
                "read NVCOMP_NATIVE bitstreams of a GPU",
            )
        header = _HEADER.unpack(bytes(data[: _HEADER.size]))
        if not header[4]:
            raise failure("wrong header", "the size of a chunk is 0")
        return header

    def _stored_format(self, number: int, options: bytes) -> Format:
        for found in FORMATS:
            if found.number == number:
                break
        else:
            raise failure("wrong header", f"unknown format {number}")
        if self._format is not None and self._format.number != number:
            raise failure(
                "invalid value",
                f"the buffer is compressed with {found.name}, the codec is for {self._format.name}",
            )
        try:
            return found(json.loads(options))
        except ValueError as error:
            raise failure("wrong header", str(error)) from None


# What a native header states of the options of a codec.
_STORED = frozenset(
    {
        "data_type", "bitshuffle_mode", "algorithm_type", "mode", "states_per_lane",
        "max_sub_chunk_count", "fine_grained_encodings", "num_deltas", "num_rles",
    }
)  # fmt: skip
