"""``Codec``: compresses and decompresses arrays and batches."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zarr_devbuf.simulator.nvcomp._codec_setup import make_bitstream
from zarr_devbuf.simulator.nvcomp._operation import Operation
from zarr_devbuf.simulator.nvcomp._signatures import converter, signature
from zarr_devbuf.simulator.nvcomp.configs import CompressConfig, DecompressConfig, make_config
from zarr_devbuf.simulator.nvcomp.one_thread import OneThread
from zarr_devbuf.simulator.nvcomp.options import check_options
from zarr_devbuf.simulator.nvcomp.stream import CudaStream, check_device, new_stream, view_stream

if TYPE_CHECKING:
    from types import TracebackType

    from zarr_devbuf.simulator.nvcomp.array import Array

__all__ = ["Codec"]

_CONSERVATIVE = 16
_OUT = "out: object = None"
_ENCODING = "compression_config: CompressConfig = None"
_DECODING = "decompression_config: DecompressConfig = None"
_TYPE = "data_type: str = ''"
_ENCODE = f"(self: Codec, array: Array, {_OUT}, {_ENCODING}) -> object"
_ENCODE_BATCH = f"(self: Codec, srcs: BatchArray, {_OUT}, {_ENCODING}) -> object"
_LISTS = "srcs: list[Array]", "out: list[object] = []"
_ENCODE_LIST = f"(self: Codec, {_LISTS[0]}, {_LISTS[1]}, {_ENCODING}) -> list[object]"
_DECODE = f"(self: Codec, src: Array, {_TYPE}, {_OUT}, {_DECODING}) -> object"
_DECODE_BATCH = f"(self: Codec, srcs: BatchArray, {_TYPE}, {_OUT}, {_DECODING}) -> object"
_DECODE_LIST = f"(self: Codec, {_LISTS[0]}, {_TYPE}, {_LISTS[1]}, {_DECODING}) -> list[object]"


class Codec:
    """Compresses and decompresses on one device and one stream.

    A codec may be used by one thread at a time; a second one gets ``RuntimeError``. As a context
    manager, it releases what it has at the end, and cannot be used afterwards.

    Parameters
    ----------
    algorithm : str
        ``"LZ4"``, ``"Snappy"``, ``"Zstd"``, ``"Deflate"``, ``"GDeflate"``, ``"Gzip"``, ``"ANS"``,
        ``"Bitcomp"`` or ``"Cascaded"``, in any case. Without it, the codec decodes
        ``NVCOMP_NATIVE`` bitstreams.
    device_id : int
        The device; that of the calling thread by default.
    cuda_stream : int
        The address of the stream; a new one by default.
    bitstream_kind : BitstreamKind
        ``NVCOMP_NATIVE`` by default.
    uncomp_chunk_size : int
        Bytes of a chunk of a native bitstream; 65536 by default.
    checksum_policy : ChecksumPolicy
        ``NO_COMPUTE_NO_VERIFY`` by default. Checksums exist in native bitstreams alone.
    data_type : str
        The type of the elements, for LZ4, ANS, Bitcomp and Cascaded. A buffer must be whole
        elements.
    **kwargs
        Options of single formats: ``algorithm_type`` (Deflate, GDeflate, Gzip: effort, 0 to 5;
        Bitcomp: 0 or 1), ``bitshuffle_mode`` (LZ4), ``mode`` (Bitcomp, Cascaded), and those that
        do not change what the simulator does.

    Raises
    ------
    ValueError
        For an unknown option or algorithm, or a value that the format does not have.
    NotImplementedError
        For Bitcomp's lossy modes.
    """

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ("__weakref__", "_format", "_is_own_stream", "_kind", "_one_thread", "_stream")

    def __init__(self, **kwargs: Any) -> None:
        options = check_options(kwargs)
        device = check_device(options.get("device_id", -1))
        self._format, self._kind = make_bitstream(options)
        self._is_own_stream = "cuda_stream" not in options
        self._stream: CudaStream | None = (
            new_stream(device)
            if self._is_own_stream
            else view_stream(options["cuda_stream"], device)
        )
        name = self._format.name if self._format else "any algorithm"
        self._one_thread = OneThread(f"nvidia.nvcomp.Codec ({name}) at 0x{id(self):x}")

    def _operation(self) -> Operation:
        if self._stream is None:
            raise RuntimeError("The Codec has been released: its context has ended.")
        return Operation(self._kind, self._stream, is_own=self._is_own_stream)

    # --- encode and decode --------------------------------------------------------------------

    @signature(_ENCODE, _ENCODE_BATCH, five=(_ENCODE, _ENCODE_LIST))
    def encode(self, source: Any, out: Any, compression_config: Any) -> Any:
        """Compress an array or a batch.

        Parameters
        ----------
        array, srcs
            What to compress. The content of a host array is copied to the device: one implicit
            host → device transfer of each.
        out
            Where to: an array or a batch, or for an array also a device array of another library,
            whose size is fixed.
        compression_config
            From `compression_config`, for buffers of these sizes.

        Returns
        -------
        Array or BatchArray
            uint8, in device memory of the codec's device, on its stream. In nvCOMP 5, a list of
            `Array` for a list.

        Raises
        ------
        ValueError
            If `out` is too small, or the codec has no algorithm.
        RuntimeError
            If the bytes are not whole elements, or more than the format compresses as one.
        """
        with self._one_thread:
            return self._operation().encode(self, source, out, compression_config)

    @signature(_DECODE, _DECODE_BATCH, five=(_DECODE, _DECODE_LIST))
    def decode(self, source: Any, data_type: str, out: Any, decompression_config: Any) -> Any:
        """Decompress an array or a batch.

        Parameters
        ----------
        src, srcs
            What to decompress; as for `encode`.
        data_type
            The type of the result's elements, such as ``"|u1"``. By default that of the format:
            ``"|i1"`` (int8, not uint8), but for formats with a ``data_type`` that the codec was
            given, ``"|u1"`` for Bitcomp and 32-bit integers for Cascaded.
        out
            Where to; as for `encode`.
        decompression_config
            From `decompression_config`, for buffers of these sizes. Without it, the codec waits
            for its stream to read the sizes.

        Returns
        -------
        Array or BatchArray
            In device memory of the codec's device, on its stream. In nvCOMP 5, a list of `Array`
            for a list.

        Raises
        ------
        ValueError
            If `out` is too small.
        RuntimeError
            If the bytes are corrupt. A checksum that does not match raises when the result is
            first accessed.
        """
        with self._one_thread:
            return self._operation().decode(self, source, data_type, out, decompression_config)

    # --- configurations -----------------------------------------------------------------------

    @signature(
        "(self: Codec, uncompressed_size: int) -> CompressConfig",
        "(self: Codec, uncompressed_sizes: list[int]) -> CompressConfig",
    )
    def compression_config(self, sizes: Any) -> CompressConfig:
        """Return a configuration to compress buffers of known sizes.

        Parameters
        ----------
        uncompressed_size, uncompressed_sizes
            Bytes of the buffer, or of each buffer of a batch; more than 0.
        """
        if isinstance(sizes, list) and not sizes:
            raise ValueError("compression_config: uncompressed_sizes must not be empty")
        each = sizes if isinstance(sizes, list) else [sizes]
        if min(each) <= 0:
            raise ValueError("compression_config: uncompressed sizes must be greater than zero")
        return make_config(CompressConfig, self, each)

    @signature(
        "(self: Codec, src: Array) -> DecompressConfig",
        "(self: Codec, srcs: BatchArray) -> DecompressConfig",
        "(self: Codec, compression_config: CompressConfig) -> DecompressConfig",
        five=(
            "(self: Codec, src: Array) -> DecompressConfig",
            "(self: Codec, srcs: list[Array]) -> DecompressConfig",
            "(self: Codec, compression_config: CompressConfig) -> DecompressConfig",
        ),
    )
    def decompression_config(self, source: Any) -> DecompressConfig:
        """Return a configuration to decompress buffers of the same uncompressed sizes.

        Parameters
        ----------
        src, srcs
            A compressed array or batch: the codec waits for its stream to read the sizes.
        compression_config
            Or the configuration with which the buffers are compressed: nothing is waited for.
        """
        if isinstance(source, CompressConfig):
            return make_config(DecompressConfig, self, list(source._sizes))
        with self._one_thread:
            return make_config(DecompressConfig, self, self._operation().sizes(source))

    # --- sizes --------------------------------------------------------------------------------

    @signature("(self: Codec, source: Array) -> int")
    def get_uncomp_buffer_size(self, source: Array) -> int:
        """Return the uncompressed bytes of a compressed array; waits for the stream."""
        with self._one_thread:
            return self._operation().sizes(source)[0]

    @signature("(self: Codec, source: Array) -> int")
    def get_max_comp_buffer_size(self, source: Array) -> int:
        """Return the most bytes to which an array is compressed."""
        return self._kind.bound(source.buffer_size)

    @signature("(self: Codec) -> int")
    def get_required_compression_alignment(self) -> int:
        """Return the alignment of buffers to compress, in bytes; it is not checked."""
        return self._format.alignments[0] if self._format else _CONSERVATIVE

    @signature("(self: Codec) -> int")
    def get_required_decompression_alignment(self) -> int:
        """Return the alignment of buffers to decompress, in bytes; it is not checked."""
        return self._format.alignments[1] if self._format else _CONSERVATIVE

    # --- context ------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        with self._one_thread:
            self._stream = None


def _codec(value: Any) -> Any:
    return value


converter("Codec", _codec)
