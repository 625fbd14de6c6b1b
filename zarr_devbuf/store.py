"""Stores that raise if a value is not in a buffer of the expected backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from zarr.abc.buffer import Buffer
from zarr.abc.store import Store, SupportsSyncStore
from zarr.buffer import cpu as zarr_cpu
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore, WrapperStore

from zarr_devbuf.backend import Backend, get_backend

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, MutableMapping, Sequence

    from zarr.abc.buffer import BufferPrototype
    from zarr.abc.store import ByteRequest

__all__ = ["BufferMismatchError", "ExpectingStore", "ReferenceStore", "is_metadata_key"]

# The metadata documents of Zarr formats 3 and 2: the last segment of a key.
_METADATA_NAMES = frozenset({"zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"})


class BufferMismatchError(AssertionError, TypeError):
    """A value that is not metadata was written or read with the wrong buffer class."""


def is_metadata_key(key: str) -> bool:
    """Return whether a store key names a metadata document, which stays on the host by design."""
    return key.rpartition("/")[2] in _METADATA_NAMES


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


class _Expectation(Store):
    """What every method of an expecting store checks before it writes or reads.

    A mixin: put it before a class of stores.
    """

    @property
    def _expected_backend(self) -> Backend:
        raise NotImplementedError

    def _mismatch(self, key: str, what: str, actual: type, advice: str) -> BufferMismatchError:
        backend = self._expected_backend
        return BufferMismatchError(
            f"key {key!r}: {what}.\n"
            f"  expected: {_name(backend.TestBuffer)} (backend {backend.name!r})\n"
            f"  actual:   {_name(actual)}\n"
            f"  {advice}"
        )

    def _check_value(self, key: str, value: object) -> None:
        """Reject a value that is no buffer, or a chunk in a buffer of another class."""
        if not isinstance(value, Buffer):
            raise TypeError(
                f"key {key!r}: a store holds zarr Buffers, got {_name(type(value))}; "
                f"make one by `{_name(self._expected_backend.TestBuffer)}.from_bytes(...)`"
            )
        if is_metadata_key(key) or isinstance(value, self._expected_backend.TestBuffer):
            return
        raise self._mismatch(
            key,
            "a value was written in the wrong buffer class",
            type(value),
            "Make buffers with the prototype that is passed to the codec, or to the code that "
            "writes (`prototype.buffer.from_...`), not with another class.",
        )

    def _check_request(
        self, key: str, prototype: BufferPrototype | None, byte_range: ByteRequest | None
    ) -> BufferPrototype:
        """Reject a read whose prototype is not the backend's; return the prototype to use.

        A part of a value may be read with zarr's own host prototype: zarr reads the index of a
        shard so. A whole value may not.
        """
        if prototype is None:
            prototype = default_buffer_prototype()
        if (
            is_metadata_key(key)
            or issubclass(prototype.buffer, self._expected_backend.TestBuffer)
            or (byte_range is not None and prototype.buffer is zarr_cpu.Buffer)
        ):
            return prototype
        raise self._mismatch(
            key,
            "a value was read with the wrong buffer class",
            prototype.buffer,
            f"Read with the backend's prototype, or inside "
            f"`with use_backend({self._expected_backend.name!r}):`.",
        )

    def _check_result(
        self, key: str, value: Buffer | None, prototype: BufferPrototype
    ) -> Buffer | None:
        """Reject a value that is not of the prototype's class."""
        if value is None or isinstance(value, prototype.buffer):
            return value
        raise self._mismatch(
            key,
            f"the store returned another class than the prototype's {_name(prototype.buffer)}",
            type(value),
            "Return `prototype.buffer.from_...` from the store, whatever it keeps inside.",
        )

    def _check_stored(self, key: str) -> None:
        """Check what is stored under a key, if a subclass can look it up; here nothing."""

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Return the value of a key, or ``None`` if it is missing.

        `byte_range`, in bytes: ``RangeByteRequest(start, end)`` (`end` exclusive),
        ``OffsetByteRequest(offset)`` (from there on), ``SuffixByteRequest(suffix)`` (the last
        ones). A range that reaches past the value gives what there is of it, as slicing does,
        down to zero bytes.

        Raises
        ------
        BufferMismatchError
            If the key is not metadata and `prototype` is not the backend's, unless `byte_range`
            is given and `prototype` is zarr's host prototype.
        """
        prototype = self._check_request(key, prototype, byte_range)
        self._check_stored(key)
        value = await super().get(key, prototype, byte_range)  # type: ignore[safe-super]
        return self._check_result(key, value, prototype)

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Do what `get` does, without an event loop."""
        prototype = self._check_request(key, prototype, byte_range)
        self._check_stored(key)
        value = super().get_sync(key, prototype=prototype, byte_range=byte_range)  # type: ignore[misc]
        return self._check_result(key, value, prototype)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Return the values of many keys and ranges, each as `get` does."""
        key_ranges = list(key_ranges)
        for key, byte_range in key_ranges:
            self._check_request(key, prototype, byte_range)
            self._check_stored(key)
        values = await super().get_partial_values(prototype, key_ranges)  # type: ignore[safe-super]
        return [
            self._check_result(key, value, prototype)
            for (key, _), value in zip(key_ranges, values, strict=True)
        ]

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        **kwargs: Any,
    ) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
        """Read many ranges of one key, each as `get` does."""
        for byte_range in byte_ranges:
            self._check_request(key, prototype, byte_range)
        self._check_stored(key)
        groups = super().get_ranges(key, byte_ranges, prototype=prototype, **kwargs)
        async for group in groups:
            for _, value in group:
                self._check_result(key, value, prototype)
            yield group

    async def _get_many(
        self, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
    ) -> AsyncGenerator[tuple[str, Buffer | None], None]:
        requests = list(requests)
        for key, prototype, byte_range in requests:
            self._check_request(key, prototype, byte_range)
            self._check_stored(key)
        prototypes = {key: prototype for key, prototype, _ in requests}
        async for key, value in super()._get_many(requests):
            self._check_result(key, value, prototypes[key])
            yield key, value

    async def set(self, key: str, value: Buffer, *args: Any, **kwargs: Any) -> None:
        """Store a value.

        Raises
        ------
        BufferMismatchError
            If the key is not metadata and `value` not of the backend's class; nothing is
            stored.
        TypeError
            If `value` is no buffer.
        ValueError
            If the store is read-only.
        """
        self._check_writable()
        self._check_value(key, value)
        await super().set(key, value, *args, **kwargs)  # type: ignore[safe-super]

    def set_sync(self, key: str, value: Buffer) -> None:
        """Do what `set` does, without an event loop."""
        self._check_writable()
        self._check_value(key, value)
        super().set_sync(key, value)  # type: ignore[misc]

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Store a value unless the key has one; checked as by `set`."""
        self._check_writable()
        self._check_value(key, value)
        await super().set_if_not_exists(key, value)

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        values = list(values)
        self._check_writable()
        for key, value in values:
            self._check_value(key, value)
        await super()._set_many(values)


