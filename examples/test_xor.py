"""A codec of one's own, and the test that shows on which devices it works."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import zarr
from zarr.abc.codec import BytesBytesCodec

from zarr_devbuf import use_backend


@dataclass(frozen=True)
class Xor(BytesBytesCodec):
    """Flips bits, on whatever device the chunk lives: no NumPy, no copy to the host."""

    mask: int = 0x5A
    is_fixed_size = True

    def compute_encoded_size(self, input_byte_length, chunk_spec):
        return input_byte_length

    async def _encode_single(self, chunk_bytes, chunk_spec):
        return chunk_spec.prototype.buffer.from_array_like(chunk_bytes.as_array_like() ^ self.mask)

    _decode_single = _encode_single


def test_xor(backend, expecting_store):
    values = np.arange(100, dtype="f4").reshape(10, 10)
    with use_backend(backend):
        array = zarr.create_array(
            expecting_store, shape=(10, 10), chunks=(5, 5), dtype="f4", compressors=Xor()
        )
        array[:] = backend.from_host(values)
        result = array[:]
    assert backend.owns(result)
    np.testing.assert_array_equal(backend.to_host(result), values)
