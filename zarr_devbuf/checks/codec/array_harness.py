"""Run a check with arrays that a codec encodes, in each of zarr's pipelines."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self, cast, final

import numpy as np
import zarr
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.codecs import BytesCodec
from zarr.storage import MemoryStore

from zarr_devbuf._backends.zarr_internals import codec_pipeline, pipeline_paths
from zarr_devbuf.checks._assertions import assert_in_memory_of
from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.chunks import TEXT
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import copied
from zarr_devbuf.checks.codec.host_result import HostFault, gives_back, wrong_on_host, wrong_values
from zarr_devbuf.checks.codec.shards import in_shards
from zarr_devbuf.checks.codec.tolerance import assert_host_values, is_preserved
from zarr_devbuf.checks.errors import Refused, describe, during, is_refusal
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import BufferPrototype
    from zarr.abc.store import Store

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec, Values
    from zarr_devbuf.checks.registry import CheckFunction

type _Check = Callable[[ArrayHarness], None]

# A zarr array takes milliseconds for what a codec does in microseconds.
_ENOUGH = 3


@final
@dataclass(frozen=True, slots=True)
class ArrayHarness:
    """
    An array of several chunks or shards, of which the last one is half full.

    Attributes
    ----------
    codec : Codec or None
        None for zarr's own serializer alone, which shows whether zarr itself supports the array.
    chunk : Chunk
        The dtype of the array, and the shape of its chunks.
    shards : int
        0: chunks alone. 1: in shards of two along the first axis. 2: these in shards of two.
    order : {"C", "F"}
        The memory layout in which zarr reads. With ``"F"`` the fill value is one of the values.
    expected : numpy.ndarray
        What is read with NumPy buffers once `values` and `patch` are written.
    """

    codec: Codec | None
    chunk: Chunk
    backend: Backend
    advice: str
    shards: int
    order: Literal["C", "F"]
    pipeline: str
    expected: Values

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        first, *rest = self._outer_shape
        return (first + first // 2 if self.shards else 3 * first - first // 2, *rest)

    @property
    def _outer_shape(self) -> tuple[int, ...]:
        first, *rest = self.chunk.shape
        return (first * 2**self.shards, *rest)

    def values(self) -> Values:
        """Make the values of the array, on the host."""
        return replace(self.chunk, shape=self.shape).values()

    @property
    def part(self) -> tuple[slice, ...]:
        """A region that covers one chunk in part, and crosses into the next."""
        first, *rest = self.chunk.shape
        return (slice(first // 2, first + first // 4 + 1), *(slice(0, n) for n in rest))

    def patch(self) -> Values:
        """Make values for `part`: those of the array in reverse order."""
        return np.ascontiguousarray(self.values()[::-1][self.part])

    def sent(self) -> Values:
        """Make what the array holds once `values` and `patch` are written."""
        values = self.values()
        values[self.part] = self.patch()
        return values

    def create(self, store: Store) -> zarr.Array[Any]:
        """Create the array; raise `Refused` if the codec rejects it."""
        fill_value = {} if self.order == "C" else {"fill_value": self.values().reshape(-1)[0]}
        try:
            return zarr.create_array(
                store,
                shape=self.shape,
                chunks=self._outer_shape,
                dtype=self.chunk.dtype,
                **fill_value,
                # zarr, not the codec, compares chunks with the fill value.
                config={"write_empty_chunks": True, "order": self.order},
                **self._codecs(),
            )
        except Exception as error:
            if is_refusal(error):
                raise Refused(describe(error)) from error
            raise

    def _codecs(self) -> dict[str, Any]:
        codec = None if self.codec is None else copied(self.codec)
        filters = [codec] if isinstance(codec, ArrayArrayCodec) else []
        serializer: Any = codec if isinstance(codec, ArrayBytesCodec) else BytesCodec()
        compressors = [codec] if isinstance(codec, BytesBytesCodec) else []
        if self.shards:
            first, *rest = self.chunk.shape
            codecs: list[Any] = [*filters, serializer, *compressors]
            for level in range(self.shards):
                codecs = [in_shards(codecs, (first * 2**level, *rest))]
            return {"filters": None, "serializer": codecs[0], "compressors": None}
        # Text has a serializer of its own.
        serializer = "auto" if codec is None else serializer
        return {"filters": filters, "serializer": serializer, "compressors": compressors}

    def write(
        self, array: zarr.Array[Any], *regions: Any, prototype: BufferPrototype | None = None
    ) -> None:
        """Write `values` to the whole, or `patch` to the part, from the backend."""
        for region in regions:
            with unrecorded_transfers():
                values = self.values() if region is ... else self.patch()
                data = self.backend.from_host(values)
            array.set_basic_selection(region, data, prototype=prototype)

    def assert_reads(
        self,
        array: zarr.Array[Any],
        *regions: Any,
        how: str = "",
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Assert that regions are read to the backend, with the expected values."""
        for region in regions:
            case = self.about(f"read {'the whole' if region is ... else 'a part'}{how}")
            got: Any = array.get_basic_selection(region, prototype=prototype)
            assert_in_memory_of(got, self.backend, case, advice=self.advice)
            with unrecorded_transfers():
                self.assert_values(np.array(self.backend.to_host(got)), case, region)

    def assert_values(self, got: Values, case: str, region: Any = ...) -> None:
        """Assert that what was read has the values that are read with NumPy buffers."""
        sent, on_host = self.sent()[region], self.expected[region]
        assert_host_values(got, sent, on_host, case, advice=self.advice)

    def about(self, what: str) -> str:
        """Describe an operation, for messages."""
        order = "" if self.order == "C" else f", order={self.order!r}"
        pipeline = self.pipeline.rpartition(".")[2]
        return f"{what}, {pipeline}, {self.chunk}{' in shards' * self.shards}{order}"

    def with_host_result(self) -> Self:
        """Write and read with NumPy buffers in zarr's default pipeline; expect what is read.

        Raises
        ------
        Refused
            If the codec rejects the array, or zarr does not support it.
        HostFault
            If what is read is not what was written.
        """
        with host_configuration(), codec_pipeline(self.pipeline):
            array = self.create(MemoryStore())
            try:
                array[...] = self.values()
                array[self.part] = self.patch()
                got = np.asarray(array[...])
            except Exception as error:
                if is_refusal(error) or not self._is_supported():
                    raise Refused(f"with NumPy buffers: {describe(error)}") from error
                raise HostFault(describe(error), "no exception") from error
        lossless = self._is_lossless()
        if not is_preserved(self.sent(), got, lossless=lossless):
            raise wrong_values(self.sent(), got, lossless=lossless)
        return replace(self, expected=got)

    def _is_supported(self) -> bool:
        """Tell whether zarr supports the array, with its own serializer alone."""
        try:
            replace(self, codec=None).with_host_result()
        except (Refused, HostFault):
            return False
        return self.codec is not None

    def _is_lossless(self) -> bool:
        """Tell whether the codec alone preserves the same chunks exactly."""
        codec = self.codec
        if codec is None or isinstance(codec, BytesBytesCodec):
            return True
        first, *_ = self.chunk.shape
        return all(
            gives_back(codec, self.chunk, array[start : start + first].copy())
            for array in (self.values(), self.sent())
            for start in (0, first)
        )

    def run(self, function: _Check) -> None:
        """Run a check in the pipeline."""
        case = self.about("writing and reading an array")
        with codec_pipeline(self.pipeline), during(case):
            try:
                function(self)
            except NotImplementedError as error:
                # By the codec, or by a simulator that does not model what the codec needs.
                raise Refused(f"{case}: {describe(error)}") from error

    def assert_supported(self, function: _Check) -> None:
        """Raise `Refused` if zarr fails without the codec: that is no fault of the codec."""
        try:
            with unrecorded_transfers():
                replace(self, codec=None, expected=self.sent()).run(function)
        except Exception as error:
            raise Refused(
                f"zarr itself fails here, with no codec but its default one: {describe(error)}"
            ) from error


