"""``nvidia.nvcomp.nvcomp_impl``: the names of ``nvidia.nvcomp``, where its classes say they are."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator.nvcomp import enums
from zarr_devbuf.simulator.nvcomp._version import CUDA_VERSION, VERSIONS, api_version
from zarr_devbuf.simulator.nvcomp.allocators import (
    set_device_allocator,
    set_host_allocator,
    set_pinned_allocator,
)
from zarr_devbuf.simulator.nvcomp.array import Array
from zarr_devbuf.simulator.nvcomp.batch_array import BatchArray, as_arrays
from zarr_devbuf.simulator.nvcomp.codec import Codec
from zarr_devbuf.simulator.nvcomp.configs import CompressConfig, DecompressConfig
from zarr_devbuf.simulator.nvcomp.conversion import as_array, from_dlpack
from zarr_devbuf.simulator.nvcomp.stream import CudaStream

__version__ = VERSIONS[api_version()]
__cuda_version__ = CUDA_VERSION

_FUNCTIONS = (
    as_array,
    as_arrays,
    from_dlpack,
    set_device_allocator,
    set_host_allocator,
    set_pinned_allocator,
)
_CLASSES = (Array, Codec, CompressConfig, CudaStream, DecompressConfig, enums.ArrayBufferKind)
_MORE = (enums.BitshuffleMode, enums.BitstreamKind, enums.ChecksumPolicy, enums.DecompressBackend)
_SIX = (
    BatchArray,
    enums.BitcompMode,
    enums.CascadedCoarseGrainedEncoding,
    enums.CascadedFineGrainedEncoding,
    enums.CascadedMode,
    enums.CascadedTerminalCodec,
    enums.ExecutionPolicy,
)


def _names() -> dict[str, Any]:
    """Return the names of the version that is simulated."""
    objects: tuple[Any, ...] = (*_FUNCTIONS, *_CLASSES, *_MORE)
    if api_version() > 5:
        objects += _SIX
    names = {found.__name__: found for found in objects}
    for kind in enums.EXPORTED:
        if kind.__name__ in names:
            names.update(kind.__members__)
    return names


_found = _names()
__all__ = list(_found)
globals().update(_found)
