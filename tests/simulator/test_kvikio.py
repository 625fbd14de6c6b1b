"""kvikio: the same tests with the simulator, and with kvikio and CuPy themselves if they work."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zarr_devbuf import get_backend, record_transfers
from zarr_devbuf.simulator import simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

cupy: Any = None
kvikio: Any = None
is_real = False


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Iterator[None]:
    global cupy, kvikio, is_real  # noqa: PLW0603
    real = get_backend("gpu")
    is_real = real.unavailable_reason() is None and "simulated" not in real.device_names()[0]
    if is_real:
        pytest.importorskip("kvikio")
        cupy, kvikio = import_module("cupy"), import_module("kvikio")
        import_module("kvikio.defaults")
        yield
        return
    with simulate_gpu() as cupy:
        kvikio = import_module("kvikio")
        import_module("kvikio.defaults")
        yield


@pytest.fixture
def simulated() -> None:
    if is_real:
        pytest.skip("of the simulator alone")


@pytest.fixture(params=["device", "host"])
def xp(request: pytest.FixtureRequest) -> Any:
    return cupy if request.param == "device" else np


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the numbers 0 to 999 in 4 bytes each."""
    np.arange(1000, dtype="i4").tofile(tmp_path / "file")
    return tmp_path / "file"


def content(path: Path) -> list[int]:
    return np.fromfile(path, "i4").tolist()


SIZES = (0, 1, 100, 4096, 10_000)


class TestTransfers:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("raw", [False, True])
    def test_round_trip(self, tmp_path: Path, xp: Any, size: int, raw: bool) -> None:
        if raw and xp is np:
            pytest.skip("raw transfers are of device memory")
        values = xp.arange(size, dtype="i4")
        with kvikio.CuFile(tmp_path / "file", "w+") as file:
            write, read = (file.raw_write, file.raw_read) if raw else (file.write, file.read)
            assert write(values) == values.nbytes
            result = xp.zeros_like(values)
            assert read(result) == values.nbytes
        assert result.tolist() == values.tolist() == content(tmp_path / "file")

    def test_offset_in_the_file(self, path: Path, xp: Any) -> None:
        values = xp.zeros(10, "i4")
        with kvikio.CuFile(path, "r+") as file:
            assert file.read(values, size=8, file_offset=40) == 8
            assert values.tolist() == [10, 11, *[0] * 8]
            assert file.write(values[:1], file_offset=4000 - 4) == 4
        assert content(path)[-2:] == [998, 10]

    def test_a_file_grows(self, tmp_path: Path, xp: Any) -> None:
        with kvikio.CuFile(tmp_path / "file", "w") as file:
            file.write(xp.ones(4, "u1"), file_offset=100)
        assert (tmp_path / "file").read_bytes() == bytes(100) + b"\1" * 4

    def test_offset_in_device_memory(self, path: Path) -> None:
        values = cupy.zeros(10, "i4")
        with kvikio.CuFile(path, "r+") as file:
            assert file.raw_read(values, size=8, file_offset=4, dev_offset=16) == 8
            assert values.tolist() == [0, 0, 0, 0, 1, 2, 0, 0, 0, 0]
            assert file.raw_write(values, size=8, dev_offset=16) == 8
        assert content(path)[:3] == [1, 2, 2]

    def test_views_and_layouts(self, path: Path, xp: Any) -> None:
        values = xp.zeros((10, 100), "i4", order="F")
        with kvikio.CuFile(path) as file:
            assert file.read(values) == 4000
            assert values.ravel("K").tolist() == list(range(1000))
            part = xp.zeros(100, "i4")
            assert file.read(part[50:60]) == 40
            assert part[50:60].tolist() == list(range(10))
            assert part[:50].tolist() == [0] * 50
            for strided in (part[::2], part[::-1]):
                with pytest.raises(ValueError, match="Array must be contiguous"):
                    file.read(strided)

    def test_sizes(self, path: Path, xp: Any) -> None:
        values = xp.zeros(10, "i4")
        with kvikio.CuFile(path) as file:
            assert file.read(values, size=0) == 0
            assert file.read(values, size=3.5) == 3
            assert file.read(xp.zeros((), "i4")) == 4
            with pytest.raises(ValueError, match="Size is greater than the size of the buffer"):
                file.read(values, size=41)
            for arguments in ({"size": -1}, {"file_offset": -1}, {"task_size": -1}):
                with pytest.raises(OverflowError, match="negative value to size_t"):
                    file.read(values, **arguments)
            assert file.read(values, task_size=3) == 40

    def test_buffers_of_python(self, path: Path) -> None:
        given = bytearray(8)
        with kvikio.CuFile(path, "r+") as file:
            assert file.read(given) == 8
            assert given == b"\0\0\0\0\1\0\0\0"
            assert file.write(b"\5\0\0\0") == 4
            for wrong in ([1, 2], 3):
                with pytest.raises(TypeError, match="a bytes-like object is required, not"):
                    file.read(wrong)
        assert content(path)[:2] == [5, 1]

    def test_raw_transfers_of_host_memory(self, path: Path) -> None:
        with kvikio.CuFile(path) as file:
            for call in (file.raw_read, lambda array: file.raw_read_async(array, 0)):
                with pytest.raises(ValueError, match="Non-CUDA buffers not supported"):
                    call(np.zeros(3))

    def test_the_array_interface_is_enough(self, path: Path) -> None:
        array = cupy.zeros(10, "i4")

        class Exporter:
            __cuda_array_interface__ = array.__cuda_array_interface__

        with kvikio.CuFile(path) as file:
            assert file.read(Exporter()) == 40
        assert array.tolist() == list(range(10))

    def test_memory_that_does_not_exist(self, path: Path) -> None:
        class Exporter:
            __cuda_array_interface__ = {
                "shape": (4,),
                "typestr": "<i4",
                "data": (123456, False),
                "version": 3,
            }

        with (
            kvikio.CuFile(path) as file,
            pytest.raises(RuntimeError, match="POSIX error on pread: Bad address"),
        ):
            file.read(Exporter())

    def test_beyond_an_allocation(self, path: Path, simulated: None) -> None:
        # On a GPU, the memory of another array is overwritten.
        with kvikio.CuFile(path) as file, pytest.raises(RuntimeError, match="INVALID_VALUE"):
            file.raw_read(cupy.zeros(10, "i4"), size=8, dev_offset=512)


