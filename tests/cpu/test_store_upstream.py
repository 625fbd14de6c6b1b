"""The holes in ``zarr.testing.buffer.StoreExpectingTestBuffer``, each shown there and fixed here.

If one of these fails with a new zarr, it has fixed its own store: then the row in our documentation
that names the hole must go.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any, NamedTuple

import numpy as np
import pytest
import zarr
from zarr.abc.buffer import BufferPrototype
from zarr.abc.store import RangeByteRequest
from zarr.buffer import cpu as zarr_cpu
from zarr.testing import buffer as upstream_module

import zarr_devbuf
from zarr_devbuf import BufferMismatchError

HOST = zarr_cpu.Buffer.from_bytes(b"host")


class Side(NamedTuple):
    """Upstream's classes, or ours."""

    store: type[Any]
    buffer: type[Any]
    ndbuffer: type[Any]

    @property
    def prototype(self) -> BufferPrototype:
        return BufferPrototype(self.buffer, self.ndbuffer)

    @property
    def config(self) -> Any:
        names = {"buffer": self.buffer, "ndbuffer": self.ndbuffer}
        return zarr.config.set({k: f"{v.__module__}.{v.__qualname__}" for k, v in names.items()})


UPSTREAM, OURS = (
    Side(
        module.StoreExpectingTestBuffer,
        module.TestBuffer,
        module.NDBufferUsingTestNDArrayLike,
    )
    for module in (upstream_module, zarr_devbuf)
)


@pytest.fixture(autouse=True)
def _registered() -> None:
    zarr.registry.register_buffer(UPSTREAM.buffer)
    zarr.registry.register_ndbuffer(UPSTREAM.ndbuffer)


OPTIMISED = """
import asyncio
from zarr.buffer.cpu import Buffer, buffer_prototype
from {module} import StoreExpectingTestBuffer

async def main():
    store = StoreExpectingTestBuffer({{"c/0": Buffer.from_bytes(b"host")}})
    rejected = 0
    for call in (
        lambda: store.set("c/1", Buffer.from_bytes(b"host")),
        lambda: store.get("c/0", buffer_prototype),
    ):
        try:
            await call()
        except AssertionError:
            rejected += 1
    print(__debug__, rejected)

asyncio.run(main())
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("module", "optimise", "printed"),
    [
        ("zarr.testing.buffer", [], "True 2"),
        ("zarr.testing.buffer", ["-O"], "False 0"),
        ("zarr_devbuf", [], "True 2"),
        ("zarr_devbuf", ["-O"], "False 2"),
    ],
)
def test_python_O_switches_no_check_off(module: str, optimise: list[str], printed: str) -> None:
    command = [sys.executable, *optimise, "-c", OPTIMISED.format(module=module)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == printed


async def test_a_refusal_says_what_and_why() -> None:
    with pytest.raises(AssertionError) as bare:
        await UPSTREAM.store().set("c/0", HOST)
    assert not isinstance(bare.value, TypeError)
    assert "c/0" not in str(bare.value)
    for kind in (AssertionError, TypeError):
        with pytest.raises(kind) as caught:
            await OURS.store().set("c/0", HOST)
        assert type(caught.value) is BufferMismatchError
    assert str(caught.value).splitlines()[:3] == [
        "key 'c/0': a value was written in the wrong buffer class.",
        "  expected: zarr_devbuf.cpu.TestBuffer (backend 'cpu')",
        "  actual:   zarr.core.buffer.cpu.Buffer",
    ]


async def test_json_elsewhere_in_a_key_makes_no_metadata() -> None:
    await UPSTREAM.store().set("my_json/c/0", HOST)
    with pytest.raises(BufferMismatchError):
        await OURS.store().set("my_json/c/0", HOST)


def test_format_2_is_known() -> None:
    with pytest.raises(AssertionError):
        zarr.create_array(UPSTREAM.store(), shape=(4,), dtype="i4", zarr_format=2)
    with OURS.config:
        array = zarr.create_array(OURS.store(), shape=(4,), dtype="i4", zarr_format=2)
        array[:] = 5
        assert np.asarray(array[:]).tolist() == [5, 5, 5, 5]


async def test_set_if_not_exists_is_no_back_door() -> None:
    await UPSTREAM.store().set_if_not_exists("c/0", HOST)
    with pytest.raises(BufferMismatchError):
        await OURS.store().set_if_not_exists("c/0", HOST)


async def test_a_refused_value_stops_those_that_come_with_it() -> None:
    values = [(f"c/{n}", OURS.buffer.from_bytes(b"1")) for n in range(3)]
    upstream_values = [(f"c/{n}", UPSTREAM.buffer.from_bytes(b"1")) for n in range(3)]
    store = UPSTREAM.store()
    with pytest.raises(AssertionError):
        await store._set_many([*upstream_values, ("c/3", HOST)])
    assert [key async for key in store.list()] == ["c/0", "c/1", "c/2"]
    store = OURS.store()
    with pytest.raises(BufferMismatchError):
        await store._set_many([*values, ("c/3", HOST)])
    assert [key async for key in store.list()] == []


def read_part_of_a_shard(side: Side) -> list[int]:
    with side.config:
        array: Any = zarr.create_array(
            side.store(), shape=(8,), chunks=(2,), shards=(8,), dtype="i4"
        )
        array[:] = np.arange(8, dtype="i4")
        found: list[int] = np.asarray(array[2:3]).tolist()
        return found


def test_part_of_a_shard_can_be_read() -> None:
    with pytest.raises(AssertionError):
        read_part_of_a_shard(UPSTREAM)
    assert read_part_of_a_shard(OURS) == [2]


async def test_what_a_shared_dict_holds_is_looked_at() -> None:
    value = await UPSTREAM.store({"c/0": HOST}).get("c/0", UPSTREAM.prototype)
    assert value.to_bytes() == b"host"
    with pytest.raises(BufferMismatchError, match="dict holds"):
        await OURS.store({"c/0": HOST}).get("c/0", OURS.prototype)


async def test_get_sync_without_a_prototype_is_checked() -> None:
    store = UPSTREAM.store()
    store.set_sync("c/0", UPSTREAM.buffer.from_bytes(b"1"))
    assert not isinstance(store.get_sync("c/0"), UPSTREAM.buffer)
    store = OURS.store()
    store.set_sync("c/0", OURS.buffer.from_bytes(b"1"))
    with pytest.raises(BufferMismatchError, match="use_backend"):
        store.get_sync("c/0")


async def test_a_subclass_of_the_buffer_is_welcome() -> None:
    for side in (UPSTREAM, OURS):
        derived: Any = type("Derived", (side.buffer,), {})
        store = side.store()
        await store.set("c/0", derived.from_bytes(b"1"))
        prototype = side.prototype._replace(buffer=derived)
        if side is UPSTREAM:
            with pytest.raises(AssertionError):
                await store.get("c/0", prototype)
        else:
            assert type(await store.get("c/0", prototype)) is derived


async def test_a_part_of_a_chunk_may_be_read_with_the_host_prototype_alone() -> None:
    store = OURS.store()
    await store.set("c/0", OURS.buffer.from_bytes(b"abc"))
    request = RangeByteRequest(0, 2)
    value = await store.get("c/0", zarr_cpu.buffer_prototype, request)
    assert value.to_bytes() == b"ab"
    with pytest.raises(BufferMismatchError):
        await store.get("c/0", UPSTREAM.prototype, request)
