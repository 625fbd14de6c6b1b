"""Call a codec as zarr's pipelines do: one chunk, on one backend, along each of its code paths."""

from __future__ import annotations

import copy
import warnings
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import zarr
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BaseCodec, BytesBytesCodec
from zarr.buffer import cpu as zarr_cpu
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.metadata.v3 import RegularChunkGridMetadata
from zarr.core.sync import sync

from zarr_devbuf.checks.codec.layouts import on_device
from zarr_devbuf.checks.errors import Refused, describe, is_refusal, violated
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import transfer_guard, unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from zarr.abc.buffer import Buffer, BufferPrototype, NDBuffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.layouts import Layout

__all__ = [
    "HOST",
    "Codec",
    "Path",
    "Refused",
    "Trial",
    "conditions",
    "copied",
    "describe",
    "host_configuration",
    "is_refusal",
    "paths_of",
    "prepared",
    "spec_of",
]

type Codec = ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec
type Data = Buffer | NDBuffer

Path = Literal["batched", "single", "sync"]
_METHODS: dict[Path, tuple[str, str]] = {
    "batched": ("encode", "decode"),
    "single": ("_encode_single", "_decode_single"),
    "sync": ("_encode_sync", "_decode_sync"),
}

HOST: BufferPrototype = zarr_cpu.buffer_prototype


@contextmanager
def conditions(backend: Backend) -> Iterator[None]:
    """Set the scene for a check: zarr configured for the backend, transfers counted, not refused."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        # zarr warns of every codec and dtype that the specification does not list (yet).
        warnings.simplefilter("ignore")
        stack.enter_context(transfer_guard("allow"))
        stack.enter_context(use_backend(backend))
        yield


@contextmanager
def host_configuration() -> Iterator[None]:
    """Configure zarr for its own buffers on the host."""
    host = {"buffer": "zarr.buffer.cpu.Buffer", "ndbuffer": "zarr.buffer.cpu.NDBuffer"}
    with zarr.config.set(host):
        yield


def paths_of(codec: Codec) -> tuple[Path, ...]:
    """
    Name the code paths that a codec has.

    ``"batched"`` is what zarr's default pipeline takes, ``"single"`` and ``"sync"`` are for its
    fused pipeline and for shards. A codec need have only the first.
    """
    found: list[Path] = []
    base = BaseCodec
    single = all(_overrides(codec, base, name) for name in _METHODS["single"])
    if single or all(_overrides(codec, base, name) for name in _METHODS["batched"]):
        found.append("batched")
    if single:
        found.append("single")
    has_sync = all(callable(getattr(codec, name, None)) for name in _METHODS["sync"])
    if has_sync and getattr(codec, "_sync_capable", True):
        found.append("sync")
    return tuple(found)


def _overrides(codec: Codec, base: type, name: str) -> bool:
    return getattr(type(codec), name) is not getattr(base, name)


def spec_of(chunk: Chunk, prototype: BufferPrototype) -> ArraySpec:
    """Describe a chunk as zarr does to codecs."""
    return ArraySpec(
        shape=chunk.shape,
        dtype=chunk.zdtype,
        fill_value=chunk.zdtype.default_scalar(),
        config=ArrayConfig.from_dict({"order": "C", "write_empty_chunks": True}),
        prototype=prototype,
    )


def copied(codec: Codec) -> Codec:
    """Copy a codec: checks must not meet what another check's use has left behind in it."""
    # One that cannot be copied cannot be pickled either, and a check says so.
    with suppress(Exception):
        return copy.deepcopy(codec)
    return codec