class TestFiles:
    def test_states(self, path: Path) -> None:
        file: Any = kvikio.CuFile(path)
        assert not file.closed
        assert isinstance(file.closed, bool)
        assert file.open_flags() & os.O_ACCMODE == os.O_RDONLY
        assert os.fstat(file.fileno()).st_size == 4000
        file.close()
        assert file.closed
        assert file.fileno() == -1
        assert not file.is_direct_io_supported()
        with pytest.raises(RuntimeError, match="Unable to retrieve open flags"):
            file.open_flags()
        file.close()

    @pytest.mark.parametrize(
        ("flags", "expected"),
        [("r", os.O_RDONLY), ("r+", os.O_RDWR), ("w", os.O_WRONLY), ("w+", os.O_RDWR)],
    )
    def test_flags(self, path: Path, flags: str, expected: int) -> None:
        with kvikio.CuFile(path, flags) as file:
            assert file.open_flags() & os.O_ACCMODE == expected
        assert path.stat().st_size == (0 if flags[0] == "w" else 4000)

    def test_flags_of_python(self, path: Path) -> None:
        # Only "+" as the second character counts.
        with kvikio.CuFile(path, "r+b") as file:
            assert file.open_flags() & os.O_ACCMODE == os.O_RDWR
        with kvikio.CuFile(path, "rb+") as file:
            assert file.open_flags() & os.O_ACCMODE == os.O_RDONLY

    @pytest.mark.parametrize("kind", [str, os.fsencode, lambda path: path])
    def test_kinds_of_paths(self, path: Path, kind: Callable[[Any], Any]) -> None:
        with kvikio.CuFile(kind(path)) as file:
            assert not file.closed
        with pytest.raises(TypeError):
            kvikio.CuFile(3)

    def test_what_cannot_be_opened(self, path: Path) -> None:
        with pytest.raises(RuntimeError, match=r"Unable to open file.*No such file or directory"):
            kvikio.CuFile(path.with_name("none"))
        with pytest.raises(RuntimeError, match=r"Unable to open file.*Is a directory"):
            kvikio.CuFile(path.parent, "w")
        with pytest.raises(ValueError, match="Open flag 'a' isn't supported"):
            kvikio.CuFile(path, "a")
        for flags in ("x", "", "+r"):
            with pytest.raises(ValueError, match="Unknown file open flag"):
                kvikio.CuFile(path, flags)

    def test_the_wrong_direction(self, path: Path, xp: Any) -> None:
        values = xp.zeros(10_000, "i4")
        reading, writing = kvikio.CuFile(path, "r"), kvikio.CuFile(path.with_name("other"), "w")
        for call in (reading.write, writing.read, reading.pwrite, writing.pread):
            with pytest.raises(RuntimeError, match="Operation not permitted"):  # noqa: PT012
                result = call(values)
                # The error of large transfers comes with the result.
                result.get()

    def test_a_closed_file(self, path: Path, xp: Any) -> None:
        file = kvikio.CuFile(path, "r+")
        file.close()
        for call in (file.read, file.write):
            with pytest.raises(RuntimeError, match="Operation not permitted"):
                call(xp.zeros(10, "i4"))

    def test_the_end_of_the_file(self, path: Path, xp: Any) -> None:
        with kvikio.CuFile(path) as file:
            for arguments in ({}, {"file_offset": 3996}, {"file_offset": 9000}):
                with pytest.raises(RuntimeError, match="POSIX error on pread: EOF"):
                    file.read(xp.zeros(1001, "i4"), **arguments)