class ReferenceStore(_Expectation, MemoryStore):
    """A `zarr.storage.MemoryStore` that accepts and returns values of one backend only.

    What is not metadata must be written in the backend's `TestBuffer` and read with a prototype
    whose buffer is that class; what `store_dict` held from the start is checked when it is read.
    Metadata documents (``zarr.json``; ``.zarray``, ``.zgroup``, ``.zattrs``, ``.zmetadata``)
    live on the host and pass. Define a backend's ``StoreExpectingTestBuffer`` by a class
    statement with ``backend=``.

    Parameters
    ----------
    store_dict : mutable mapping of str to Buffer, optional
        The contents; shared, not copied.
    read_only : bool
        Whether to reject all writing.
    """

    __test__ = False
    backend: ClassVar[Backend]

    def __init_subclass__(cls, *, backend: Backend | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if backend is not None:
            cls.backend = backend
            backend.StoreExpectingTestBuffer = cls

    def __init__(
        self,
        store_dict: MutableMapping[str, Buffer] | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        super().__init__(store_dict, read_only=read_only)

    @property
    def _expected_backend(self) -> Backend:
        return self.backend

    def _check_stored(self, key: str) -> None:
        value = self._store_dict.get(key)
        if value is None or is_metadata_key(key) or isinstance(value, self.backend.TestBuffer):
            return
        raise self._mismatch(
            key,
            "the store's dict holds a value of the wrong buffer class",
            type(value),
            "Somebody put it there past this store: give the dict to one store only, or convert "
            f"its values by `{_name(self.backend.TestBuffer)}.from_buffer(...)`.",
        )

    async def getsize(self, key: str) -> int:
        """Return the length of a value in bytes; nothing is read, so no prototype is expected."""
        self._check_stored(key)
        value = self._store_dict.get(key)
        if value is None:
            raise FileNotFoundError(key)
        return len(value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r}, backend={self.backend.name!r})"


class _SyncWrapperStore[S: Store](WrapperStore[S]):
    """A `WrapperStore` that forwards the synchronous methods; that of zarr 3.2 did not."""

    @property
    def _supports_sync_io(self) -> bool:
        # Zarr's own convention: whether a wrapper's sync methods work depends on what it wraps.
        store: object = self._store
        return isinstance(store, SupportsSyncStore) and bool(
            getattr(store, "_supports_sync_io", True)
        )

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        return self._sync_store.get_sync(key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        self._sync_store.set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self._sync_store.delete_sync(key)

    @property
    def _sync_store(self) -> SupportsSyncStore:
        store: object = self._store
        if not isinstance(store, SupportsSyncStore):
            raise TypeError(f"{_name(type(store))} has no synchronous methods: await the others")
        return store


class ExpectingStore[S: Store](_Expectation, _SyncWrapperStore[S]):
    """Wrap any store, and raise if it does not accept and return values of one backend only.

    Parameters
    ----------
    store : zarr.abc.store.Store
        The store to wrap. It may store values in any form; what its methods accept and return is
        checked as by `StoreExpectingTestBuffer`.
    backend : str or Backend
        The backend whose `TestBuffer` is expected.
    """

    def __init__(self, store: S, *, backend: str | Backend = "cpu") -> None:
        if not isinstance(store, Store):
            raise TypeError(f"ExpectingStore wraps a zarr Store, got {_name(type(store))}")
        super().__init__(store)
        self._backend = backend if isinstance(backend, Backend) else get_backend(backend)

    @classmethod
    async def open(
        cls, store_cls: type[S], *args: Any, backend: str | Backend = "cpu", **kwargs: Any
    ) -> Self:
        """Make and open a store of `store_cls`, and wrap it."""
        return cls(await store_cls.open(*args, **kwargs), backend=backend)

    @property
    def backend(self) -> Backend:
        """The backend whose buffers are expected."""
        return self._backend

    @property
    def _expected_backend(self) -> Backend:
        return self._backend

    def _with_store(self, store: S) -> Self:
        return type(self)(store, backend=self._backend)

    @property
    def supports_consolidated_metadata(self) -> bool:
        """Whether the wrapped store works without an event loop."""
        return self._store.supports_consolidated_metadata

    async def getsize(self, key: str) -> int:
        """Return the length of a value in bytes, as the wrapped store does."""
        return await self._store.getsize(key)

    def __eq__(self, value: object) -> bool:
        return super().__eq__(value) and self._backend is cast("ExpectingStore[S]", value)._backend

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ExpectingStore({self._store!r}, backend={self._backend.name!r})"
