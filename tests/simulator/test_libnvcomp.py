"""nvidia.libnvcomp: C functions that are loaded by ctypes, on simulated device memory."""

from __future__ import annotations

import ctypes
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numcodecs import zstd  # type: ignore[import-untyped]  # it has no type information

from zarr_devbuf.simulator import simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator

cupy: Any = None


class Options(ctypes.Structure):
    _fields_ = (("backend", ctypes.c_int), ("reserved", ctypes.c_char * 60))


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Iterator[None]:
    global cupy
    with simulate_gpu(force=True) as cupy:
        yield


@pytest.fixture(params=[5, 6])
def library(request: pytest.FixtureRequest) -> Any:
    folder = Path(str(import_module("nvidia.libnvcomp").__file__)).parent
    library = ctypes.CDLL(str(folder / "lib64" / f"libnvcomp.so.{request.param}"))
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    library.nvcompBatchedZstdDecompressGetTempSizeAsync.argtypes = [
        size, size, Options, ctypes.POINTER(size), size,
    ]  # fmt: skip
    library.nvcompBatchedZstdDecompressAsync.argtypes = [
        pointer, pointer, pointer, pointer, size, pointer, size, pointer, Options, pointer, pointer
    ]  # fmt: skip
    return library


def decompress(library: Any, frames: list[bytes], capacity: int) -> tuple[int, Any, Any, Any]:
    sources = [cupy.asarray(np.frombuffer(frame, "u1")) for frame in frames]
    targets = [cupy.zeros(capacity, "u1") for _ in frames]
    addresses = [
        cupy.asarray([each.data.ptr for each in some], "u8") for some in (sources, targets)
    ]
    given = cupy.asarray([len(frame) for frame in frames], "u8")
    room = cupy.full(len(frames), capacity, "u8")
    sizes, statuses = cupy.zeros(len(frames), "u8"), cupy.full(len(frames), 99, "i4")
    nbytes = ctypes.c_size_t()
    assert not library.nvcompBatchedZstdDecompressGetTempSizeAsync(
        len(frames), capacity, Options(), ctypes.byref(nbytes), capacity * len(frames)
    )
    temporary = cupy.empty(nbytes.value, "u1")
    status = library.nvcompBatchedZstdDecompressAsync(
        addresses[0].data.ptr, given.data.ptr, room.data.ptr, sizes.data.ptr, len(frames),
        temporary.data.ptr, nbytes.value, addresses[1].data.ptr, Options(), statuses.data.ptr, 0,
    )  # fmt: skip
    return status, targets, sizes.get().tolist(), statuses.get().tolist()


def test_a_batch(library: Any) -> None:
    contents = [bytes(range(100)), b"", b"abc" * 50]
    frames = [bytes(zstd.compress(content, 3)) for content in contents]
    frames[1] = frames[0][:20]
    status, targets, sizes, statuses = decompress(library, frames, 150)
    assert status == 0
    assert sizes == [100, 0, 150]
    assert [bool(each) for each in statuses] == [False, True, False]
    assert targets[0][:100].get().tobytes() == contents[0]
    assert targets[2].get().tobytes() == contents[2]


def test_a_buffer_that_is_too_small(library: Any) -> None:
    _, targets, sizes, statuses = decompress(library, [bytes(zstd.compress(bytes(100), 3))], 99)
    assert (sizes, bool(statuses[0])) == ([0], True)
    assert not targets[0].any()


def test_addresses_that_are_not_the_devices(library: Any) -> None:
    status = library.nvcompBatchedZstdDecompressAsync(
        1234, 1234, 1234, None, 1, None, 0, 1234, Options(), None, None
    )
    assert status != 0


def test_other_functions_do_not_exist(library: Any) -> None:
    with pytest.raises(AttributeError, match="nvcompBatchedLZ4CompressAsync"):
        _ = library.nvcompBatchedLZ4CompressAsync
