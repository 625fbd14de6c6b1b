"""``cuda.bindings.cufile``: cuFile in its compatibility mode, which works on any file system."""

# ruff: noqa: ARG001, PLR0917 - names and signatures are cuFile's.
from __future__ import annotations

import ctypes
import itertools
import os
from typing import Any

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.addresses import (
    device_pointer,
    host_of,
    is_device_address,
    record_io,
)
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator.cuda.bindings._cufile_structs import Descr, descr_dtype
from zarr_devbuf.simulator.cuda.bindings._enums import enumerations

_ENUMERATIONS = enumerations("cufile")
globals().update(_ENUMERATIONS)
_Errors: Any = _ENUMERATIONS["OpError"]
_NUMBERS = frozenset(map(int, _Errors))
_CudaErrors: Any = enumerations("driver")["CUresult"]
_Kinds: Any = _ENUMERATIONS["FileHandleType"]
_Sizes: Any = _ENUMERATIONS["SizeTConfigParameter"]
_Switches: Any = _ENUMERATIONS["BoolConfigParameter"]

__all__ = [  # noqa: PLE0604 - the enumerations have cuFile's names
    "Descr",
    "buf_deregister",
    "buf_register",
    "cuFileError",
    "descr_dtype",
    "driver_close",
    "driver_open",
    "driver_set_max_cache_size",
    "driver_set_max_direct_io_size",
    "driver_set_max_pinned_mem_size",
    "driver_set_poll_mode",
    "get_parameter_bool",
    "get_parameter_size_t",
    "get_version",
    "handle_deregister",
    "handle_register",
    "op_status_error",
    "read",
    "read_async",
    "set_parameter_bool",
    "set_parameter_size_t",
    "stream_deregister",
    "stream_register",
    "use_count",
    "write",
    "write_async",
    *_ENUMERATIONS,
]

_TEXTS = {
    "SUCCESS": "cufile success",
    "DRIVER_NOT_INITIALIZED": "nvidia-fs driver is not loaded. Set allow_compat_mode to true "
    "in cufile.json file to enable compatible mode",
    "DRIVER_INVALID_PROPS": "invalid property",
    "DRIVER_UNSUPPORTED_LIMIT": "property range error",
    "DRIVER_VERSION_MISMATCH": "nvidia-fs driver version mismatch",
    "DRIVER_VERSION_READ_ERROR": "nvidia-fs driver version read error",
    "DRIVER_CLOSING": "driver shutdown in progress",
    "PLATFORM_NOT_SUPPORTED": "GPUDirect Storage not supported on current platform",
    "IO_NOT_SUPPORTED": "GPUDirect Storage not supported on current file",
    "DEVICE_NOT_SUPPORTED": "GPUDirect Storage not supported on current GPU",
    "NVFS_DRIVER_ERROR": "nvidia-fs driver ioctl error",
    "CUDA_DRIVER_ERROR": "CUDA Driver API error",
    "CUDA_POINTER_INVALID": "invalid device pointer",
    "CUDA_MEMORY_TYPE_INVALID": "invalid pointer memory type",
    "CUDA_POINTER_RANGE_ERROR": "pointer range exceeds allocated address range",
    "CUDA_CONTEXT_MISMATCH": "cuda context mismatch",
    "INVALID_MAPPING_SIZE": "access beyond maximum pinned size",
    "INVALID_MAPPING_RANGE": "access beyond mapped size",
    "INVALID_FILE_TYPE": "unsupported file type",
    "INVALID_FILE_OPEN_FLAG": "unsupported file open flags",
    "DIO_NOT_SET": "fd direct IO not set",
    "INVALID_VALUE": "invalid arguments",
    "MEMORY_ALREADY_REGISTERED": "device pointer already registered",
    "MEMORY_NOT_REGISTERED": "device pointer lookup failure",
    "PERMISSION_DENIED": "driver or file access error",
    "DRIVER_ALREADY_OPEN": "driver is already open",
    "HANDLE_NOT_REGISTERED": "file descriptor is not registered",
    "HANDLE_ALREADY_REGISTERED": "file descriptor is already registered",
    "DEVICE_NOT_FOUND": "GPU device not found",
    "INTERNAL_ERROR": "internal error",
    "GETNEWFD_FAILED": "failed to obtain new file descriptor",
    "NVFS_SETUP_ERROR": "NVFS driver initialization error",
    "IO_DISABLED": "GPUDirect Storage disabled by config on current file",
    "BATCH_SUBMIT_FAILED": "failed to submit batch operation",
    "GPU_MEMORY_PINNING_FAILED": "failed to allocate pinned GPU Memory",
    "BATCH_FULL": "queue full for batch operation",
    "ASYNC_NOT_SUPPORTED": "cuFile stream operation not supported",
    "IO_MAX_ERROR": "GPUDirect Storage Max Error",
}
_UNKNOWN = "unknown cufile error"
_numbers = itertools.count(0x6_0000_0000, 64)
_files: dict[int, int] = {}
_buffers: dict[int, int] = {}
_opened = 0
_sizes = dict.fromkeys(_Sizes, 0) | {
    _Sizes.EXECUTION_MAX_IO_QUEUE_DEPTH: 128,
    _Sizes.EXECUTION_MIN_IO_THRESHOLD_SIZE_KB: 1024,
}
_switches = dict.fromkeys(_Switches, False) | {_Switches.PROPERTIES_ALLOW_COMPAT_MODE: True}


