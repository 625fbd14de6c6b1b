"""``nvidia.libnvcomp``: the C library of nvCOMP, for code that loads it by ctypes.

Its functions for a batch of zstd frames exist: ``nvcompBatchedZstdDecompressGetTempSizeAsync`` and
``nvcompBatchedZstdDecompressAsync``. The library is compiled when this module is imported, which
needs a C++ compiler (extra ``kernels``); its functions call the simulator. The files are where the
module ``nvidia.libnvcomp`` has them, beside its ``__file__``.
"""

from __future__ import annotations

from zarr_devbuf.simulator.libnvcomp._build import library_folder

__all__: list[str] = []

# Code finds the library by this path: `Path(nvidia.libnvcomp.__file__).parent / "lib64"`.
__file__ = str(library_folder() / "__init__.py")
