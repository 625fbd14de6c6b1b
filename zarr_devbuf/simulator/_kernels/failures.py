"""The errors of launches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from zarr_devbuf.simulator._core.errors import (
    CUDADriverError,
    CUDARuntimeError,
    OutOfBoundsError,
    not_implemented,
)
from zarr_devbuf.simulator._core.pool import address_range
from zarr_devbuf.simulator._kernels.requests import Status

if TYPE_CHECKING:
    from zarr_devbuf.simulator._kernels.arguments import Argument
    from zarr_devbuf.simulator._kernels.module import HostKernel
    from zarr_devbuf.simulator._kernels.requests import LaunchRequest

__all__ = ["raise_failure"]

_UNKNOWN = 0xFFFF_FFFF
# An access that far from an array is taken to be meant for it.
_NEAR = 1 << 20


def raise_failure(
    request: LaunchRequest, kernel: HostKernel, arguments: list[Argument], blocks: list[Any]
) -> NoReturn:
    """Raise the error of a launch that failed."""
    message = request.message.decode(errors="replace")
    name = f"kernel {kernel.name!r}"
    match request.status:
        case Status.NO_MEMORY:
            raise CUDARuntimeError(2, f"{name} needs {_bytes(blocks):,} bytes of host memory twice")
        case Status.ILLEGAL_ADDRESS:
            raise _illegal_address(request, kernel, arguments)
        case Status.DEADLOCK:
            raise CUDADriverError(719, f"{name}, in block {tuple(request.at_block)}: {message}")
        case Status.TIMEOUT:
            raise CUDARuntimeError(702, f"{name} ran for {request.timeout:g} seconds")
        case Status.ASSERT:
            raise CUDARuntimeError(710, f"{name}: {message}")
        case Status.STACK_OVERFLOW:
            raise CUDARuntimeError(719, f"{name}{_place(request)} overflows its stack")
        case Status.MISALIGNED:
            detail = f"{name}{_place(request)} {_verb(request)} {request.size} bytes at 0x"
            raise CUDARuntimeError(716, f"{detail}{request.address:x}")
        case Status.GRID_SYNC:
            raise not_implemented("a barrier of several blocks, cooperative_groups::grid_group")
        case _:
            raise CUDARuntimeError(719, f"{name}{_place(request)} was trapped")


def _bytes(blocks: list[Any]) -> int:
    return sum(block.nbytes for block in blocks)


def _place(request: LaunchRequest) -> str:
    if request.at_block.x == _UNKNOWN:
        return ""
    return f", in block {tuple(request.at_block)} and thread {tuple(request.at_thread)},"


def _verb(request: LaunchRequest) -> str:
    return {0: "reads", 1: "writes"}.get(request.is_write, "accesses")


def _illegal_address(
    request: LaunchRequest, kernel: HostKernel, arguments: list[Argument]
) -> CUDARuntimeError:
    address, size = request.address, request.size
    what = f"{size} bytes" if size else "memory"
    access = f"kernel {kernel.name!r}{_place(request)} {_verb(request)} {what}"
    nearest = min(
        (
            (_distance(argument, address), number)
            for number, argument in enumerate(arguments)
            if argument.start and argument.block is not None
        ),
        default=(_NEAR, 0),
    )
    start, end = address_range()
    if nearest[0] >= _NEAR:
        where = "no live allocation" if start <= address < end else "no memory of the device"
        return CUDARuntimeError(700, f"{access} at 0x{address:x}, which is {where}")
    number = nearest[1]
    argument = arguments[number]
    offset = address - argument.start
    block = argument.block
    room = block.ptr + block.nbytes - argument.start
    return OutOfBoundsError(
        f"{access} at offset {offset} of argument {number}, {argument.text}; its memory ends at "
        f"offset {room}",
        kernel.name,
        number,
        offset,
        write={0: False, 1: True}.get(request.is_write),
    )


def _distance(argument: Argument, address: int) -> int:
    """Return the bytes between an address and the allocation of an argument."""
    start: int = argument.block.ptr
    end: int = start + argument.block.nbytes
    return max(start - address, address - end, 0)