def array_check(
    *parameters: tuple[int, Literal["C", "F"]], advice: str, owned: bool = False
) -> Callable[[_Check], CheckFunction]:
    """
    Make a function a check of codecs that runs with a few arrays in each pipeline.

    The function takes an `ArrayHarness`; the check takes the subject and the backend.

    Parameters
    ----------
    *parameters : tuple of int and str
        ``shards`` and ``order`` of the arrays: the first for all arrays, the others for the first
        array that the codec accepts.
    advice : str
        What to do if the wrong values are read.
    owned : bool
        Whether this check reports what is wrong with NumPy buffers. Other checks skip such arrays.
    """

    def register(function: _Check) -> CheckFunction:
        @chunk_check(enough=_ENOUGH, advice=advice)
        @functools.wraps(function)
        def run(codec: CodecHarness) -> None:
            chunk, first_array = codec.chunk, not codec.kept
            if chunk.trait:
                raise Refused("only arrays of small values are checked")
            if chunk in TEXT and not first_array:
                return
            # A codec that makes shards is in shards of shards already with the first parameters.
            in_its_own = parameters[0][0] and hasattr(codec.subject, "index_codecs")
            some = parameters if first_array and chunk not in TEXT else parameters[:1]
            reasons = [
                _run(function, codec, *each, owned=owned)
                for each in (parameters[:1] if in_its_own else some)
            ]
            if all(reasons):
                raise Refused(reasons[-1])
            codec.kept.append(chunk)

        return run

    return register


def _run(
    function: _Check, codec: CodecHarness, shards: int, order: Literal["C", "F"], *, owned: bool
) -> str:
    """Run a check in each pipeline; return why the array is rejected in all of them, or ""."""
    backend = cast("Backend", codec.backend)  # never None in a check
    paths = pipeline_paths()
    array = ArrayHarness(
        codec.subject, codec.chunk, backend, codec.advice, shards, order, paths[0], np.empty(0)
    )
    try:
        array = array.with_host_result()
    except HostFault as fault:
        if owned:
            raise wrong_on_host(array.about("write and read"), fault) from fault
        return str(fault)
    except Refused as rejection:
        return str(rejection)
    reasons = []
    for path in paths:
        try:
            each = replace(array, pipeline=path)
            each.assert_supported(function)
            each.run(function)
        except Refused as rejection:
            reasons.append(str(rejection))
    return reasons[-1] if len(reasons) == len(paths) else ""
