"""zarr's own store tests with zarr's own GPU buffers, on the simulator in CuPy's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zarr
import zarr.buffer.gpu
from zarr.storage import GpuMemoryStore, LocalStore, MemoryStore, ZipStore
from zarr.testing.store import StoreTests

from zarr_devbuf import simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zarr.abc.buffer import Buffer
    from zarr.abc.store import Store


class _Suite(StoreTests[Any, Any]):
    buffer_cls = zarr.buffer.gpu.Buffer

    @pytest.fixture(autouse=True)
    def _cupy(self) -> Iterator[None]:
        with simulate_gpu(force=True), zarr.config.enable_gpu():
            yield

    def test_store_supports_writes(self, store: Store) -> None:
        assert store.supports_writes

    def test_store_supports_listing(self, store: Store) -> None:
        assert store.supports_listing


class _OfDict(_Suite):
    async def set(self, store: Any, key: str, value: Buffer) -> None:
        store._store_dict[key] = value

    async def get(self, store: Any, key: str) -> Buffer:
        value: Buffer = store._store_dict[key]
        return value

    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"store_dict": None}


class TestMemoryStore(_OfDict):
    store_cls = MemoryStore

    def test_store_repr(self, store: MemoryStore) -> None:
        assert repr(store) == f"MemoryStore('memory://{id(store._store_dict)}')"


class TestGpuMemoryStore(_OfDict):
    store_cls = GpuMemoryStore

    def test_store_repr(self, store: GpuMemoryStore) -> None:
        assert repr(store) == f"GpuMemoryStore('gpumemory://{id(store._store_dict)}')"


class TestLocalStore(_Suite):
    store_cls = LocalStore

    async def set(self, store: LocalStore, key: str, value: Buffer) -> None:
        path = store.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value.to_bytes())

    async def get(self, store: LocalStore, key: str) -> Buffer:
        return self.buffer_cls.from_bytes((store.root / key).read_bytes())

    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"root": tmp_path}

    def test_store_repr(self, store: LocalStore) -> None:
        assert repr(store) == f"LocalStore('file://{store.root.as_posix()}')"


class TestZipStore(_Suite):
    store_cls = ZipStore

    async def set(self, store: ZipStore, key: str, value: Buffer) -> None:
        store._set(key, value)

    async def get(self, store: ZipStore, key: str) -> Buffer:
        value = store._get(key, prototype=zarr.buffer.gpu.buffer_prototype)
        assert value is not None
        return value

    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"path": tmp_path / "store.zip", "mode": "w"}

    def test_store_repr(self, store: ZipStore) -> None:
        assert repr(store) == f"ZipStore('zip://{store.path}')"
