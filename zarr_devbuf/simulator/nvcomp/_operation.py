"""What a codec does: from the arguments of a call to arrays."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator.nvcomp._queue import finish, issue, wait
from zarr_devbuf.simulator.nvcomp.allocators import device_bytes, pinned_bytes
from zarr_devbuf.simulator.nvcomp.array import Array, device_array, upload
from zarr_devbuf.simulator.nvcomp.batch_array import BatchArray, make_batch
from zarr_devbuf.simulator.nvcomp.configs import check_sizes
from zarr_devbuf.simulator.nvcomp.data_types import SIZES, check_data_type, output_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.simulator.nvcomp.bitstream import Bitstream, Decoded
    from zarr_devbuf.simulator.nvcomp.stream import CudaStream

__all__ = ["Operation"]

_BYTES = "|u1"


class Operation:
    """The work of one call.

    Parameters
    ----------
    kind
        The bitstream of the codec.
    stream
        The stream on which it works; its device is the codec's.
    is_own
        Whether the codec has made the stream. nvCOMP does not say whether a call waits for that
        one: it counts as waited for, so that no program is accused that may be right.
    """

    __slots__ = ("_is_own", "_kind", "_stream")

    def __init__(self, kind: Bitstream, stream: CudaStream, *, is_own: bool) -> None:
        self._kind = kind
        self._stream = stream
        self._is_own = is_own

    def encode(self, codec: Any, source: Any, out: Any, config: Any) -> Any:
        """Compress an array, a batch or a list."""
        if config is not None:
            check_sizes(config, codec, [array.buffer_size for array in _arrays(source)])

        def write(array: Array, target: Any) -> Array:
            resident = self._resident(array)
            result = self._kind.encode(_flat(resident))
            capacity = max(self._kind.bound(array.buffer_size), len(result))
            return self._write(result, _BYTES, array, target, capacity)

        result = self._each(source, out, write)
        # The sizes are copied to the host; nothing waits for them yet.
        pinned_bytes(8 * len(_arrays(source)), self._stream)
        return result

    def decode(self, codec: Any, source: Any, data_type: str, out: Any, config: Any) -> Any:
        """Decompress an array, a batch or a list."""
        if data_type:
            output_type(data_type)
        if config is None:
            self._read_back(len(_arrays(source)))
        else:
            check_sizes(config, codec, self._stated_sizes(source))

        def write(array: Array, target: Any) -> Array:
            resident = self._resident(array)
            decoded = self._kind.decode(_flat(resident))
            kind = self._element_type(decoded, data_type, target)
            result = self._write(decoded.content, kind, array, target, len(decoded.content))
            if decoded.error is not None:
                result._pending = [decoded.error]
            return result

        return self._each(source, out, write)

    def sizes(self, source: Any) -> list[int]:
        """Return the uncompressed bytes of each compressed array; waits for the stream."""
        self._read_back(len(_arrays(source)))
        return self._stated_sizes(source)

    def _stated_sizes(self, source: Any) -> list[int]:
        return [self._kind.size(_flat(array)) for array in _arrays(source)]

    def _read_back(self, count: int) -> None:
        """Wait for the stream, as to read a size of each array."""
        wait(self._stream)
        pinned_bytes(8 * count, self._stream)

    def _element_type(self, decoded: Decoded, data_type: str, target: Any) -> str:
        """Return the dtype of a decoded array."""
        if isinstance(target, Array) and target._entry:
            kind: str = target.dtype.str
        else:
            kind = output_type(data_type or decoded.data_type)
        size = SIZES[check_data_type(kind)]
        if len(decoded.content) % size:
            raise ValueError(
                f"{len(decoded.content)} decoded bytes are not whole elements of {size} bytes "
                f"({kind})"
            )
        return kind

    def _each(self, source: Any, out: Any, write: Callable[[Array, Any], Array]) -> Any:
        """Process each array of an argument, and return what the argument's kind asks for."""
        if isinstance(source, Array):
            return write(source, out)
        sources = _arrays(source)
        targets: Any = [None] * len(sources)
        if isinstance(source, BatchArray):
            if out is not None and not isinstance(out, BatchArray):
                raise TypeError(f"out must be a BatchArray, not {type(out).__name__}")
            if out is not None:
                targets = out._arrays
        elif len(out):
            targets = out
        if len(targets) != len(sources):
            raise ValueError(f"out has {len(targets)} buffers for {len(sources)} arrays")
        results = [write(*pair) for pair in zip(sources, targets, strict=True)]
        if not isinstance(source, BatchArray):
            return results
        return make_batch(results) if out is None else out

    def _resident(self, array: Array) -> Array:
        """Return an array on the codec's device: the array itself, or a copy of a host array."""
        array._access()
        if array._device is None:
            array = upload(array, self._stream, explicit=False)
        device = array._device._mem.device_id
        if device != self._stream.device and array.buffer_size:
            raise RuntimeError(
                f"The array is on device {device}, the Codec on device {self._stream.device}."
            )
        return array

    def _write(self, content: Any, kind: str, source: Array, target: Any, capacity: int) -> Array:
        """Return an array with bytes, in the memory of a target if there is one."""
        nbytes = len(content)
        if target is None:
            memory = device_bytes(capacity, self._stream)
        else:
            memory = self._target_memory(target, nbytes, capacity)
        memory._raw[:nbytes] = np.frombuffer(content, np.uint8)
        result = device_array(memory, kind, self._stream, nbytes=nbytes)
        if isinstance(target, Array):
            _replace(target, result)
            result = target
        issue(self._stream, reads=(source,), writes=(result,))
        if self._is_own:
            finish(self._stream)
        return result

    def _target_memory(self, target: Any, nbytes: int, capacity: int) -> Any:
        """Return the memory of a target as uint8; an array that is too small gets new memory."""
        is_own = isinstance(target, Array)
        device = target._device if is_own else from_device_like(target)
        if device is None:
            raise ValueError("out must be in device memory")
        if not device._raw.flags.c_contiguous:
            raise ValueError("out must be C-contiguous")
        if is_own and target._memory is not None:
            memory = target._memory
        else:
            memory = device.reshape(-1).view(np.uint8)
        if memory.nbytes >= nbytes:
            return memory
        if is_own and not target._entry:
            return device_bytes(capacity, self._stream)
        raise ValueError(f"out has {memory.nbytes} bytes, the result needs {nbytes}")


def _arrays(source: Any) -> list[Array]:
    if isinstance(source, Array):
        return [source]
    arrays: list[Array] = source._arrays if isinstance(source, BatchArray) else source
    return arrays


def _flat(array: Array) -> Any:
    """Return the bytes of an array as a NumPy array with one axis, without a copy."""
    if not array._raw.flags.c_contiguous:
        raise RuntimeError("Only C-contiguous arrays can be encoded and decoded.")
    return array._raw.reshape(-1).view(np.uint8)


def _replace(target: Array, result: Array) -> None:
    """Make an array one of other memory, or of another part of its own."""
    if result._address() != target._address():
        target._keep = None
    for name in ("_raw", "_device", "_memory", "_capacity", "_pending"):
        setattr(target, name, getattr(result, name))
