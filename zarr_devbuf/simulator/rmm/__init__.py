"""``rmm``: RAPIDS' memory manager; its memory is in the books of the simulated device."""

from zarr_devbuf.simulator.rmm import mr, pylibrmm, rmm, statistics
from zarr_devbuf.simulator.rmm.mr import disable_logging, enable_logging, get_log_filenames
from zarr_devbuf.simulator.rmm.pylibrmm.device_buffer import DeviceBuffer
from zarr_devbuf.simulator.rmm.pylibrmm.logger import (
    flush_logger,
    get_flush_level,
    get_logging_level,
    level_enum,
    set_flush_level,
    set_logging_level,
    should_log,
)
from zarr_devbuf.simulator.rmm.rmm import (
    RMMError,
    is_initialized,
    register_reinitialize_hook,
    reinitialize,
    unregister_reinitialize_hook,
)

__version__ = "26.10.00"
# Not that of a build.
__git_commit__ = ""

__all__ = [
    "DeviceBuffer",
    "RMMError",
    "disable_logging",
    "enable_logging",
    "flush_logger",
    "get_flush_level",
    "get_log_filenames",
    "get_logging_level",
    "is_initialized",
    "level_enum",
    "mr",
    "pylibrmm",
    "register_reinitialize_hook",
    "reinitialize",
    "rmm",
    "set_flush_level",
    "set_logging_level",
    "should_log",
    "statistics",
    "unregister_reinitialize_hook",
]
