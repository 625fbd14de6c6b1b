"""``rmm.rmm``: the memory resources of all devices at once."""

# ruff: noqa: PLR0917 - names and signatures are rmm's.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator.rmm import mr
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource import (
    CudaMemoryResource,
    LoggingResourceAdaptor,
    ManagedMemoryResource,
    PoolMemoryResource,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._per_device import replace_all

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "RMMError",
    "is_initialized",
    "mr",
    "register_reinitialize_hook",
    "reinitialize",
    "unregister_reinitialize_hook",
]


class RMMError(Exception):
    """An error of RMM.

    Parameters
    ----------
    errcode
        Its number, kept as ``errcode``.
    msg
        Its text.
    """

    def __init__(self, errcode: int, msg: str) -> None:
        self.errcode = errcode
        super().__init__(msg)


_hooks: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []


def reinitialize(
    pool_allocator: bool = False,
    managed_memory: bool = False,
    initial_pool_size: int | str | None = None,
    maximum_pool_size: int | str | None = None,
    devices: int | list[int] | None = 0,
    logging: bool = False,
    log_file_name: str | None = None,
) -> None:
    """Forget the memory resources of all devices, and make new ones.

    Parameters
    ----------
    pool_allocator
        Whether memory comes from a pool.
    managed_memory
        Whether it is managed memory.
    initial_pool_size, maximum_pool_size
        Bytes of a pool, see `PoolMemoryResource`.
    devices
        The devices that get such a resource.
    logging, log_file_name
        Whether events are logged, and to which file; see `LoggingResourceAdaptor`.
    """
    for func, args, kwargs in reversed(_hooks):
        func(*args, **kwargs)

    def make() -> Any:
        resource: Any = ManagedMemoryResource() if managed_memory else CudaMemoryResource()
        if pool_allocator:
            resource = PoolMemoryResource(resource, initial_pool_size, maximum_pool_size)
        return LoggingResourceAdaptor(resource, log_file_name) if logging else resource

    if devices is None:
        devices = [0]
    replace_all([devices] if isinstance(devices, int) else devices, make)


def is_initialized() -> bool:
    """Return True: memory resources are made when they are needed."""
    return mr.is_initialized()


def register_reinitialize_hook(
    func: Callable[..., Any], *args: Any, **kwargs: Any
) -> Callable[..., Any]:
    """Call a function before `reinitialize`; the last one that is registered is called first."""
    _hooks.append((func, args, kwargs))
    return func


def unregister_reinitialize_hook(func: Callable[..., Any]) -> None:
    """Do not call a function before `reinitialize` any more."""
    _hooks[:] = [hook for hook in _hooks if hook[0] != func]
