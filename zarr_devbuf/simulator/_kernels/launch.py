"""Runs kernels on simulated device memory."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.accesses import access_bytes, access_memory, pointer_of
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.errors import CUDADriverError, CUDARuntimeError
from zarr_devbuf.simulator._core.pool import address_range
from zarr_devbuf.simulator._kernels.arguments import pointers
from zarr_devbuf.simulator._kernels.failures import raise_failure
from zarr_devbuf.simulator._kernels.regions import make_regions, reachable_blocks
from zarr_devbuf.simulator._kernels.requests import Index, LaunchRequest, Status
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.simulator._kernels.arguments import Argument
    from zarr_devbuf.simulator._kernels.module import HostKernel

__all__ = ["MAX_THREADS", "launch"]

MAX_THREADS = 1024
# The kind of a parameter that is a pointer to constants.
_CONSTANT = b"c"
_GRID = (0x7FFF_FFFF, 0xFFFF, 0xFFFF)
_BLOCK = (1024, 1024, 64)
# Kernels share addresses and signal handlers: one runs at a time.
_lock = threading.Lock()


def _timeout() -> float:
    text = os.environ.get("SIM_KERNEL_TIMEOUT", "600")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"SIM_KERNEL_TIMEOUT must be a number of seconds, not {text!r}") from None


def launch(
    kernel: HostKernel,
    grid: tuple[int, int, int],
    block: tuple[int, int, int],
    arguments: list[Argument],
    shared_bytes: int = 0,
    *,
    shared_limit: int = 49152,
    variables: Iterable[Any] = (),
    stream: Any = None,
) -> None:
    """Run a kernel, and return when it is done.

    If it fails, device memory is as before.

    Parameters
    ----------
    kernel
        The kernel.
    grid, block
        The numbers of blocks, and of threads in each.
    arguments
        Its arguments; those that it does not have are ignored, as by CUDA.
    shared_bytes, shared_limit
        The dynamic shared memory of a block, in bytes, and the most that is allowed.
    variables
        The global variables of its module that the program has pointers to.
    stream
        The stream; by default this thread's.

    Raises
    ------
    CUDADriverError
        If CUDA rejects the launch, or if threads wait for each other for ever.
    TypeError
        If arguments are missing, or have fewer bytes than the parameters: CUDA would read other
        memory.
    OutOfBoundsError
        If the kernel accesses memory beyond an array.
    CUDARuntimeError
        If it fails otherwise.
    """
    _check_sizes(grid, block, shared_bytes, shared_limit)
    _check_arguments(kernel, arguments)
    _check_devices(kernel, arguments)
    _record_accesses(kernel, arguments, stream)
    with _lock:
        blocks = reachable_blocks(arguments, kernel.module, variables)
        regions = make_regions(blocks)
        parameters, buffers = pointers(arguments)
        start, end = address_range()
        request = LaunchRequest(
            thread=kernel.thread,
            parameters=ctypes.cast(parameters, ctypes.POINTER(ctypes.c_void_p)),
            grid=Index(*grid),
            block=Index(*block),
            shared_bytes=shared_bytes,
            regions=regions,
            count=len(blocks),
            device_start=start,
            device_end=end,
            timeout=_timeout(),
        )
        kernel.module.run(request)
        del buffers
    if request.status != Status.OK:
        raise_failure(request, kernel, arguments, blocks)


def _record_accesses(kernel: HostKernel, arguments: list[Argument], stream: Any) -> None:
    """Record that a kernel reads its arrays, and writes those that are not constant.

    Of memory that is passed as a pointer, the kernel accesses the first byte at least.
    """
    for parameter, argument in zip(kernel.parameters, arguments, strict=False):
        if argument.block is None or not argument.start:
            continue
        writes = parameter.kind != _CONSTANT if argument.writes is None else argument.writes
        if writes:
            argument.block._written = tracker.waits  # noqa: SLF001
        if not tracker.active:
            continue
        if argument.array is not None:
            raw = argument.array._raw  # noqa: SLF001
            access_memory(argument.array, raw, writes=writes, pointer=pointer_of(stream))
        else:
            offset = argument.start - argument.block.ptr
            access_bytes(argument.block, offset, 1, writes=writes, pointer=pointer_of(stream))


def _check_sizes(
    grid: tuple[int, int, int], block: tuple[int, int, int], shared_bytes: int, shared_limit: int
) -> None:
    threads = block[0] * block[1] * block[2]
    if (
        any(not 0 < size <= limit for size, limit in zip(grid, _GRID, strict=True))
        or any(not 0 < size <= limit for size, limit in zip(block, _BLOCK, strict=True))
        or threads > MAX_THREADS
        or shared_bytes > shared_limit
    ):
        raise CUDADriverError(
            1,
            f"grid {grid}, block {block} ({threads} threads of {MAX_THREADS} at most), "
            f"{shared_bytes} bytes of shared memory ({shared_limit} at most)",
        )


def _check_arguments(kernel: HostKernel, arguments: list[Argument]) -> None:
    expected = len(kernel.parameters)
    if len(arguments) < expected:
        raise TypeError(
            f"kernel {kernel.name!r} has {expected} parameters, and got {len(arguments)} arguments"
        )
    for number, (parameter, argument) in enumerate(zip(kernel.parameters, arguments, strict=False)):
        if len(argument.data) < parameter.size:
            raise TypeError(
                f"argument {number} of kernel {kernel.name!r} is {argument.text} of "
                f"{len(argument.data)} bytes, and the parameter has {parameter.size} bytes"
            )


def _check_devices(kernel: HostKernel, arguments: list[Argument]) -> None:
    for number, argument in enumerate(arguments):
        block = argument.block
        if block is not None and argument.start and block.device_id != current_id():
            raise CUDARuntimeError(
                700,
                f"argument {number} of kernel {kernel.name!r} is in the memory of device "
                f"{block.device_id}, which device {current_id()} cannot access",
            )
