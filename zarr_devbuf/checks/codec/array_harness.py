"""Run a check with arrays that a codec encodes, in each of zarr's pipelines."""

from __future__ import annotations

import functools
from contextlib import nullcontext
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
from zarr_devbuf.checks.codec.chunks import TEXT
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import copied, refusals
from zarr_devbuf.checks.codec.host_result import (
    HostFault,
    gives_back,
    kept_results,
    wrong_on_host,
    wrong_values,
)
from zarr_devbuf.checks.codec.shards import in_shards
from zarr_devbuf.checks.codec.tolerance import assert_host_values, describe_difference, is_preserved
from zarr_devbuf.checks.errors import Refused, describe, during, is_announced, is_refusal, violated
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import BufferPrototype
    from zarr.abc.store import Store

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec, Values
    from zarr_devbuf.checks.registry import CheckFunction, Severity, Source

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
    on_host : bool
        Whether the codec accepts NumPy buffers; if not, `expected` is read on the device.
    fill_value : object
        Of the array; None: the default one, or with order ``"F"`` one of the values.
    """

    codec: Codec | None
    chunk: Chunk
    backend: Backend
    advice: str
    shards: int
    order: Literal["C", "F"]
    pipeline: str
    expected: Values
    on_host: bool = True
    fill_value: Any = None

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
        if self.fill_value is not None:
            fill_value = {"fill_value": self.fill_value}
        with refusals():
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
            self.put(array, region, self.values() if region is ... else self.patch(), prototype)

    def put(
        self,
        array: zarr.Array[Any],
        selection: Any,
        values: Values,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Write values to a selection, from the backend."""
        with unrecorded_transfers():
            data = self.backend.from_host(values)
        array.set_basic_selection(selection, data, prototype=prototype)

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
            got = array.get_basic_selection(region, prototype=prototype)
            self.assert_values(self.to_host(got, case), case, region)

    def to_host(self, got: Any, case: str) -> Values:
        """Assert that what was read is in memory of the backend, and copy it to the host."""
        if isinstance(got, np.generic):
            return np.asarray(got)
        assert_in_memory_of(got, self.backend, case, advice=self.advice)
        with unrecorded_transfers():
            return np.array(self.backend.to_host(got))

    def assert_model(self, got: Values, expected: Values, case: str) -> None:
        """Assert that what was read has the values of NumPy's array, roughly if it is lossy."""
        if not is_preserved(expected, got, lossless=True) and (
            self.is_lossless() or not is_preserved(expected, got, lossless=False)
        ):
            raise violated(
                case=case,
                expected="the values that the same operations give in NumPy",
                actual=describe_difference(expected, got),
                advice=self.advice,
            )

    def assert_values(self, got: Values, case: str, region: Any = ...) -> None:
        """Assert that what was read has the values that are read with NumPy buffers."""
        sent, on_host = self.sent()[region], self.expected[region]
        assert_host_values(got, sent, on_host, case, advice=self.advice)

    def about(self, what: str) -> str:
        """Describe an operation, for messages."""
        order = "" if self.order == "C" else f", order={self.order!r}"
        pipeline = self.pipeline.rpartition(".")[2]
        return f"{what}, {pipeline}, {self.chunk}{' in shards' * self.shards}{order}"

    def require_host(self) -> None:
        """Raise `Refused` if the codec is for devices alone."""
        if not self.on_host:
            raise Refused("is for devices alone: it rejects NumPy buffers")

    def with_host_result(self) -> Self:
        """Write and read with NumPy buffers in zarr's default pipeline; expect what is read.

        If the codec rejects these, on the device.

        Raises
        ------
        Refused
            If the codec rejects the array, or zarr does not support it.
        HostFault
            If what is read is not what was written.
        """
        with host_configuration() if self.on_host else nullcontext(), codec_pipeline(self.pipeline):
            array = self.create(MemoryStore())
            try:
                got = self._written_and_read(array)
            except Exception as error:
                if is_refusal(error) or not self._is_supported():
                    raise Refused(f"with NumPy buffers: {describe(error)}") from error
                raise HostFault(describe(error), "no exception") from error
        lossless = self.is_lossless()
        if not is_preserved(self.sent(), got, lossless=lossless):
            raise wrong_values(self.sent(), got, lossless=lossless)
        return replace(self, expected=got)

    def _written_and_read(self, array: zarr.Array[Any]) -> Values:
        if self.on_host:
            array[...] = self.values()
            array[self.part] = self.patch()
            return np.asarray(array[...])
        self.write(array, ..., self.part)
        got = array[...]
        with unrecorded_transfers():
            return np.array(self.backend.to_host(got))

    def _is_supported(self) -> bool:
        """Tell whether zarr supports the array, with its own serializer alone."""
        try:
            replace(self, codec=None).with_host_result()
        except (Refused, HostFault):
            return False
        return self.codec is not None

    def is_lossless(self) -> bool:
        """Tell whether the codec alone preserves the same chunks exactly."""
        codec = self.codec
        if codec is None or isinstance(codec, BytesBytesCodec):
            return True
        first, *_ = self.chunk.shape
        return all(
            gives_back(
                codec,
                self.chunk,
                array[start : start + first].copy(),
                None if self.on_host else self.backend,
            )
            for array in (self.values(), self.sent())
            for start in (0, first)
        )

    def run(self, function: _Check) -> None:
        """Run a check in the pipeline."""
        case = self.about("writing and reading an array")
        # By the codec, or by a simulator that does not model what the codec needs.
        with codec_pipeline(self.pipeline), refusals(is_announced, f"{case}: "), during(case):
            function(self)

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
    *parameters: tuple[int, Literal["C", "F"]],
    source: Source,
    severity: Severity,
    advice: str,
    owned: bool = False,
    enough: int = _ENOUGH,
) -> Callable[[_Check], CheckFunction]:
    """
    Make a function a check of codecs that runs with a few arrays in each pipeline.

    The function takes an `ArrayHarness`; the check takes the subject and the backend.

    Parameters
    ----------
    *parameters : tuple of int and str
        ``shards`` and ``order`` of the arrays: the first for all arrays, the others for the first
        array that the codec accepts.
    source, severity : str
        As for `chunk_check`.
    advice : str
        What to do if the wrong values are read.
    owned : bool
        Whether this check reports what is wrong with NumPy buffers. Other checks skip such arrays.
    enough : int
        After how many arrays that the codec accepts the check ends.
    """

    def register(function: _Check) -> CheckFunction:
        @chunk_check(enough=enough, source=source, severity=severity, advice=advice)
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
    backend = codec.on
    paths = pipeline_paths()
    array = ArrayHarness(
        codec.subject,
        codec.chunk,
        backend,
        codec.advice,
        shards,
        order,
        paths[0],
        np.empty(0),
        codec.expected.on_host,
    )
    # All checks of arrays need the same results.
    known, key = kept_results(codec.subject), (codec.chunk, shards, order, backend.name)
    try:
        if key not in known:
            known[key] = array.with_host_result().expected
        array = replace(array, expected=known[key])
    except HostFault as fault:
        if owned:
            raise wrong_on_host(array.about("write and read"), fault) from fault
        return str(fault)
    except Refused as rejection:
        return str(rejection)
    reasons = []
    for path in paths:
        try:
            _run_supported(function, replace(array, pipeline=path))
        except Refused as rejection:
            reasons.append(str(rejection))
    return reasons[-1] if len(reasons) == len(paths) else ""


def _run_supported(function: _Check, array: ArrayHarness) -> None:
    """Run a check; raise `Refused` if it fails, and fails with zarr's own codecs alone as well."""
    try:
        array.run(function)
    except Refused:
        raise
    except Exception:
        array.assert_supported(function)
        raise