class TestFutures:
    @pytest.mark.parametrize("size", [10, 10_000])
    def test_result(self, tmp_path: Path, xp: Any, size: int) -> None:
        values = xp.arange(size, dtype="i4")
        with kvikio.CuFile(tmp_path / "file", "w+") as file:
            assert file.pwrite(values).get() == values.nbytes
            result = xp.zeros_like(values)
            future = file.pread(result)
            assert type(future).__name__ == "IOFuture"
            while not future.done():
                pass
            assert future.get() == values.nbytes
        assert result.tolist() == values.tolist()

    def test_it_is_asked_once(self, path: Path, xp: Any) -> None:
        with kvikio.CuFile(path) as file:
            future = file.pread(xp.zeros(1000, "i4"))
            assert future.get() == 4000
            with pytest.raises(RuntimeError, match="No associated state"):
                future.get()
            with pytest.raises(ValueError, match="does not refer to a valid shared state"):
                future.done()

    def test_what_nobody_waits_for_is_late(self, tmp_path: Path, simulated: None) -> None:
        np.arange(10_000, dtype="i4").tofile(tmp_path / "file")
        small, large = cupy.zeros(10, "i4"), cupy.zeros(10_000, "i4")
        with kvikio.CuFile(tmp_path / "file") as file:
            futures = file.pread(small), file.pread(large)
            assert small.tolist() == list(range(10))
            assert large.sum() == 0
            futures[1].get()
            assert large.sum() == sum(range(10_000))
            late = file.pread(large)
        with pytest.raises(RuntimeError, match="Operation not permitted"):
            late.get()

    def test_what_nobody_asks_for_happens(self, tmp_path: Path, simulated: None) -> None:
        with kvikio.CuFile(tmp_path / "file", "w") as file:
            file.pwrite(np.arange(10, dtype="i4"))
        assert content(tmp_path / "file") == list(range(10))

    def test_on_a_stream(self, path: Path) -> None:
        stream = cupy.cuda.Stream()
        values, other = cupy.zeros(1000, "i4"), cupy.full(2, 7, "i4")
        with kvikio.CuFile(path, "r+") as file:
            future = file.raw_read_async(values, stream.ptr)
            assert type(future).__name__ == "IOFutureStream"
            assert future.check_bytes_done() == future.check_bytes_done() == 4000
            assert file.raw_write_async(other, stream.ptr, 4, 8, 4).check_bytes_done() == 4
            with pytest.raises(TypeError):
                file.raw_read_async(values, stream)
            with pytest.raises(RuntimeError, match="EOF"):
                file.raw_read_async(cupy.zeros_like(values), stream.ptr, None, 8).check_bytes_done()
        assert values.tolist() == list(range(1000))
        assert content(path)[:4] == [0, 1, 7, 3]


