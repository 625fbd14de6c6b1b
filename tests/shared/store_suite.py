"""zarr's own tests of a store, `zarr.testing.store.StoreTests`, on stores that expect a backend.

Nothing of theirs is overridden but what is abstract there. Classes in here lack the prefix that
pytest collects; the modules of each device derive theirs, with `backend_name`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import StoreTests

from zarr_devbuf import ExpectingStore, get_backend, use_backend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zarr.abc.buffer import Buffer
    from zarr.abc.store import Store

__all__ = ["ExpectingLocalStoreSuite", "ExpectingMemoryStoreSuite", "ReferenceStoreSuite"]


class _Suite(StoreTests[Any, Any]):
    """What is the same for all: the classes are a backend's, the default prototype is its own."""

    backend_name: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "backend_name"):
            cls.buffer_cls = get_backend(cls.backend_name).TestBuffer

    @pytest.fixture(autouse=True)
    def _default_prototype(self) -> Iterator[None]:
        with use_backend(self.backend_name):
            yield

    def test_store_supports_writes(self, store: Store) -> None:
        assert store.supports_writes

    def test_store_supports_listing(self, store: Store) -> None:
        assert store.supports_listing


class ReferenceStoreSuite(_Suite):
    """`StoreExpectingTestBuffer`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.store_cls = get_backend(cls.backend_name).StoreExpectingTestBuffer

    async def set(self, store: Any, key: str, value: Buffer) -> None:
        store._store_dict[key] = value

    async def get(self, store: Any, key: str) -> Buffer:
        value: Buffer = store._store_dict[key]
        return value

    @pytest.fixture(params=["own dict", "given dict"])
    def store_kwargs(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        return {} if request.param == "own dict" else {"store_dict": {}}

    def test_store_repr(self, store: Any) -> None:
        assert repr(store) == (
            f"StoreExpectingTestBuffer('memory://{id(store._store_dict)}', "
            f"backend={self.backend_name!r})"
        )


class ExpectingMemoryStoreSuite(_Suite):
    """`ExpectingStore` around a `MemoryStore`."""

    store_cls = ExpectingStore

    async def set(self, store: Any, key: str, value: Buffer) -> None:
        store._store._store_dict[key] = value

    async def get(self, store: Any, key: str) -> Buffer:
        value: Buffer = store._store._store_dict[key]
        return value

    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"store": MemoryStore(), "backend": self.backend_name}

    @pytest.fixture
    def open_kwargs(self) -> dict[str, Any]:
        return {"store_cls": MemoryStore, "backend": self.backend_name}

    def test_store_repr(self, store: Any) -> None:
        inner = f"MemoryStore('memory://{id(store._store._store_dict)}')"
        assert repr(store) == f"ExpectingStore({inner}, backend={self.backend_name!r})"


class ExpectingLocalStoreSuite(_Suite):
    """`ExpectingStore` around a `LocalStore`, which keeps no buffers: bytes go through the host."""

    store_cls = ExpectingStore

    async def set(self, store: Any, key: str, value: Buffer) -> None:
        path = store._store.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value.to_bytes())

    async def get(self, store: Any, key: str) -> Buffer:
        value: Buffer = self.buffer_cls.from_bytes((store._store.root / key).read_bytes())
        return value

    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"store": LocalStore(tmp_path), "backend": self.backend_name}

    @pytest.fixture
    def open_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"store_cls": LocalStore, "root": tmp_path, "backend": self.backend_name}

    def test_store_repr(self, store: Any) -> None:
        inner = f"LocalStore('file://{store._store.root.as_posix()}')"
        assert repr(store) == f"ExpectingStore({inner}, backend={self.backend_name!r})"