def op_status_error(status: int) -> str:
    """Return the text of an error."""
    return _TEXTS[_Errors(status).name] if status in _NUMBERS else _UNKNOWN


class cuFileError(Exception):  # noqa: N801
    """An error of cuFile.

    Parameters
    ----------
    status
        Its number, kept as ``status``.
    cu_err
        The number of CUDA's error, kept as ``cuda_error``.
    """

    def __init__(self, status: int, cu_err: int | None = None) -> None:
        self.status = status
        self.cuda_error = cu_err
        # Numbers of the operating system are none of cuFile's: a ValueError, as in cuda-python.
        error = _Errors(status)
        text = f"{error.name} ({error.value}): {op_status_error(status)}"
        if cu_err is not None:
            text = f"{text}; CUDA status: {_CudaErrors(cu_err).name} ({cu_err})"
        super().__init__(text)

    def __reduce__(self) -> tuple[Any, tuple[int, int | None]]:
        return type(self), (self.status, self.cuda_error)


def _error(name: str) -> cuFileError:
    return cuFileError(_Errors[name].value)


def driver_open() -> None:
    """Open the driver; each call needs one of `driver_close`."""
    global _opened  # noqa: PLW0603
    _opened += 1


def driver_close() -> None:
    """Close the driver.

    Raises
    ------
    cuFileError
        If neither `driver_open` nor a file or memory that was registered has opened it.
    """
    global _opened  # noqa: PLW0603
    if not (_opened or _files or _buffers):
        raise _error("DRIVER_NOT_INITIALIZED")
    _opened = max(0, _opened - 1)


def use_count() -> None:
    """Return None, as cuda-python."""


def get_version() -> int:
    """Return the version of cuFile, 1.14."""
    return 1140


def driver_set_poll_mode(poll: bool, poll_threshold_size: int) -> None:
    """Do nothing: there is no device to wait for."""


def driver_set_max_direct_io_size(max_direct_io_size: int) -> None:
    """Set a size that has no effect."""
    _sizes[_Sizes.PROPERTIES_MAX_DIRECT_IO_SIZE_KB] = max_direct_io_size


def driver_set_max_cache_size(max_cache_size: int) -> None:
    """Set a size that has no effect."""
    _sizes[_Sizes.PROPERTIES_MAX_DEVICE_CACHE_SIZE_KB] = max_cache_size


def driver_set_max_pinned_mem_size(max_pinned_size: int) -> None:
    """Set a size that has no effect."""
    _sizes[_Sizes.PROPERTIES_MAX_DEVICE_PINNED_MEM_SIZE_KB] = max_pinned_size


def _check_closed() -> None:
    if _opened:
        raise _error("DRIVER_ALREADY_OPEN")


def _setting(settings: dict[Any, Any], param: int) -> int:
    if param not in settings:
        raise _error("INVALID_VALUE")
    return param


def get_parameter_size_t(param: int) -> int:
    """Return a setting that is a number."""
    return _sizes[_setting(_sizes, param)]


def get_parameter_bool(param: int) -> bool:
    """Return a setting that is a switch."""
    return _switches[_setting(_switches, param)]


def set_parameter_size_t(param: int, value: int) -> None:
    """Set a setting that is a number, before the driver is opened; it has no effect."""
    _check_closed()
    _sizes[_setting(_sizes, param)] = value


def set_parameter_bool(param: int, value: bool) -> None:
    """Set a setting that is a switch, before the driver is opened; it has no effect."""
    _check_closed()
    _switches[_setting(_switches, param)] = bool(value)


def handle_register(descr: Any) -> int:
    """Register an open file.

    Parameters
    ----------
    descr
        A `Descr`, or the address of one, with the descriptor of the file.

    Returns
    -------
    int
        What the other functions know the file by.

    Raises
    ------
    cuFileError
        If the descriptor is not that of an open, regular file.
    """
    described = Descr.from_ptr(int(descr))
    if described.type != _Kinds.OPAQUE_FD:
        raise _error("INVALID_FILE_TYPE")
    descriptor = int(described.handle["fd"][0])
    try:
        os.fstat(descriptor)
    except OSError:
        raise _error("INVALID_VALUE") from None
    handle = next(_numbers)
    _files[handle] = descriptor
    return handle


