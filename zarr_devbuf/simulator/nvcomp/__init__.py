"""``nvidia.nvcomp``: compression on the simulated device.

zstd, LZ4, Snappy, Deflate and gzip are bit-compatible with the public formats in ``RAW``
bitstreams, in both directions. GDeflate, ANS, Bitcomp, Cascaded and the header of
``NVCOMP_NATIVE`` are not public: they are lossless, and their bytes are not NVIDIA's.

The names are those of nvCOMP 6. With ``SIM_NVCOMP=5`` in the environment they are those of
nvCOMP 5, which takes and returns lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator.nvcomp import nvcomp_impl

if TYPE_CHECKING:
    # The names depend on the version.
    def __getattr__(name: str) -> Any: ...


__version__ = nvcomp_impl.__version__
__cuda_version__ = nvcomp_impl.__cuda_version__
__all__ = list(nvcomp_impl.__all__)
globals().update({name: getattr(nvcomp_impl, name) for name in __all__})
