"""``kvikio.nvcomp_codec``, which kvikio has removed: numcodecs' codec on batches, by nvCOMP.

It is there with ``SIM_KVIKIO=25`` in the environment.
"""

# ruff: noqa: SLF001 - the state of arrays is private to the simulator.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numcodecs import zstd  # type: ignore[import-untyped]  # it has no type information
from numcodecs.compat import (  # type: ignore[import-untyped]
    ensure_contiguous_ndarray_like,
)

from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.host_copy import download
from zarr_devbuf.simulator._core.storage import wrap
from zarr_devbuf.simulator.kvikio.numcodecs import CudaCodec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["NvCompBatchCodec"]

_ALGORITHMS = ("ans", "bitcomp", "cascaded", "deflate", "gdeflate", "lz4", "snappy", "zstd")
_LEVEL = 3


class NvCompBatchCodec(CudaCodec):
    """A codec that encodes and decodes batches; of the algorithms, Zstd is simulated.

    Parameters
    ----------
    algorithm
        The name, in upper or lower case.
    options
        Of the algorithm; Zstd has none.
    stream
        Without effect: the work is done at once.
    """

    HEADER_SIZE_BYTES = 4
    codec_id = "nvcomp_batch"

    def __init__(
        self, algorithm: str, options: Mapping[str, Any] | None = None, stream: Any = None
    ) -> None:
        name = algorithm.lower()
        if name not in _ALGORITHMS:
            raise ValueError(f"{algorithm} is not supported. Must be one of: {list(_ALGORITHMS)}")
        if name != "zstd":
            raise NotImplementedError(
                f"kvikio.nvcomp_codec.NvCompBatchCodec({algorithm!r}) is not implemented by the "
                "simulated GPU of zarr-devbuf"
            )
        self.algorithm = name
        self.options = dict(options or {})
        if self.options:
            raise TypeError(f"unexpected options: {', '.join(self.options)}")
        self._stream = stream

    def encode(self, buf: Any) -> Any:
        """Return the frame of one buffer, as bytes of the host."""
        return self.encode_batch([buf])[0]

    def encode_batch(self, bufs: Sequence[Any]) -> Sequence[Any]:
        """Return the frames of device or host buffers, as bytes of the host."""
        if not bufs:
            return []
        return _encoded([_on_device(buf) for buf in bufs])

    def decode(self, buf: Any, out: Any = None) -> Any:
        """Return the contents of one frame, on the device if the frame is there."""
        return self.decode_batch([buf], [out])[0]

    def decode_batch(self, bufs: Sequence[Any], out: Sequence[Any] | None = None) -> Sequence[Any]:
        """
        Return the contents of frames.

        Parameters
        ----------
        bufs
            Frames, all in device memory or all in host memory.
        out
            Memory of exactly the right sizes, for all or some of the contents.

        Returns
        -------
        sequence of array
            Of bytes, where the first frame is. Contents of one size are the rows of one array.

        Raises
        ------
        RuntimeError
            If a frame is damaged. On a GPU, its content is then undefined.
        """
        if not bufs:
            return []
        from_host = not hasattr(bufs[0], "__cuda_array_interface__")
        frames = [_on_device(buf) for buf in bufs]
        _upload_descriptors(frames)
        contents = [_decompressed(frame._raw) for frame in frames]
        sizes = [len(content) for content in contents]
        rows = np.zeros((len(contents), max(sizes)), "u1")
        for row, content in zip(rows, contents, strict=True):
            row[: len(content)] = np.frombuffer(content, "u1")
        result = wrap(rows)
        # Its caller learns the largest size.
        download(wrap(np.array(sizes[:1], "u8")))
        if len(set(sizes)) == 1 and out is None:
            return download(result) if from_host else result  # type: ignore[no-any-return]
        download(wrap(np.array(sizes, "u8")))
        parts = [result[i, :size] for i, size in enumerate(sizes)]
        return [
            _stored(part, None if out is None else out[i], from_host=from_host)
            for i, part in enumerate(parts)
        ]

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(algorithm={self.algorithm!r}, options={self.options!r})"


def _on_device(buf: Any) -> Any:
    return make_array(ensure_contiguous_ndarray_like(buf), copy=False)


def _upload_descriptors(arrays: Sequence[Any]) -> None:
    """Copy the addresses and the sizes of the arrays to the device, as nvCOMP needs them."""
    make_array([array.data.ptr for array in arrays], "u8")
    make_array([array.nbytes for array in arrays], "u8")


def _encoded(arrays: Sequence[Any]) -> list[bytes]:
    """Compress arrays to the rows of one device array, which is copied to the host as a whole."""
    _upload_descriptors(arrays)
    frames = [zstd.compress(np.ascontiguousarray(each._raw), _LEVEL) for each in arrays]
    rows = np.full((len(frames), _bound(max(each.nbytes for each in arrays))), 0xA5, "u1")
    for row, frame in zip(rows, frames, strict=True):
        row[: len(frame)] = np.frombuffer(frame, "u1")
    host = download(wrap(rows))
    sizes = download(wrap(np.array([len(frame) for frame in frames], "u8")))
    return [host[i, :size].tobytes() for i, size in enumerate(sizes.tolist())]


def _bound(nbytes: int) -> int:
    """Return the largest size of a frame."""
    small = 1 << 17
    return nbytes + (nbytes >> 8) + max(0, small - nbytes >> 11) + 18


def _decompressed(raw: Any) -> bytes:
    try:
        return bytes(zstd.decompress(np.ascontiguousarray(raw)))
    except RuntimeError as error:
        raise RuntimeError(f"nvCOMP cannot decompress the data: {error}") from None


def _stored(part: Any, out: Any, *, from_host: bool) -> Any:
    if out is None:
        return download(part) if from_host else part
    target = ensure_contiguous_ndarray_like(out)
    if hasattr(target, "__cuda_array_interface__"):
        target[...] = part.view(target.dtype)
    else:
        target[...] = download(part.view(target.dtype))
    return target