def prepared(codec: Codec, spec: ArraySpec) -> Codec:
    """
    Make a codec ready for a chunk, as the creation of an array does.

    Raises
    ------
    Refused
        Where it declines.
    """
    try:
        codec.validate(
            shape=spec.shape,
            dtype=spec.dtype,
            # Newer versions of zarr know no grid of empty chunks.
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
class Trial:
    """
    A codec, ready for one kind of chunk in the buffers of one prototype.

    Attributes
    ----------
    codec : Codec
        Its own copy, evolved.
    chunk : Chunk
        The chunk.
    backend : Backend or None
        Where the data lives; None for plain host memory.
    spec : ArraySpec
        With the prototype in force.
    """

    codec: Codec
    chunk: Chunk
    backend: Backend | None
    spec: ArraySpec

    @classmethod
    def of(cls, codec: Codec, chunk: Chunk, backend: Backend | None) -> Trial:
        """Make a trial; `Refused` where the codec declines, or the backend cannot hold it."""
        spec = spec_of(chunk, HOST if backend is None else backend.prototype)
        return cls(prepared(copied(codec), spec), chunk, backend, spec)

    @property
    def takes_bytes(self) -> bool:
        """Whether what the codec encodes is bytes."""
        return isinstance(self.codec, BytesBytesCodec)

    @property
    def gives_bytes(self) -> bool:
        """Whether what the codec encodes to is bytes."""
        return not isinstance(self.codec, ArrayArrayCodec)

    def sent(self) -> npt.NDArray[Any]:
        """Return what is encoded, on the host: the values, or their bytes."""
        values = self.chunk.values()
        if not self.takes_bytes:
            return values
        return np.frombuffer(values.tobytes(), dtype="B")[: self.chunk.nbytes].copy()

    def input(self, layout: Layout = "C") -> Any:
        """Put what is to be encoded into a buffer of the prototype."""
        return self.buffer(self.sent(), layout)

    def buffer(self, values: npt.NDArray[Any], layout: Layout = "C", *, flat: bool = False) -> Any:
        """
        Put values into a buffer of the prototype: flat for bytes, n-dimensional for others.

        Raises
        ------
        Refused
            Where the backend holds no such values.
        """
        flat = flat or self.takes_bytes
        prototype = self.spec.prototype
        with unrecorded_transfers():
            if self.backend is None:
                array: Any = values.copy()
            else:
                array = _held(values, self.backend, layout)
            if flat:
                return prototype.buffer.from_array_like(array)
            return prototype.nd_buffer.from_ndarray_like(array)

    def encode(self, data: Any, path: Path = "batched") -> Any:
        """Encode along one path; what the codec raises gets a note of what was being done."""
        encoded = self._call(0, data, path)
        if encoded is None and self.chunk.values().size:
            raise violated(
                expected="an encoded chunk",
                actual="None, by which a codec says that there is nothing to store",
                advice="return the encoded chunk: this one is not all fill value",
                case=self.about("encode", path),
            )
        return encoded

    def decode(self, data: Any, path: Path = "batched") -> Any:
        """Decode along one path; what the codec raises gets a note of what was being done."""
        return self._call(1, data, path)

    def _call(self, which: Literal[0, 1], data: Any, path: Path) -> Any:
        name = _METHODS[path][which]
        method = getattr(self.codec, name)
        try:
            if path == "batched":
                return next(iter(sync(method([(data, self.spec)]))))
            if path == "single":
                return sync(method(data, self.spec))
            return method(data, self.spec)
        except NotImplementedError as error:
            # By the codec, or by a simulator that does not model what the codec needs.
            raise Refused(describe(error)) from error
        except Exception as error:
            error.add_note(f"while zarr was calling {self.about(name, path)}")
            raise

    def about(self, what: str, path: Path | None = None, layout: Layout = "C") -> str:
        """Put in words what is done to which chunk."""
        how = f" ({path})" if path is not None and not what.startswith("_") else ""
        laid_out = f", {layout} layout" if layout != "C" else ""
        return f"{what}{how}, {self.chunk}{laid_out}"

    def to_host(self, data: Any) -> npt.NDArray[Any]:
        """Copy what a buffer holds to the host, out of the ledger's sight."""
        with unrecorded_transfers():
            return np.array(data.as_numpy_array())


def _held(values: npt.NDArray[Any], backend: Backend, layout: Layout) -> Any:
    try:
        array = on_device(values, backend, layout)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise Refused(
            f"arrays of backend {backend.name} hold no {values.dtype}: {describe(error)}"
        ) from error
    if array.dtype != values.dtype:
        raise Refused(f"arrays of backend {backend.name} hold no {values.dtype}")
    return array
