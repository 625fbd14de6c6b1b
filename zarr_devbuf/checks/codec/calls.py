"""Call a codec as zarr's pipelines do: one chunk, on one backend, by each of its call paths."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BaseCodec, BytesBytesCodec

from zarr_devbuf._backends.zarr_internals import (
    ArrayConfig,
    ArraySpec,
    RegularChunkGridMetadata,
    sync,
)
from zarr_devbuf.checks._harness import HOST, on_device
from zarr_devbuf.checks.errors import Refused, describe, is_refusal, violated
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import transfer_guard, unrecorded_transfers

if TYPE_CHECKING:
    import numpy.typing as npt
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks._harness import Layout
    from zarr_devbuf.checks.codec.chunks import Chunk

__all__ = [
    "CallPath",
    "Codec",
    "CodecCalls",
    "Operation",
    "conditions",
    "copied",
    "paths_of",
    "prepared",
    "spec_of",
]

type Codec = ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec

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


def paths_of(codec: Codec) -> tuple[CallPath, ...]:
    """
    List the call paths that a codec implements.

    zarr's default pipeline calls the ``"batched"`` one; its fused pipeline and shards call
    ``"single"`` and ``"sync"``. A codec needs only the first.
    """
    single = _overrides(codec, "single")
    found: list[CallPath] = ["batched"] if single or _overrides(codec, "batched") else []
    if single:
        found.append("single")
    has_sync = all(callable(getattr(codec, name, None)) for name in _methods("sync"))
    if has_sync and getattr(codec, "_sync_capable", True):
        found.append("sync")
    return tuple(found)


def _methods(path: CallPath) -> tuple[str, str]:
    return _METHODS[path].format("encode"), _METHODS[path].format("decode")


def _overrides(codec: Codec, path: CallPath) -> bool:
    base: type = BaseCodec
    return all(getattr(type(codec), name) is not getattr(base, name) for name in _methods(path))


def spec_of(chunk: Chunk, prototype: BufferPrototype) -> ArraySpec:
    """Make the spec of a chunk that zarr passes to codecs."""
    return ArraySpec(
        shape=chunk.shape,
        dtype=chunk.zdtype,
        fill_value=chunk.zdtype.default_scalar(),
        config=ArrayConfig.from_dict({"order": "C", "write_empty_chunks": True}),
        prototype=prototype,
    )


def copied(codec: Codec) -> Codec:
    """Copy a codec, so that no check sees state that another check's calls have left in it."""
    # A codec that cannot be copied cannot be pickled either: `check_pickling` reports it.
    with suppress(Exception):
        return copy.deepcopy(codec)
    return codec


def prepared(codec: Codec, spec: ArraySpec) -> Codec:
    """
    Validate and evolve a codec for a chunk, as zarr does when it creates an array.

    Raises
    ------
    Refused
        If the codec rejects the chunk.
    """
    try:
        codec.validate(
            shape=spec.shape,
            dtype=spec.dtype,
            # Newer versions of zarr have no grid of empty chunks.
            chunk_grid=RegularChunkGridMetadata(chunk_shape=tuple(max(1, n) for n in spec.shape)),
        )
        codec = codec.evolve_from_array_spec(spec)
        codec.resolve_metadata(spec)
    except Exception as error:
        if is_refusal(error):
            raise Refused(describe(error)) from error
        raise
    return codec


@dataclass(frozen=True, slots=True)
class CodecCalls:
    """
    A codec that is prepared for one chunk in the buffers of one prototype.

    Attributes
    ----------
    codec : Codec
        A copy of the subject, evolved.
    chunk : Chunk
        What it is prepared for.
    backend : Backend or None
        Where the data is; None for NumPy arrays in zarr's own buffers.
    spec : ArraySpec
        With the prototype to use.
    run : callable
        Runs a coroutine and returns its result; by default on zarr's event loop, as zarr does.
    """

    codec: Codec
    chunk: Chunk
    backend: Backend | None
    spec: ArraySpec
    run: Callable[[Any], Any] = sync

    @classmethod
    def of(cls, codec: Codec, chunk: Chunk, backend: Backend | None, **more: Any) -> Self:
        """Copy and prepare a codec; raise `Refused` if it rejects the chunk."""
        spec = spec_of(chunk, HOST if backend is None else backend.prototype)
        return cls(prepared(copied(codec), spec), chunk, backend, spec, **more)

    @property
    def takes_bytes(self) -> bool:
        """Whether the codec encodes bytes."""
        return isinstance(self.codec, BytesBytesCodec)

    @property
    def gives_bytes(self) -> bool:
        """Whether the codec encodes to bytes."""
        return not isinstance(self.codec, ArrayArrayCodec)

    def values(self) -> npt.NDArray[Any]:
        """Return what is encoded, on the host: the values of the chunk, or their bytes."""
        values = self.chunk.values()
        if not self.takes_bytes:
            return values
        return np.frombuffer(values.tobytes(), dtype="B")[: self.chunk.nbytes].copy()

    def input(self, layout: Layout = "C") -> Any:
        """Copy what is encoded into a buffer of the prototype."""
        return self.buffer(self.values(), layout)

    def buffer(self, values: npt.NDArray[Any], layout: Layout = "C", *, flat: bool = False) -> Any:
        """
        Copy values into a buffer of the prototype: flat for bytes, otherwise n-dimensional.

        Raises
        ------
        Refused
            If the backend cannot hold such values.
        """
        array = values.copy() if self.backend is None else _held(values, self.backend, layout)
        with unrecorded_transfers():
            if flat or self.takes_bytes:
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
        try:
            if path == "batched":
                return next(iter(self.run(method([(data, self.spec)]))))
            if path == "single":
                return self.run(method(data, self.spec))
            return method(data, self.spec)
        except NotImplementedError as error:
            # By the codec, or by a simulator that does not model what the codec needs.
            raise Refused(describe(error)) from error
        except Exception as error:
            error.add_note(f"while zarr was calling {self.about(name)}")
            raise

    def about(self, what: str, path: CallPath | None = None, layout: Layout = "C") -> str:
        """Describe a call, for messages."""
        how = f" ({path})" if path is not None else ""
        return f"{what}{how}, {self.chunk}{f', {layout} layout' if layout != 'C' else ''}"

    def to_host(self, data: Any) -> npt.NDArray[Any]:
        """Copy the contents of a buffer to the host; the ledger does not record it."""
        with unrecorded_transfers():
            return np.array(data.as_numpy_array())


def _held(values: npt.NDArray[Any], backend: Backend, layout: Layout) -> Any:
    reason = f"arrays of backend {backend.name} hold no {values.dtype}"
    try:
        array = on_device(backend, values, layout)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise Refused(f"{reason}: {describe(error)}") from error
    if array.dtype != values.dtype:
        raise Refused(reason)
    return array
