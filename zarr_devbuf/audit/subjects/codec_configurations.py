"""Configurations for zarr's own codecs that cannot be constructed, or do nothing, without one."""

from __future__ import annotations

from typing import Any

__all__ = ["CONFIGURATIONS"]

# The `configuration` of the codec's JSON, by the name under which it is registered with zarr. Each
# is for the chunks of `zarr_devbuf.checks.codec.chunks`; those that it does not fit are declined.
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    # Every element of a 2-d chunk moves.
    "transpose": {"order": [1, 0]},
    # Several inner chunks in a shard, of 2-d chunks.
    "sharding_indexed": {
        "chunk_shape": [8, 4],
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    },
    # Without arguments it is the identity; doubling is exact.
    "scale_offset": {"offset": 0, "scale": 2},
    # To the float that holds every value of the chunks.
    "cast_value": {"data_type": "float64", "rounding": "nearest-even"},
    # The next wider type of the same kind, so that no value is lost.
    "numcodecs.astype": {"encode_dtype": "float64", "decode_dtype": "float32"},
    # As many bits as leave the values close to what they were.
    "numcodecs.bitround": {"keepbits": 10},
    "numcodecs.delta": {"dtype": "int32"},
    # Two decimals.
    "numcodecs.fixedscaleoffset": {"offset": 0, "scale": 100, "dtype": "float32"},
    "numcodecs.quantize": {"digits": 3, "dtype": "float32"},
}
