"""Configurations for zarr's own codecs that cannot be constructed, or do nothing, without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.audit.cases import Case

__all__ = ["configuration_for"]

type Configure = Callable[[Case], dict[str, Any]]


def _astype(case: Case) -> dict[str, Any]:
    # The next wider type of the same kind, so that no value is lost.
    wider = {
        "bool": "uint8",
        "uint8": "uint16",
        "int16": "int32",
        "uint16": "uint32",
        "int32": "int64",
        "float32": "float64",
        "complex64": "complex128",
    }
    return {"encode_dtype": wider.get(case.dtype, case.dtype), "decode_dtype": case.dtype}


_CONFIGURATIONS: dict[str, Configure] = {
    # Reversed axes: the order that moves every element, whatever the number of dimensions.
    "transpose": lambda case: {"order": list(reversed(range(len(case.shape))))},
    # Half a chunk along each axis where that divides it: several inner chunks in a shard.
    "sharding_indexed": lambda case: {
        "chunk_shape": [c // 2 if c % 2 == 0 else c for c in case.chunks],
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    },
    # Without arguments it is the identity; doubling is exact, where the dtype has room for it.
    "scale_offset": lambda case: {"offset": 0, "scale": 1 if case.dtype == "uint8" else 2},
    # To the float that holds every value of the audit's chunks.
    "cast_value": lambda case: {
        "data_type": "float32" if case.dtype == "float64" else "float64",
        "rounding": "nearest-even",
    },
    "numcodecs.astype": _astype,
    # As many bits as leave the audit's values close to what they were.
    "numcodecs.bitround": lambda _: {"keepbits": 10},
    "numcodecs.delta": lambda case: {"dtype": case.dtype},
    # Two decimals of floats; of integers, which have none and would overflow, all of them.
    "numcodecs.fixedscaleoffset": lambda case: {
        "offset": 0,
        "scale": 100 if np.dtype(case.dtype).kind in "fc" else 1,
        "dtype": case.dtype,
    },
    "numcodecs.quantize": lambda case: {"digits": 3, "dtype": case.dtype},
}


def configuration_for(codec_name: str, case: Case) -> dict[str, Any] | None:
    """
    Give the configuration with which the audit constructs a codec for one case.

    Parameters
    ----------
    codec_name : str
        The name under which the codec is registered with zarr.
    case : Case
        The array it is constructed for: orders, shapes and dtypes follow from it.

    Returns
    -------
    dict or None
        The ``configuration`` of the codec's JSON; None for a codec that needs none, and for one
        that is not listed here.
    """
    configure = _CONFIGURATIONS.get(codec_name)
    return None if configure is None else configure(case)
