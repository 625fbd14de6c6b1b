"""``kvikio``: files and servers that are read into device memory, and written from it.

The simulated machine has no GPUDirect Storage, so that kvikio works in its compatibility mode: with
the calls of POSIX. Errors have kvikio's texts, without the lines of its source.
"""

from zarr_devbuf.simulator.kvikio import buffer, cufile, mmap, remote_file, stream, utils
from zarr_devbuf.simulator.kvikio._settings import (
    CompatMode,
    RemoteIOBackend,
    RemoteReactorDispatch,
)
from zarr_devbuf.simulator.kvikio.buffer import (
    bounce_buffer_free,
    memory_deregister,
    memory_register,
)
from zarr_devbuf.simulator.kvikio.cufile import (
    CuFile,
    clear_page_cache,
    drop_file_page_cache,
    drop_system_page_cache,
    get_page_cache_info,
)
from zarr_devbuf.simulator.kvikio.mmap import Mmap
from zarr_devbuf.simulator.kvikio.remote_file import (
    RemoteEndpointType,
    RemoteFile,
    infer_remote_endpoint_type,
    is_remote_file_available,
)
from zarr_devbuf.simulator.kvikio.stream import stream_deregister, stream_register
from zarr_devbuf.simulator.kvikio.utils import kvikio_deprecation_notice

__version__ = "26.10.00"
# Not that of a build.
__git_commit__ = ""

__all__ = [
    "CompatMode",
    "CuFile",
    "Mmap",
    "RemoteEndpointType",
    "RemoteFile",
    "RemoteIOBackend",
    "RemoteReactorDispatch",
    "bounce_buffer_free",
    "buffer",
    "clear_page_cache",
    "cufile",
    "drop_file_page_cache",
    "drop_system_page_cache",
    "get_page_cache_info",
    "infer_remote_endpoint_type",
    "is_remote_file_available",
    "kvikio_deprecation_notice",
    "memory_deregister",
    "memory_register",
    "mmap",
    "remote_file",
    "stream",
    "stream_deregister",
    "stream_register",
    "utils",
]
