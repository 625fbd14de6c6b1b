"""Configurations for zarr's codecs that need one, or do nothing without."""

from __future__ import annotations

from typing import Any

__all__ = ["CONFIGURATIONS"]

# The `configuration` in the codec's JSON, by the name under which it is registered with zarr. Each
# fits most chunks of `zarr_devbuf.checks.codec.chunks`; codecs reject the others.
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    # Every element of a 2-d chunk moves.
    "transpose": {"order": [1, 0]},
    # Several inner chunks in a shard of a 2-d chunk.
    "sharding_indexed": {
        "chunk_shape": [8, 4],
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    },
    # Without arguments it is the identity. Doubling is exact.
    "scale_offset": {"offset": 0, "scale": 2},
    # The float that represents every value of the chunks.
    "cast_value": {"data_type": "float64", "rounding": "nearest-even"},
    # The next wider type of the same kind, so that no value is lost.
    "numcodecs.astype": {"encode_dtype": "float64", "decode_dtype": "float32"},
    # Enough bits to keep the values close.
    "numcodecs.bitround": {"keepbits": 10},
    "numcodecs.delta": {"dtype": "int32"},
    # Two decimals.
    "numcodecs.fixedscaleoffset": {"offset": 0, "scale": 100, "dtype": "float32"},
    "numcodecs.quantize": {"digits": 3, "dtype": "float32"},
}
