"""Run a check with arrays that a codec encodes, in each of zarr's pipelines."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self, final

import numpy as np
import zarr
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.codecs import BytesCodec
from zarr.storage import MemoryStore

from zarr_devbuf._backends.zarr_internals import codec_pipeline, pipeline_paths
from zarr_devbuf.checks._assertions import assert_in_memory_of
from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.calls import conditions, copied
from zarr_devbuf.checks.codec.chunks import TEXT, TYPICAL
from zarr_devbuf.checks.codec.harness import assert_codec, probe, summary, wrong_on_host
from zarr_devbuf.checks.codec.host_result import HostFault, gives_back, host_result
from zarr_devbuf.checks.codec.shards import in_shards
from zarr_devbuf.checks.codec.tolerance import device_difference, host_difference
from zarr_devbuf.checks.errors import NotApplicable, Refused, describe, during, is_refusal, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from zarr.abc.buffer import BufferPrototype
    from zarr.abc.store import Store

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.calls import Codec
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.registry import CheckFunction

__all__ = ["ArrayHarness", "array_check"]

# A zarr array takes milliseconds for what a codec does in microseconds.
_ENOUGH = 3


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayHarness:
    """
    An array of several chunks or shards, those at the far edge partly filled, and what to expect.

    Attributes
    ----------
    chunk : Chunk
        The dtype of the array, and the shape of its chunks.
    codec : Codec or None
        What encodes it; None for zarr's own serializer alone, which shows whether zarr itself
        supports the operation.
    backend : Backend
        Where the data is.
    shards : int
        0: chunks alone. 1: chunks in shards of two along the first axis. 2: these shards in shards
        of two.
    order : {"C", "F"}
        The memory layout in which zarr reads. With ``"F"`` the fill value is not the default, but
        one of the values. For numbers.
    pipeline : str
        The import path of the codec pipeline.
    expected : numpy.ndarray
        What is read with NumPy buffers after `write` and `write_part`.
    advice : str
        What to do if something else is read.
    """

    chunk: Chunk
    codec: Codec | None
    backend: Backend
    shards: int
    order: Literal["C", "F"]
    pipeline: str
    advice: str
    expected: npt.NDArray[Any]

    def __str__(self) -> str:
        order = "" if self.order == "C" else f", order={self.order!r}"
        return f"{self.chunk}{' in shards' * self.shards}{order}"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array, whose last chunk or shard is half full."""
        first, *rest = self._outer_shape
        return (first + first // 2 if self.shards else 3 * first - first // 2, *rest)

    @property
    def _outer_shape(self) -> tuple[int, ...]:
        first, *rest = self.chunk.shape
        return (first * 2**self.shards, *rest)

    def values(self) -> npt.NDArray[Any]:
        """Make the values of the array, on the host."""
        return replace(self.chunk, shape=self.shape).values()

    @property
    def part(self) -> tuple[slice, ...]:
        """A region that covers one chunk in part, and crosses into the next."""
        first, *rest = self.chunk.shape
        return (slice(first // 2, first + first // 4 + 1), *(slice(0, n) for n in rest))

    def patch(self) -> npt.NDArray[Any]:
        """Make values for `part`: those of the array in reverse order."""
        return np.ascontiguousarray(self.values()[::-1][self.part])

    def sent(self) -> npt.NDArray[Any]:
        """Make what the array holds once the whole and the part are written."""
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
        if not self.shards:
            # Text has a serializer of its own.
            serializer = "auto" if codec is None else serializer
            return {"filters": filters, "serializer": serializer, "compressors": compressors}
        first, *rest = self.chunk.shape
        codecs: list[Any] = [*filters, serializer, *compressors]
        for level in range(self.shards):
            codecs = [in_shards(codecs, (first * 2**level, *rest))]
        return {"filters": None, "serializer": codecs[0], "compressors": None}

    def write(self, array: zarr.Array[Any], prototype: BufferPrototype | None = None) -> None:
        """Write the whole from the backend, then the part."""
        with unrecorded_transfers():
            whole = self.backend.from_host(self.values())
        array.set_basic_selection(..., whole, prototype=prototype)
        self.write_part(array, prototype)

    def write_part(self, array: zarr.Array[Any], prototype: BufferPrototype | None = None) -> None:
        """Write the part from the backend."""
        with unrecorded_transfers():
            patch = self.backend.from_host(self.patch())
        array.set_basic_selection(self.part, patch, prototype=prototype)

    def assert_reads(
        self,
        array: zarr.Array[Any],
        what: str,
        *regions: Any,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Assert that regions are read to the backend, with the expected values."""
        for region in regions:
            case = self.about(f"read {'the whole' if region is ... else 'a part'}{what}")
            got: Any = array.get_basic_selection(region, prototype=prototype)
            assert_in_memory_of(got, self.backend, case, advice=self.advice)
            with unrecorded_transfers():
                values = np.array(self.backend.to_host(got))
            self.assert_values(values, case, region)

    def assert_values(self, got: npt.NDArray[Any], case: str, region: Any = ...) -> None:
        """Assert that what was read has the values that are read with NumPy buffers."""
        difference = device_difference(self.sent()[region], self.expected[region], got)
        if difference is not None:
            raise violated(**difference._asdict(), advice=self.advice, case=case)

    def about(self, what: str) -> str:
        """Describe an operation, for messages."""
        return f"{what}, {self.pipeline.rpartition('.')[2]}, {self}"

    def with_host_result(self) -> Self:
        """
        Return a harness that expects what is read with NumPy buffers in zarr's default pipeline.

        Raises
        ------
        Refused
            If the codec rejects the array, or zarr does not support it.
        HostFault
            If what is read is not what was written.
        """
        sent = self.sent()
        with host_configuration(), codec_pipeline(pipeline_paths()[0]):
            array = self.create(MemoryStore())
            try:
                array[...] = self.values()
                array[self.part] = self.patch()
                got = np.asarray(array[...])
            except Exception as error:
                if is_refusal(error) or not self._is_supported():
                    raise Refused(f"with NumPy buffers: {describe(error)}") from error
                raise HostFault(describe(error), "no exception") from error
        difference = host_difference(sent, got, lossless=self._is_lossless())
        if difference is not None:
            raise HostFault(difference.actual, difference.expected)
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


def array_check(
    *parameters: tuple[int, Literal["C", "F"]], advice: str, owned: bool = False
) -> Callable[[Callable[[ArrayHarness], None]], CheckFunction]:
    """
    Make a function a check of codecs that runs with a few arrays in each pipeline.

    The function takes an `ArrayHarness`; the check takes the subject and the backend. Arrays that
    zarr itself does not support, with no codec but its own serializer, are skipped.

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

    def register(function: Callable[[ArrayHarness], None]) -> CheckFunction:
        @check("codec")
        @functools.wraps(function)
        def run(subject: Any, backend: Backend) -> None:
            __tracebackhide__ = True
            assert_codec(subject)
            with conditions(backend):
                _run(function, subject, backend, advice, parameters, owned)

        return run

    return register


def _run(
    function: Callable[[ArrayHarness], None],
    subject: Codec,
    backend: Backend,
    advice: str,
    parameters: tuple[tuple[int, Literal["C", "F"]], ...],
    owned: bool,
) -> None:
    if parameters[0][0] and hasattr(subject, "index_codecs"):
        # A codec that makes shards is in shards of shards already with the first.
        parameters = parameters[:1]
    reasons: dict[str, Chunk] = {}
    ran = 0
    for chunk in (*TYPICAL, *TEXT) if isinstance(subject, ArrayBytesCodec) else TYPICAL:
        if ran >= _ENOUGH or (ran and chunk in TEXT):
            break
        works = False
        for shards, order in parameters[:1] if ran or chunk in TEXT else parameters:
            harness = ArrayHarness(
                chunk=chunk,
                codec=subject,
                backend=backend,
                shards=shards,
                order=order,
                pipeline="",
                advice=advice,
                expected=chunk.values(),
            )
            try:
                works |= _run_one(function, subject, harness, reasons)
            except HostFault as fault:
                if owned:
                    raise wrong_on_host(str(harness), str(fault), fault.expected) from fault
                reasons.setdefault(str(fault), chunk)
        ran += works
    if not ran:
        raise NotApplicable(summary(reasons, "arrays"))


def _run_one(
    function: Callable[[ArrayHarness], None],
    subject: Codec,
    harness: ArrayHarness,
    reasons: dict[str, Chunk],
) -> bool:
    """Run the check with one array; return whether the codec accepts it in any pipeline."""
    try:
        host_result(subject, harness.chunk)
        probe(subject, harness.chunk, harness.backend)
    except (Refused, HostFault) as rejection:
        reasons.setdefault(str(rejection), harness.chunk)
        return False
    try:
        harness = harness.with_host_result()
    except Refused as rejection:
        reasons.setdefault(str(rejection), harness.chunk)
        return False
    works = False
    for path in pipeline_paths():
        each = replace(harness, pipeline=path)
        try:
            _assert_supported(function, each)
            _call(function, each)
            works = True
        except Refused as rejection:
            reasons.setdefault(str(rejection), harness.chunk)
    return works


def _assert_supported(function: Callable[[ArrayHarness], None], harness: ArrayHarness) -> None:
    """Raise `Refused` if zarr fails without the codec: that is no fault of the codec."""
    try:
        with unrecorded_transfers():
            _call(function, replace(harness, codec=None, expected=harness.sent()))
    except Exception as error:
        raise Refused(
            f"zarr itself fails here, with no codec but its default one: {describe(error)}"
        ) from error


def _call(function: Callable[[ArrayHarness], None], harness: ArrayHarness) -> None:
    case = harness.about("writing and reading an array")
    with codec_pipeline(harness.pipeline), during(case):
        try:
            function(harness)
        except NotImplementedError as error:
            # By the codec, or by a simulator that does not model what the codec needs.
            raise Refused(f"{case}: {describe(error)}") from error
