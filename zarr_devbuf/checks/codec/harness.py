"""Call a codec as zarr's pipelines do, with one chunk on one backend, and check its results."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable  # noqa: TC003 - in annotations of a dataclass
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self, cast, final, get_args

import numpy as np
from zarr.abc.buffer import NDBuffer
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BaseCodec, BytesBytesCodec

from zarr_devbuf._backends.zarr_internals import (
    ArrayConfig,
    ArraySpec,
    RegularChunkGridMetadata,
    sync,
)
from zarr_devbuf.checks._assertions import assert_class, assert_in_memory_of, assert_shape_and_dtype
from zarr_devbuf.checks._harness import HOST, on_device
from zarr_devbuf.checks.codec.tolerance import assert_host_values, same
from zarr_devbuf.checks.errors import (
    Refused,
    describe,
    during,
    is_announced,
    is_refusal,
    violated,
)
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import transfer_guard, unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks._harness import Layout
    from zarr_devbuf.checks.codec.chunks import Chunk

type Codec = ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec
type Values = npt.NDArray[Any]

Operation = Literal["encode", "decode"]
CallPath = Literal["batched", "single", "sync"]
_METHODS: dict[CallPath, str] = {"batched": "{}", "single": "_{}_single", "sync": "_{}_sync"}


@contextmanager
def conditions(backend: Backend) -> Iterator[None]:
    """Configure zarr for a backend, allow implicit transfers and silence warnings for a block."""
    with warnings.catch_warnings(), transfer_guard("allow"), use_backend(backend):
        # zarr warns of every codec and dtype that the specification does not list (yet).
        warnings.simplefilter("ignore")
        yield


@contextmanager
def refusals(are: Callable[[BaseException], bool] = is_refusal, case: str = "") -> Iterator[None]:
    """Raise `Refused` for an error of a block that rejects something, others as they are."""
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        if are(error):
            raise Refused(f"{case}{describe(error)}") from error
        raise


def copied(codec: Codec) -> Codec:
    """Copy a codec, so that no check sees state that another check's calls have left in it."""
    # A codec that cannot be copied cannot be pickled either: `check_pickling` reports it.
    with suppress(Exception):
        return copy.deepcopy(codec)
    return codec


def spec_of(chunk: Chunk, backend: Backend | None) -> ArraySpec:
    """Make the spec of a chunk that zarr passes to codecs."""
    dtype = chunk.zdtype
    # A codec may encode what is all fill value to nothing.
    fill_value = dtype.cast_scalar(1) if chunk.trait == "zeros" else dtype.default_scalar()
    return ArraySpec(
        shape=chunk.shape,
        dtype=dtype,
        fill_value=fill_value,
        config=ArrayConfig.from_dict({"order": "C", "write_empty_chunks": True}),
        prototype=HOST if backend is None else backend.prototype,
    )


def prepared(codec: Codec, spec: ArraySpec) -> Codec:
    """Validate and evolve a codec as zarr does for an array; raise `Refused` if it rejects it."""
    # Newer versions of zarr have no grid of empty chunks.
    grid = RegularChunkGridMetadata(chunk_shape=tuple(max(1, n) for n in spec.shape))
    with refusals():
        codec.validate(shape=spec.shape, dtype=spec.dtype, chunk_grid=grid)
        codec = codec.evolve_from_array_spec(spec)
        codec.resolve_metadata(spec)
    return codec


def array_in(data: Any) -> Any:
    """Return the array that a buffer holds, flat or n-dimensional."""
    return data.as_ndarray_like() if isinstance(data, NDBuffer) else data.as_array_like()


@dataclass(frozen=True, slots=True)
class HostResult:
    """
    What a codec is given, what it encodes that to, and decodes that to, in NumPy buffers.

    Attributes
    ----------
    on_host : bool
        False for a codec that rejects NumPy buffers: then it is what it does on the device.
    host_fault : str
        What such a codec does with NumPy buffers instead of rejecting them; empty if it does.
    encodes : bool
        False for a codec that only decodes: then it is what its reference does on the host.
    """

    sent: Values
    encoded: Values
    decoded: Values
    on_host: bool = True
    host_fault: str = ""
    encodes: bool = True


_UNKNOWN = HostResult(np.empty(0), np.empty(0), np.empty(0))