class TestLedger:
    def test_storage_is_recorded_apart(self, tmp_path: Path, simulated: None) -> None:
        values = cupy.arange(100, dtype="i4")
        with record_transfers() as log, kvikio.CuFile(tmp_path / "file", "w+") as file:
            file.write(values)
            file.pread(values).get()
            file.raw_read(values, size=8)
            file.read(np.zeros(100, "i4"))
        moved = [(each.direction, each.nbytes) for each in log.storage]
        assert moved == [("d2s", 400), ("s2d", 400), ("s2d", 8)]
        assert "test_kvikio.py" in log.storage[0].where
        assert len(log) == 0

    def test_what_is_not_possible_moves_nothing(self, path: Path, simulated: None) -> None:
        with (
            record_transfers() as log,
            kvikio.CuFile(path) as file,
            pytest.raises(ValueError, match="contiguous"),
        ):
            file.read(cupy.zeros(10, "i4")[::2])
        assert log.storage == ()


class TestDefaults:
    def test_values(self) -> None:
        get = kvikio.defaults.get
        names = ("task_size", "gds_threshold", "bounce_buffer_size", "http_timeout")
        assert [get(name) for name in names] == [4 << 20, 16 << 10, 16 << 20, 60]
        assert get("http_status_codes") == [429, 500, 502, 503, 504]
        assert get("num_threads") == get("thread_pool_nthreads")
        assert get("compat_mode") == kvikio.CompatMode.AUTO
        assert kvikio.defaults.is_compat_mode_preferred()

    def test_a_block_restores(self) -> None:
        old = kvikio.defaults.get("task_size")
        with kvikio.defaults.set({"task_size": 7, "num_threads": 3}) as given:
            assert given is None
            with kvikio.defaults.set("task_size", 8):
                assert kvikio.defaults.get("task_size") == 8
            assert kvikio.defaults.get("task_size") == 7
            assert kvikio.defaults.get("thread_pool_nthreads") == 3
        assert kvikio.defaults.get("task_size") == old

    @pytest.mark.parametrize(
        ("name", "value", "error"),
        [
            ("none", 1, KeyError),
            ("task_size", 0, ValueError),
            ("task_size", -1, OverflowError),
            ("task_size", "x", TypeError),
            ("num_threads", 0, ValueError),
            ("bounce_buffer_size", 0, ValueError),
            ("http_max_attempts", 0, ValueError),
            ("http_timeout", 0, ValueError),
            ("http_status_codes", 0, TypeError),
            ("http_status_codes", ["a"], TypeError),
            ("gds_threshold", -1, OverflowError),
            ("compat_mode", "ON", TypeError),
            ("remote_io_num_reactors", 0, ValueError),
        ],
    )
    def test_wrong_values(self, name: str, value: Any, error: type[Exception]) -> None:
        with pytest.raises(error):
            kvikio.defaults.set(name, value)

    def test_wrong_arguments(self) -> None:
        for arguments in (("task_size",), (1, 2), (1, 2, 3), ()):
            with pytest.raises(ValueError, match="Valid arguments are"):
                kvikio.defaults.set(*arguments)
        with pytest.raises(ValueError, match="remaining lifetime"):
            kvikio.defaults.set({"remote_io_num_reactors": 1})
        with pytest.raises(KeyError):
            kvikio.defaults.get("none")

    def test_cufile_is_demanded(self, path: Path) -> None:
        with kvikio.defaults.set("compat_mode", kvikio.CompatMode.OFF):
            assert not kvikio.defaults.is_compat_mode_preferred()
            with pytest.raises(RuntimeError, match="cuFile error"):
                kvikio.CuFile(path)

    def test_bounce_buffers(self, path: Path) -> None:
        kvikio.bounce_buffer_free()
        with (
            kvikio.defaults.set({"bounce_buffer_size": 1024, "num_threads": 1}),
            kvikio.CuFile(path) as file,
        ):
            file.read(cupy.zeros(10, "i4"))
            assert kvikio.bounce_buffer_free() == 1024
            assert kvikio.bounce_buffer_free() == 0

    def test_registration(self) -> None:
        array = cupy.zeros(10)
        assert kvikio.memory_register(array) is None
        assert kvikio.memory_deregister(array) is None
        with pytest.raises(RuntimeError, match="CUDA_ERROR_INVALID_VALUE"):
            kvikio.memory_register(np.zeros(10))
        stream = cupy.cuda.Stream()
        kvikio.stream_register(stream.ptr, 0)
        kvikio.stream_deregister(stream.ptr)

    def test_the_driver(self) -> None:
        driver = import_module("kvikio.cufile_driver")
        assert driver.get("is_gds_available") is False
        with driver.set("poll_thresh_size", 1024):
            assert driver.get("poll_thresh_size") == 1024
        assert driver.get("poll_thresh_size") == 4
        with pytest.raises(KeyError, match="read-only"):
            driver.set("major_version", 1)
        with pytest.raises(KeyError):
            driver.get("none")
        with pytest.raises(RuntimeError, match="Unable to open GDS file driver"):
            driver.driver_open()
        assert driver.libcufile_version() >= (1, 0)

    def test_page_cache(self, path: Path) -> None:
        cached, pages = kvikio.get_page_cache_info(path)
        assert 0 <= cached <= pages == 1
        assert kvikio.get_page_cache_info(path, 5000) == (0, 0)
        with path.open("rb") as file:
            assert kvikio.get_page_cache_info(file)[1] == 1
            assert kvikio.get_page_cache_info(file.fileno())[1] == 1
        kvikio.drop_file_page_cache(path)
        with pytest.raises(ValueError, match="The type of `file` must be"):
            kvikio.get_page_cache_info(1.5)
        with pytest.raises(RuntimeError, match="Unable to open file"):
            kvikio.get_page_cache_info(path.with_name("none"))


