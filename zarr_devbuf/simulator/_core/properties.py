"""The properties of a simulated device: those of a GPU with compute capability 8.0."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.current_device import require_device
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.errors import CUDARuntimeError, not_implemented
from zarr_devbuf.simulator._core.pool import memory_info

__all__ = ["COMPUTE_CAPABILITY", "attribute", "properties"]

COMPUTE_CAPABILITY = 8, 0

_SIDES = (32768, 2048)
_PLANES = (32768, 32768, 2048)
_BOX = (16384, 16384, 16384)
_BLOCK = (1024, 1024, 64)
_GRID = (2147483647, 65535, 65535)

# By name: the number of the attribute in CUDA, or none, and the value.
_PROPERTIES: dict[str, tuple[int | None, Any]] = {
    "maxThreadsPerBlock": (1, 1024),
    "sharedMemPerBlock": (8, 49152),
    "totalConstMem": (9, 65536),
    "warpSize": (10, 32),
    "regsPerBlock": (12, 65536),
    "clockRate": (13, 1410000),
    "textureAlignment": (14, 512),
    "multiProcessorCount": (16, 1),
    "kernelExecTimeoutEnabled": (17, 0),
    "integrated": (18, 0),
    "canMapHostMemory": (19, 1),
    "computeMode": (20, 0),
    "surfaceAlignment": (30, 512),
    "concurrentKernels": (31, 1),
    "ECCEnabled": (32, 1),
    "pciDeviceID": (34, 0),
    "tccDriver": (35, 0),
    "memoryClockRate": (36, 1215000),
    "memoryBusWidth": (37, 5120),
    "l2CacheSize": (38, 41943040),
    "maxThreadsPerMultiProcessor": (39, 2048),
    "asyncEngineCount": (40, 1),
    "unifiedAddressing": (41, 1),
    "pciDomainID": (50, 0),
    "texturePitchAlignment": (51, 32),
    "major": (75, COMPUTE_CAPABILITY[0]),
    "minor": (76, COMPUTE_CAPABILITY[1]),
    "streamPrioritiesSupported": (78, 1),
    "globalL1CacheSupported": (79, 1),
    "localL1CacheSupported": (80, 1),
    "sharedMemPerMultiprocessor": (81, 167936),
    "regsPerMultiprocessor": (82, 65536),
    "managedMemory": (83, 1),
    "isMultiGpuBoard": (84, 0),
    "multiGpuBoardGroupID": (85, 0),
    "hostNativeAtomicSupported": (86, 0),
    "pageableMemoryAccess": (88, 0),
    "concurrentManagedAccess": (89, 0),
    "computePreemptionSupported": (90, 1),
    "canUseHostPointerForRegisteredMem": (91, 0),
    "cooperativeLaunch": (95, 0),
    "cooperativeMultiDeviceLaunch": (96, 0),
    "sharedMemPerBlockOptin": (97, 166912),
    "pageableMemoryAccessUsesHostPageTables": (100, 0),
    "directManagedMemAccessFromHost": (101, 0),
    "maxBlocksPerMultiProcessor": (106, 32),
    "persistingL2CacheMaxSize": (108, 31457280),
    "accessPolicyMaxWindowSize": (109, 134213632),
    "reservedSharedMemPerBlock": (111, 1024),
    "maxThreadsDim": (None, _BLOCK),
    "maxGridSize": (None, _GRID),
    "maxTexture1D": (None, 131072),
    "maxTexture2D": (None, (131072, 65536)),
    "maxTexture3D": (None, _BOX),
    "maxTexture1DMipmap": (None, 32768),
    "maxTexture1DLayered": (None, _SIDES),
    "maxTexture2DMipmap": (None, (32768, 32768)),
    "maxTexture2DLinear": (None, (131072, 65000, 2097120)),
    "maxTexture2DLayered": (None, _PLANES),
    "maxTexture2DGather": (None, (32768, 32768)),
    "maxTexture3DAlt": (None, (8192, 8192, 32768)),
    "maxTextureCubemap": (None, 32768),
    "maxTextureCubemapLayered": (None, (32768, 2046)),
    "maxSurface1D": (None, 32768),
    "maxSurface1DLayered": (None, _SIDES),
    "maxSurface2D": (None, (131072, 65536)),
    "maxSurface2DLayered": (None, _PLANES),
    "maxSurface3D": (None, _BOX),
    "maxSurfaceCubemap": (None, 32768),
    "maxSurfaceCubemapLayered": (None, (32768, 2046)),
    "luid": (None, b""),
    "luidDeviceNodeMask": (None, 0),
}

# The attributes that are no properties; pools of memory work, as they do in `malloc_async`.
_OTHERS = {2: 1024, 3: 1024, 4: 64, 5: _GRID[0], 6: _GRID[1], 7: _GRID[2], 11: 2147483647, 15: 1}
_OTHERS |= {98: 0, 99: 0, 115: 1}
_BUS, _LAST = 33, 145


def properties(device: int) -> dict[str, Any]:
    """Return the properties of a device, by their names in CUDA."""
    total = memory_info(require_device(device))[1]
    found = {name: value for name, (_, value) in _PROPERTIES.items()}
    return {
        "name": b"zarr-devbuf simulated device",
        "totalGlobalMem": total,
        **found,
        "pciBusID": _bus(device),
        "uuid": b"zarr-devbuf %04d" % device,
    }


def _bus(device: int) -> int:
    return int(Device(device).pci_bus_id[5:7], 16)


_BY_NUMBER = {number: value for number, value in _PROPERTIES.values() if number is not None}
_BY_NUMBER |= _OTHERS


def attribute(number: int, device: int) -> int:
    """Return an attribute of a device, by its number in CUDA."""
    require_device(device)
    if number == _BUS:
        return _bus(device)
    if not 0 < number < _LAST:
        raise CUDARuntimeError(1)
    if number not in _BY_NUMBER:
        raise not_implemented(f"attribute {number} of cupy.cuda.runtime.deviceGetAttribute")
    value: int = _BY_NUMBER[number]
    return value