@final
@dataclass(frozen=True, slots=True)
class CodecHarness:
    """
    A codec that is prepared for one chunk in the buffers of one prototype.

    Attributes
    ----------
    subject, codec : Codec
        The codec as it was passed to the check, and a copy of it, evolved for the spec.
    backend : Backend or None
        Where the data is; None for NumPy arrays in zarr's own buffers.
    expected, advice : HostResult and str
        What the codec returns in NumPy buffers; what to do if it returns something else.
    turn : int
        How many chunks the check has run with before.
    kept : list
        What the check keeps from one chunk to the next; empty at first.
    run : callable
        Runs a coroutine and returns its result; by default on zarr's event loop, as zarr does.
    """

    subject: Codec
    codec: Codec
    chunk: Chunk
    backend: Backend | None
    spec: ArraySpec
    expected: HostResult = _UNKNOWN
    advice: str = ""
    turn: int = 0
    kept: list[Any] = field(default_factory=list)
    run: Callable[[Any], Any] = sync

    @classmethod
    def of(cls, subject: Codec, chunk: Chunk, backend: Backend | None) -> Self:
        """Copy and prepare a codec; raise `Refused` if it rejects the chunk."""
        spec = spec_of(chunk, backend)
        return cls(subject, prepared(copied(subject), spec), chunk, backend, spec)

    def prepared_for(self, backend: Backend | None) -> Self:
        """Return a harness with another copy of the subject, prepared for a backend or NumPy."""
        other = self.of(self.subject, self.chunk, backend)
        return replace(self, codec=other.codec, backend=backend, spec=other.spec)

    @property
    def on(self) -> Backend:
        """The backend, which is not None in a check."""
        return cast("Backend", self.backend)

    @property
    def takes_bytes(self) -> bool:
        """Whether the codec encodes bytes."""
        return isinstance(self.codec, BytesBytesCodec)

    @property
    def gives_bytes(self) -> bool:
        """Whether the codec encodes to bytes."""
        return not isinstance(self.codec, ArrayArrayCodec)

    @property
    def paths(self) -> tuple[CallPath, ...]:
        """
        The call paths that the codec implements; it needs only the first.

        zarr's default pipeline calls ``"batched"``, its fused one and shards the others.
        """
        single = all(self._own("single"))
        sync_capable = getattr(self.codec, "_sync_capable", True)
        return (
            *(("batched",) if single or all(self._own("batched")) else ()),
            *(("single",) if single else ()),
            *(("sync",) if sync_capable and all(self._own("sync")) else ()),
        )

    @property
    def makes_batches(self) -> bool:
        """Whether the codec, not zarr, goes through the chunks of a batch."""
        return any(self._own("batched"))

    def _own(self, path: CallPath) -> list[bool]:
        names = [_METHODS[path].format(operation) for operation in get_args(Operation)]
        methods = [getattr(type(self.codec), name, None) for name in names]
        return [
            callable(own) and own is not getattr(BaseCodec, name, None)
            for own, name in zip(methods, names, strict=True)
        ]

    @property
    def path_in_turn(self) -> CallPath:
        """Another call path for each chunk: any of them may be wrong."""
        return self.paths[self.turn % len(self.paths)] if self.paths else "batched"

    def values(self) -> Values:
        """Make what is encoded, on the host: the values of the chunk, or their bytes."""
        values = self.chunk.values()
        if not self.takes_bytes:
            return values
        return np.frombuffer(values.tobytes(), dtype="B")[: self.chunk.nbytes].copy()

    def input(self, layout: Layout = "C") -> Any:
        """Copy what is encoded into a buffer of the prototype."""
        return self.buffer(self.values(), layout, flat=self.takes_bytes)

    def encoded_input(self, encoded: Values | None = None, layout: Layout = "C") -> Any:
        """Copy an encoded chunk, by default that of the host, into a buffer of the prototype."""
        # Buffers are flat and contiguous: at most they are a part of a larger one.
        if self.gives_bytes and layout not in ("C", "part", "read-only"):
            layout = "C"
        encoded = self.expected.encoded if encoded is None else encoded
        return self.buffer(encoded, layout, flat=self.gives_bytes)

    def buffer(self, values: Values, layout: Layout = "C", *, flat: bool) -> Any:
        """Copy values into a buffer of the prototype; `Refused` if the backend cannot hold them."""
        array = values.copy() if self.backend is None else _held(values, self.backend, layout)
        with unrecorded_transfers():
            if flat:
                return self.spec.prototype.buffer.from_array_like(array)
            return self.spec.prototype.nd_buffer.from_ndarray_like(array)

    def encode(self, data: Any, path: CallPath = "batched") -> Any:
        """Encode a buffer by one call path; raise `CheckFailed` if the result is None."""
        encoded = self.call("encode", data, path)
        if encoded is None and self.chunk.values().size:
            raise violated(
                expected="an encoded chunk",
                actual="None, which means that there is nothing to store",
                advice="Return the encoded chunk: its values are not all the fill value.",
                case=self.about("encode", path),
            )
        return encoded

    def decode(self, data: Any, path: CallPath = "batched") -> Any:
        """Decode a buffer by one call path."""
        return self.call("decode", data, path)

    def call(self, operation: Operation, data: Any, path: CallPath) -> Any:
        """Call one method of the codec; an exception gets a note that names the method."""
        name = _METHODS[path].format(operation)
        method = getattr(self.codec, name)
        # By the codec, or by a simulator that does not model what the codec needs.
        with refusals(is_announced), during(f"zarr was calling {self.about(name)}"):
            if path == "batched":
                return next(iter(self.run(method([(data, self.spec)]))))
            result = method(data, self.spec)
            return self.run(result) if path == "single" else result

    async def call_async(self, operation: Operation, data: Any, path: CallPath) -> Any:
        """Await one method of the codec, on the loop that runs; it is none without a loop."""
        method = getattr(self.codec, _METHODS[path].format(operation))
        with refusals(is_announced):
            if path == "batched":
                return next(iter(await method([(data, self.spec)])))
            return await method(data, self.spec)

    def about(self, what: str, path: CallPath | None = None) -> str:
        """Describe a call, for messages."""
        return f"{what}{f' ({path})' if path is not None else ''}, {self.chunk}"

    def to_host(self, data: Any) -> Values:
        """Copy the contents of a buffer to the host; the ledger does not record it."""
        with unrecorded_transfers():
            return np.array(data.as_numpy_array())

    def require_host(self) -> None:
        """Raise `Refused` if the codec is for devices alone."""
        if not self.expected.on_host:
            raise Refused("is for devices alone: it rejects NumPy buffers")

    def assert_values(self, data: Any, what: str, path: CallPath | None = None) -> None:
        """Assert that a decoded buffer has the values of the host result."""
        sent, on_host, case = self.expected.sent, self.expected.decoded, self.about(what, path)
        assert_host_values(self.to_host(data), sent, on_host, case, advice=self.advice)

    def assert_round_trip(
        self, path: CallPath = "batched", what: str = "encode and decode", layout: Layout = "C"
    ) -> None:
        """Assert that the chunk has the values of the host result after encoding and decoding."""
        self.assert_values(self.decode(self.encode(self.input(layout), path), path), what, path)

    def assert_unchanged(self, before: Values, data: Any, what: str, path: CallPath) -> None:
        """Assert that a buffer still has the values, and the dtype, that it had."""
        after = self.to_host(data)
        changed = before.dtype != after.dtype or not same(before, after)
        actual = "they have changed" if changed else "they have not changed"
        self.assert_equal(actual, "they have not changed", f"{what}: the contents", path)

    def assert_equal(
        self, found: object, expected: object, what: str, path: CallPath | None = None
    ) -> None:
        """Assert that two values, which are shown as texts, are equal."""
        if found != expected:
            case = self.about(what, path)
            raise violated(expected=f"{expected}", actual=f"{found}", advice=self.advice, case=case)

    @contextmanager
    def assert_no_error(
        self, expected: str, error: type[Exception] = Exception, *, advice: str
    ) -> Iterator[None]:
        """Assert that a block does not raise an exception of a class."""
        try:
            yield
        except error as raised:
            case, actual = self.about(expected), describe(raised)
            raise violated(expected=expected, actual=actual, advice=advice, case=case) from raised

    def assert_buffer(
        self, data: Any, what: str, path: CallPath, *, flat: bool, spec: ArraySpec | None = None
    ) -> None:
        """Assert class and memory of a result; of an array, the shape and dtype of a spec too."""
        case, prototype = self.about(what, path), self.spec.prototype
        cls = prototype.buffer if flat else prototype.nd_buffer
        assert_class(data, cls, case, advice=self.advice)
        array = array_in(data)
        if self.backend is not None:
            name = cls.__name__
            assert_in_memory_of(array, self.backend, case, advice=self.advice, held_by=name)
        if spec is not None and not flat:
            dtype = spec.dtype.to_native_dtype()
            assert_shape_and_dtype(array, spec.shape, dtype, case, advice=self.advice)

    def assert_decoded(self, data: Any, what: str, path: CallPath) -> None:
        """Assert class and memory of a decoded chunk; of an array, shape and dtype too."""
        self.assert_buffer(data, what, path, flat=self.takes_bytes, spec=self.spec)


def _held(values: Values, backend: Backend, layout: Layout) -> Any:
    reason = f"arrays of backend {backend.name} hold no {values.dtype}"
    if values.dtype.names is not None and not values.dtype.isnative and not backend.is_host:
        # Devices have the byte order of the machine; that of a field is merely carried along.
        raise Refused(reason)
    try:
        array = on_device(backend, values, layout)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise Refused(f"{reason}: {describe(error)}") from error
    if array.dtype != values.dtype:
        raise Refused(reason)
    return array