def handle_deregister(fh: int) -> None:
    """Forget a file."""
    _files.pop(fh, None)


def buf_register(buf_ptr_base: int, length: int, flags: int) -> None:
    """Register device memory.

    Raises
    ------
    cuFileError
        If it is not device memory, or registered already.
    """
    try:
        host_of(buf_ptr_base, length)
    except CUDARuntimeError:
        name = "POINTER_RANGE_ERROR" if is_device_address(buf_ptr_base) else "POINTER_INVALID"
        raise _error(f"CUDA_{name}") from None
    if buf_ptr_base in _buffers:
        raise _error("MEMORY_ALREADY_REGISTERED")
    _buffers[buf_ptr_base] = length


def buf_deregister(buf_ptr_base: int) -> None:
    """Forget device memory."""
    if _buffers.pop(buf_ptr_base, None) is None:
        raise _error("MEMORY_NOT_REGISTERED")


def stream_register(stream: int, flags: int) -> None:
    """Do nothing: the simulated device works synchronously."""


def stream_deregister(stream: int) -> None:
    """Do nothing: the simulated device works synchronously."""


def read(fh: int, buf_ptr_base: int, size: int, file_offset: int, buf_ptr_offset: int) -> int:
    """Read bytes of a file into device or host memory.

    Parameters
    ----------
    fh
        The file, from `handle_register`.
    buf_ptr_base, buf_ptr_offset
        An address, and the bytes from there to where the first byte is written.
    size
        Bytes.
    file_offset
        Position in the file, in bytes.

    Returns
    -------
    int
        The bytes read, less than `size` at the end of the file; the number of an error of cuFile
        with a minus sign.
    """
    return _move(fh, buf_ptr_base + buf_ptr_offset, size, file_offset, reads=True)


def write(fh: int, buf_ptr_base: int, size: int, file_offset: int, buf_ptr_offset: int) -> int:
    """Write bytes of device or host memory to a file; see `read`."""
    return _move(fh, buf_ptr_base + buf_ptr_offset, size, file_offset, reads=False)


def _move(
    fh: int, address: int, size: int, file_offset: int, *, reads: bool, stream: Any = None
) -> int:
    descriptor = _files.get(fh)
    if descriptor is None:
        return -int(_Errors.HANDLE_NOT_REGISTERED)
    if not size:
        return 0
    on_device = is_device_address(address)
    try:
        host = host_of(address, size) if on_device else address
    except CUDARuntimeError:
        return -int(_Errors.CUDA_POINTER_RANGE_ERROR)
    if on_device:
        record_io(device_pointer(address), size, writes=reads, stream=stream)
    memory = memoryview((ctypes.c_ubyte * size).from_address(host)).cast("B")
    move = os.preadv if reads else os.pwritev
    done = 0
    try:
        while done < size:
            count = move(descriptor, [memory[done:]], file_offset + done)
            if not count:
                break
            done += count
    except OSError as error:
        raise cuFileError(error.errno or 0) from error
    if on_device:
        transfers.record_storage("s2d" if reads else "d2s", done)
    return done


def _async(
    fh: int, base: int, pointers: tuple[int, int, int, int], stream: int, *, reads: bool
) -> None:
    size, file_offset, offset = (
        kind.from_address(pointer).value
        for kind, pointer in zip(
            (ctypes.c_size_t, ctypes.c_int64, ctypes.c_int64), pointers[:3], strict=True
        )
    )
    done = _move(fh, base + offset, size, file_offset, reads=reads, stream=stream)
    ctypes.c_ssize_t.from_address(pointers[3]).value = done


def read_async(
    fh: int,
    buf_ptr_base: int,
    size_p: int,
    file_offset_p: int,
    buf_ptr_offset_p: int,
    bytes_read_p: int,
    stream: int,
) -> None:
    """Read bytes of a file on a stream, which alone orders it.

    The arguments with ``_p`` are the addresses of the values.
    """
    pointers = (size_p, file_offset_p, buf_ptr_offset_p, bytes_read_p)
    _async(fh, buf_ptr_base, pointers, stream, reads=True)


def write_async(
    fh: int,
    buf_ptr_base: int,
    size_p: int,
    file_offset_p: int,
    buf_ptr_offset_p: int,
    bytes_written_p: int,
    stream: int,
) -> None:
    """Write bytes to a file on a stream; see `read_async`."""
    pointers = (size_p, file_offset_p, buf_ptr_offset_p, bytes_written_p)
    _async(fh, buf_ptr_base, pointers, stream, reads=False)
