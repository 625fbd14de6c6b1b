"""Stores that say at once when a value is not in a buffer of the expected backend."""

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

# The documents of Zarr formats 3 and 2. Which of them a key names, its last segment decides.
_METADATA_NAMES = frozenset({"zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"})


class BufferMismatchError(AssertionError, TypeError):
    """A value that is not metadata came, or was asked for, in a buffer of the wrong class."""


def is_metadata_key(key: str) -> bool:
    """Tell whether a store key names a metadata document, which lives on the host by design."""
    return key.rpartition("/")[2] in _METADATA_NAMES


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


class _Expectation(Store):
    """What every way in and out of an expecting store checks, before anything is stored or read.

    A mixin: put it before a class of stores.
    """

    @property
    def _expected_backend(self) -> Backend:
        raise NotImplementedError

    def _mismatch(self, key: str, what: str, actual: type, way_out: str) -> BufferMismatchError:
        backend = self._expected_backend
        return BufferMismatchError(
            f"key {key!r}: {what}.\n"
            f"  expected: {_name(backend.TestBuffer)} (backend {backend.name!r})\n"
            f"  actual:   {_name(actual)}\n"
            f"  {way_out}"
        )

    def _check_value(self, key: str, value: object) -> None:
        """Refuse to store what is no buffer at all, or a chunk in a buffer of another class."""
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
            "A codec, or the code that writes, must make its buffers with the prototype it is "
            "given (`prototype.buffer.from_...`), not with a class of its own choice.",
        )

    def _check_request(
        self, key: str, prototype: BufferPrototype | None, byte_range: ByteRequest | None
    ) -> BufferPrototype:
        """Refuse a read whose prototype is not the backend's; return the one in force.

        A part of a value may be read with Zarr's own host prototype: that is how Zarr reads the
        index of a shard. A whole value may not.
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
            "a value was asked for in the wrong buffer class",
            prototype.buffer,
            f"Read with the backend's prototype, or inside "
            f"`with use_backend({self._expected_backend.name!r}):`.",
        )

    def _check_result(
        self, key: str, value: Buffer | None, prototype: BufferPrototype
    ) -> Buffer | None:
        """Refuse to hand out a value that is not of the class that was asked for."""
        if value is None or isinstance(value, prototype.buffer):
            return value
        raise self._mismatch(
            key,
            f"the store returned another class than the prototype's {_name(prototype.buffer)}",
            type(value),
            "A store must return `prototype.buffer.from_...`, whatever it keeps inside.",
        )

    def _check_stored(self, key: str) -> None:
        """Look at what is kept under the key, where the store lets us: nothing to see here."""

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Return the value of a key, or ``None`` where there is none.

        `byte_range`, in bytes: ``RangeByteRequest(start, end)`` (`end` exclusive),
        ``OffsetByteRequest(offset)`` (from there on), ``SuffixByteRequest(suffix)`` (the last
        ones). A range that reaches past the value gives what there is of it, as slicing does,
        down to zero bytes.

        Raises
        ------
        BufferMismatchError
            Where the key is not metadata and `prototype` is not the backend's, unless
            `byte_range` is given and `prototype` is Zarr's host prototype.
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
            Where the key is not metadata and `value` not of the backend's class; nothing is
            stored.
        TypeError
            Where `value` is no buffer.
        ValueError
            Where the store is read-only.
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
    """A `zarr.storage.MemoryStore` that takes and gives values of one backend only.

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
        Whether to refuse all writing.
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
        """Return the length of a value in bytes; nothing is read, so no prototype is due."""
        self._check_stored(key)
        value = self._store_dict.get(key)
        if value is None:
            raise FileNotFoundError(key)
        return len(value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r}, backend={self.backend.name!r})"


class _SyncWrapperStore[S: Store](WrapperStore[S]):
    """A `WrapperStore` that forwards what needs no event loop; that of Zarr 3.2 did not."""

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
    """Any store, checked from outside: it must take and give values of one backend only.

    Parameters
    ----------
    store : zarr.abc.store.Store
        The store to watch. What it keeps inside is its own affair; what crosses its surface is
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
        """Whether the wrapped store does."""
        return self._store.supports_consolidated_metadata

    async def getsize(self, key: str) -> int:
        """Return the length of a value in bytes, as the wrapped store finds it."""
        return await self._store.getsize(key)

    def __eq__(self, value: object) -> bool:
        return super().__eq__(value) and self._backend is cast("ExpectingStore[S]", value)._backend

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ExpectingStore({self._store!r}, backend={self._backend.name!r})"