class TestNumPy:
    @pytest.mark.parametrize("dtype", ["u1", "i8", "f4"])
    def test_fromfile_and_tofile(self, tmp_path: Path, xp: Any, dtype: str) -> None:
        numpy = import_module("kvikio.numpy")
        path = tmp_path / "file"
        values = xp.arange(100, dtype=dtype)
        numpy.tofile(values, path)
        like = numpy.LikeWrapper(like=xp.empty(()))
        for given in (path, str(path)):
            result = np.fromfile(given, dtype=dtype, like=like)
            assert type(result) is type(values)
            assert result.tolist() == values.tolist()
        part = np.fromfile(path, dtype=dtype, count=10, offset=values.itemsize, like=like)
        assert part.tolist() == list(range(1, 11))
        numpy.tofile(values[::2], path)
        assert numpy.fromfile(path, dtype, like=xp.empty(())).tolist() == list(range(0, 100, 2))
        with path.open("rb") as file:
            assert numpy.fromfile(file, dtype, like=xp.empty(())).size == 50

    def test_errors(self, path: Path) -> None:
        numpy = import_module("kvikio.numpy")
        like = numpy.LikeWrapper(like=cupy.empty(()))
        with pytest.raises(FileNotFoundError):
            np.fromfile(path.with_name("none"), like=like)
        with pytest.raises(NotImplementedError, match="Non-default value of the `sep`"):
            np.fromfile(path, sep=",", like=like)


