"""``nvidia.nvcomp.external_memory``: memory of an allocator that needs its stream to be freed."""

from __future__ import annotations

from typing import Any

__all__ = ["ExternalMemory"]


class ExternalMemory:
    """Memory, and the stream that must outlive it.

    Parameters
    ----------
    mem_handle
        An object with ``ptr``, the address of the memory; the memory is freed with it.
    stream_handle
        The stream on which the memory is freed; it is released after the memory.
    """

    __module__ = "nvidia.nvcomp.external_memory"

    def __init__(self, mem_handle: Any, stream_handle: Any = None) -> None:
        self._mem_handle = mem_handle
        self._stream_handle = stream_handle

    @property
    def ptr(self) -> Any:
        """The address of the memory."""
        return self._mem_handle.ptr

    def __del__(self) -> None:
        # In this order; they are missing if the constructor has failed.
        vars(self).pop("_mem_handle", None)
        vars(self).pop("_stream_handle", None)
