"""The order of work of the libraries beside CuPy."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.ordering.programs import made_on, pair
from zarr_devbuf.simulator import StreamHazardError, check_streams, simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", autouse=True)
def simulated() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIM_STREAMS", "eager")
        with simulate_gpu(force=True) as module:
            yield module


@pytest.fixture
def cp(simulated: Any) -> Iterator[Any]:
    with check_streams():
        yield simulated


class TestKvikio:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Any:
        path = tmp_path / "file"
        path.write_bytes(bytes(64))
        return importlib.import_module("kvikio").CuFile(path, "r+")

    def test_writing_waits_for_the_default_stream(self, cp: Any, file: Any) -> None:
        pair(cp)
        assert file.write(cp.arange(8)) == 64
        assert file.write(made_on(cp, cp.cuda.Stream())) == 64

    def test_writing_does_not_wait_for_other_streams(self, cp: Any, file: Any) -> None:
        stream, _ = pair(cp)
        array = made_on(cp, stream)
        with stream, pytest.raises(StreamHazardError, match="read after write"):
            file.write(array)
        stream.synchronize()
        assert file.write(array) == 64

    def test_reading_is_waited_for(self, cp: Any, file: Any) -> None:
        stream, _ = pair(cp)
        array = cp.empty(8, "i8")
        file.read(array)
        with stream:
            assert array.sum() == 0

    def test_reading_into_what_is_in_use(self, cp: Any, file: Any) -> None:
        stream, _ = pair(cp)
        array = made_on(cp, stream)
        with pytest.raises(StreamHazardError, match="write after write"):
            file.pread(array).get()

    def test_on_a_stream(self, cp: Any, file: Any) -> None:
        stream, other = pair(cp)
        array = cp.empty(8, "i8")
        file.raw_read_async(array, stream.ptr)
        with stream:
            array + 1
        with other, pytest.raises(StreamHazardError, match="read after write"):
            array + 1

    def test_waiting_for_input_on_a_stream(self, cp: Any, file: Any) -> None:
        stream, other = pair(cp)
        array = cp.empty(8, "i8")
        assert file.raw_read_async(array, stream.ptr).check_bytes_done() == 64
        with other:
            array + 1


class TestNvcomp:
    @pytest.fixture
    def nvcomp(self) -> Any:
        return importlib.import_module("nvidia.nvcomp")

    def test_a_round_trip(self, cp: Any, nvcomp: Any) -> None:
        codec = nvcomp.Codec(algorithm="LZ4")
        array = cp.arange(100)
        encoded = codec.encode(nvcomp.as_array(array))
        decoded = cp.asarray(codec.decode(encoded)).view("i8")
        assert (decoded == array).all()

    def test_the_stream_of_the_caller(self, cp: Any, nvcomp: Any) -> None:
        stream, _ = pair(cp)
        with stream:
            array = cp.arange(100)
            codec = nvcomp.Codec(algorithm="LZ4", cuda_stream=stream.ptr)
            encoded = cp.asarray(codec.encode(nvcomp.as_array(array, cuda_stream=stream.ptr)))
            encoded + 1

    def test_data_of_another_stream(self, cp: Any, nvcomp: Any) -> None:
        stream, _ = pair(cp)
        array = made_on(cp, stream)
        codec = nvcomp.Codec(algorithm="LZ4")
        with pytest.raises(StreamHazardError, match="read after write"):
            codec.encode(nvcomp.as_array(array))

    @pytest.mark.parametrize("own", [True, False])
    def test_only_a_stream_of_the_codecs_own_counts_as_waited_for(
        self, cp: Any, nvcomp: Any, own: bool
    ) -> None:
        stream, _ = pair(cp)
        array, target = cp.arange(100), cp.zeros(4096, "u1")
        cp.cuda.Device().synchronize()
        options = {} if own else {"cuda_stream": stream.ptr}
        nvcomp.Codec(algorithm="LZ4", **options).encode(nvcomp.as_array(array), target)
        if own:
            target + 1
        else:
            with pytest.raises(StreamHazardError, match="read after write"):
                target + 1

    def test_an_output_in_use(self, cp: Any, nvcomp: Any) -> None:
        stream, _ = pair(cp)
        source, target = cp.arange(100), cp.zeros(4096, "u1")
        cp.cuda.Device().synchronize()
        with stream:
            target.sum()
        codec = nvcomp.Codec(algorithm="LZ4")
        with pytest.raises(StreamHazardError, match="write after read"):
            codec.encode(nvcomp.as_array(source), target)

    def test_copies_to_the_host_wait(self, cp: Any, nvcomp: Any) -> None:
        pair(cp)
        array = nvcomp.as_array(cp.arange(8))
        assert bytes(array.cpu())[:8] == bytes(8)


class TestRmm:
    def test_copies_on_a_stream(self, cp: Any) -> None:
        rmm = importlib.import_module("rmm")
        streams = importlib.import_module("rmm.pylibrmm.stream")
        stream = streams.Stream(flags=streams.CudaStreamFlags.NON_BLOCKING)
        buffer = rmm.DeviceBuffer.to_device(bytes(8), stream=stream)
        with pytest.raises(StreamHazardError, match="read after write"):
            cp.asarray(buffer) + 1
        stream.synchronize()
        assert not (cp.asarray(buffer) + 0).any()

    def test_the_default_stream(self, cp: Any) -> None:
        rmm = importlib.import_module("rmm")
        stream, _ = pair(cp)
        buffer = rmm.DeviceBuffer.to_device(bytes(8))
        with stream:
            assert not cp.asarray(buffer).any()


class TestCudaCore:
    def test_streams_and_events(self, cp: Any) -> None:
        core = importlib.import_module("cuda.core")
        device = core.Device()
        device.set_current()
        first, second = device.create_stream(), device.create_stream()
        buffer = device.allocate(8, stream=first)
        buffer.fill(1, stream=first)
        with pytest.raises(StreamHazardError, match="write after write"):
            buffer.fill(2, stream=second)
        second.wait(first)
        buffer.fill(3, stream=second)
        first.wait(second.record())
        buffer.fill(4, stream=first)
        first.sync()
        assert cp.from_dlpack(buffer).tolist() == [4] * 8


class TestCudaBindings:
    def test_copies_on_a_stream(self, cp: Any) -> None:
        runtime = importlib.import_module("cuda.bindings.runtime")
        error, stream = runtime.cudaStreamCreateWithFlags(1)
        assert error == 0
        array = cp.empty(8, "u1")
        assert runtime.cudaMemsetAsync(array.data.ptr, 3, 8, stream) == (error,)
        with pytest.raises(StreamHazardError, match="read after write"):
            array.sum()
        cp.cuda.Stream.null.synchronize()
        assert runtime.cudaMemsetAsync(array.data.ptr, 3, 8, stream) == (error,)
        assert runtime.cudaStreamSynchronize(stream) == (error,)
        assert array.sum() == 24