class TestMmap:
    def test_read(self, path: Path, xp: Any) -> None:
        mapped = kvikio.Mmap(path)
        assert (mapped.initial_map_size(), mapped.initial_map_offset()) == (4000, 0)
        assert (mapped.file_size(), mapped.closed()) == (4000, False)
        values = xp.zeros(1000, "i4")
        assert mapped.read(values) == 4000
        assert values.tolist() == list(range(1000))
        assert mapped.read(values, 8, 4) == 8
        assert values[:3].tolist() == [1, 2, 2]
        assert mapped.read(values, None, 3996) == 4
        assert mapped.read(values, 0, 5) == 0
        assert mapped.pread(values).get() == 4000
        mapped.close()
        assert mapped.closed()
        assert (mapped.initial_map_size(), mapped.file_size()) == (0, 0)
        with pytest.raises(RuntimeError, match="closed MmapHandle"):
            mapped.read(values)

    def test_a_part(self, path: Path, xp: Any) -> None:
        mapped = kvikio.Mmap(path, "r", 100, 48)
        values = xp.zeros(1000, "i4")
        assert mapped.read(values, 100, 48) == 100
        assert values[:25].tolist() == list(range(12, 37))
        for size, offset in ((101, 48), (4, 44), (None, 48), (None, 0)):
            with pytest.raises(IndexError, match="Read is out of bound"):
                mapped.read(values, size, offset)
        with pytest.raises(ValueError, match="Size is greater than the size of the buffer"):
            mapped.read(xp.zeros(2, "i4"), 100, 48)

    def test_errors(self, path: Path) -> None:
        with pytest.raises(RuntimeError, match="Unable to open file"):
            kvikio.Mmap(path.with_name("none"))
        for flags in ("", "a", "z"):
            with pytest.raises(ValueError, match="Unknown file open flag"):
                kvikio.Mmap(path, flags)
        with pytest.raises(ValueError, match="write is not supported"):
            kvikio.Mmap(path, "w")
        with pytest.raises(IndexError, match="Offset must be less than the file size"):
            kvikio.Mmap(path, "r", None, 4000)
        with pytest.raises(IndexError, match="past the end of file"):
            kvikio.Mmap(path, "r", 4001)
        with pytest.raises(ValueError, match="should not be zero byte"):
            kvikio.Mmap(path, "r", 0)
        with pytest.raises(RuntimeError, match="Cannot create memory mapping"):
            kvikio.Mmap(path.parent)
        mapped = kvikio.Mmap(path)
        with pytest.raises(RuntimeError, match="bounce buffer size"):
            mapped.pread(cupy.zeros(1000, "i4"), task_size=1 << 40)

    def test_memory_that_is_too_small(self, path: Path) -> None:
        # kvikio reads up to the end of the file, whatever the size of the memory.
        with pytest.raises(RuntimeError, match="CUDA_ERROR_INVALID_VALUE"):
            kvikio.Mmap(path).read(cupy.zeros(4, "i4"))


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves parts of files; names say what is wrong with it."""

    failures = 0

    def log_message(self, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        file = Path(self.directory) / self.path[1:]
        if not file.exists():
            self.send_error(404)
            return
        self.send_response(200)
        if "without_length" not in self.path:
            self.send_header("Content-Length", str(file.stat().st_size))
        self.end_headers()

    def do_GET(self) -> None:
        if Handler.failures:
            Handler.failures -= 1
            self.send_error(503)
            return
        body = (Path(self.directory) / self.path[1:]).read_bytes()
        if "without_ranges" not in self.path:
            start, end = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            body = body[start : end + 1]
        self.send_response(206)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server(path: Path) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(path.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestRemoteFile:
    def test_read(self, server: str, xp: Any) -> None:
        values = xp.zeros(1000, "i4")
        with kvikio.RemoteFile.open_http(f"{server}/file") as file:
            assert file.nbytes() == 4000
            assert str(file) == f'<RemoteFile "{server}/file">'
            assert file.remote_endpoint_type() == kvikio.RemoteEndpointType.HTTP
            assert file.read(values) == 4000
            assert values.tolist() == list(range(1000))
            assert file.read(values, 8, 4) == 8
            assert values[:3].tolist() == [1, 2, 2]
            assert file.pread(values, size=0).get() == 0
            with pytest.raises(ValueError, match=r"cannot read 3996\+8 bytes into a 4000 bytes"):
                file.pread(values, 8, 3996)

    def test_the_ledger(self, server: str, simulated: None) -> None:
        with record_transfers() as log:
            kvikio.RemoteFile.open_http(f"{server}/file").read(cupy.zeros(10, "i4"))
        assert [(each.direction, each.nbytes) for each in log.storage] == [("s2d", 40)]
        assert len(log) == 0

    def test_errors(self, server: str, path: Path) -> None:
        open_http = kvikio.RemoteFile.open_http
        with pytest.raises(RuntimeError, match="The requested URL returned error: 404"):
            open_http(f"{server}/none")
        assert open_http(f"{server}/none", nbytes=4).nbytes() == 4
        for name in ("without_length", "without_ranges"):
            path.with_name(name).write_bytes(bytes(100))
        with pytest.raises(RuntimeError, match="content-length not provided by the server"):
            open_http(f"{server}/without_length")
        with pytest.raises(OverflowError, match="the server doesn't support file ranges"):
            open_http(f"{server}/without_ranges").read(cupy.zeros(8, "u1"))
        with pytest.raises(RuntimeError, match="curl_easy_perform"):
            open_http("http://127.0.0.1:1/file")

    def test_a_busy_server(self, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
        file = kvikio.RemoteFile.open_http(f"{server}/file")
        monkeypatch.setattr(Handler, "failures", 1)
        assert file.read(cupy.zeros(10, "i4")) == 40
        assert Handler.failures == 0
        monkeypatch.setattr(Handler, "failures", 9)
        with (
            kvikio.defaults.set("http_max_attempts", 1),
            pytest.raises(RuntimeError, match=r"maximum number of attempts \(1\).*code 503"),
        ):
            file.read(cupy.zeros(10, "i4"))

    def test_open_by_kind(self, server: str) -> None:
        kinds, remote = kvikio.RemoteEndpointType, kvikio.RemoteFile
        assert remote.open(f"{server}/file").remote_endpoint_type() == kinds.HTTP
        with pytest.raises(RuntimeError, match="Invalid URL for S3 endpoint"):
            remote.open(f"{server}/file", kinds.S3)
        with pytest.raises(RuntimeError, match="HTTP is not in the allowlist"):
            remote.open(f"{server}/file", kinds.HTTP, [kinds.S3])
        for address in ("ftp://x/y", "x", ""):
            with pytest.raises(RuntimeError):
                remote.open(address)

    @pytest.mark.parametrize(
        ("address", "kind"),
        [
            ("http://a/b", "HTTP"),
            ("https://b.s3.us-east-1.amazonaws.com/o", "S3_PUBLIC"),
            ("https://s3-us-east-1.amazonaws.com/b/o", "S3_PUBLIC"),
            ("s3://b/o", "S3_PUBLIC"),
            ("http://h:9870/webhdfs/v1/x", "WEBHDFS"),
            (
                "https://b.s3.amazonaws.com/o?X-Amz-Algorithm=A&X-Amz-Signature=x",
                "S3_PRESIGNED_URL",
            ),
        ],
    )
    def test_kinds(self, address: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
        assert kvikio.infer_remote_endpoint_type(address).name == kind

    def test_others_are_refused_by_name(self, simulated: None) -> None:
        with pytest.raises(NotImplementedError, match=r"kvikio\.RemoteFile\.open_s3"):
            kvikio.RemoteFile.open_s3("bucket", "object")
        with pytest.raises(NotImplementedError, match="S3 public"):
            kvikio.RemoteFile.open("s3://bucket/object")
        with pytest.raises(NotImplementedError, match=r"kvikio\.statistics\.SummaryMonitor"):
            kvikio.SummaryMonitor()
