"""cuda.bindings: cuFile, and the functions of the runtime and the driver that libraries call."""

from __future__ import annotations

import ctypes
import gc
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zarr_devbuf import record_transfers
from zarr_devbuf.simulator import limit_memory, memory_in_use, set_device_count, simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

cupy: Any = None
cufile: Any = None
runtime: Any = None
driver: Any = None


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Iterator[None]:
    global cupy, cufile, runtime, driver
    with simulate_gpu(force=True) as cupy:
        cufile, runtime, driver = (
            import_module(f"cuda.bindings.{name}") for name in ("cufile", "runtime", "driver")
        )
        yield


class Description(ctypes.Structure):
    """The structure of a description, as C code sees it."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("padding", ctypes.c_int),
        ("fd", ctypes.c_int),
        ("more", ctypes.c_int),
        ("functions", ctypes.c_void_p),
    )


class TestCuFile:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Iterator[int]:
        path = tmp_path / "file"
        np.arange(1000, dtype="i4").tofile(path)
        descriptor = os.open(path, os.O_RDWR)
        description = cufile.Descr()
        described = Description.from_address(int(description))
        described.type, described.fd = int(cufile.FileHandleType.OPAQUE_FD), descriptor
        handle = cufile.handle_register(int(description))
        yield handle
        cufile.handle_deregister(handle)
        os.close(descriptor)

    def test_reading(self, file: int) -> None:
        array = cupy.zeros(1000, "i4")
        with record_transfers() as log:
            assert cufile.read(file, array.data.ptr, 4000, 0, 0) == 4000
            assert (array == cupy.arange(1000, dtype="i4")).all()
            assert cufile.read(file, array.data.ptr, 8, 40, 4) == 8
            # The end of the file is no error.
            assert cufile.read(file, array.data.ptr, 4000, 3996, 0) == 4
            assert cufile.read(file, array.data.ptr, 4000, 8000, 0) == 0
            assert cufile.read(file, array.data.ptr, 0, 0, 0) == 0
        assert array[:4].tolist() == [999, 10, 11, 3]
        moved = [(each.direction, each.nbytes) for each in log.storage]
        assert moved == [("s2d", 4000), ("s2d", 8), ("s2d", 4)]
        assert log.host_to_device.count == 0

    def test_writing(self, file: int) -> None:
        array = cupy.full(4, 7, "i4")
        with record_transfers() as log:
            assert cufile.write(file, array.data.ptr, 8, 4, 8) == 8
        result = cupy.zeros(4, "i4")
        cufile.read(file, result.data.ptr, 16, 0, 0)
        assert result.tolist() == [0, 7, 7, 3]
        assert [(each.direction, each.nbytes) for each in log.storage] == [("d2s", 8)]

    def test_host_memory(self, file: int) -> None:
        array = np.zeros(10, "i4")
        with record_transfers() as log:
            assert cufile.read(file, array.ctypes.data, 40, 0, 0) == 40
        assert array.tolist() == list(range(10))
        assert log.storage == ()

    def test_on_a_stream(self, file: int) -> None:
        array, stream = cupy.zeros(10, "i4"), cupy.cuda.Stream()
        size, where, offset = ctypes.c_size_t(8), ctypes.c_int64(4), ctypes.c_int64(8)
        done = ctypes.c_ssize_t()
        pointers = [ctypes.addressof(each) for each in (size, where, offset, done)]
        cufile.read_async(file, array.data.ptr, *pointers, stream.ptr)
        assert done.value == 8
        assert array[:4].tolist() == [0, 0, 1, 2]
        cufile.write_async(file, array.data.ptr, *pointers, stream.ptr)
        assert done.value == 8

    def test_errors(self, file: int, tmp_path: Path) -> None:
        array = cupy.zeros(10, "i4")
        errors = cufile.OpError
        assert cufile.read(3, array.data.ptr, 8, 0, 0) == -errors.HANDLE_NOT_REGISTERED
        too_many = cufile.read(file, array.data.ptr, 4000, 0, 0)
        assert too_many == -errors.CUDA_POINTER_RANGE_ERROR
        description = cufile.Descr()
        description.type, description.fs_ops = cufile.FileHandleType.OPAQUE_FD, 0
        description.handle = (-1, -1)
        with pytest.raises(cufile.cuFileError, match="INVALID_VALUE") as error:
            cufile.handle_register(description)
        assert error.value.status == errors.INVALID_VALUE
        description.type = cufile.FileHandleType.OPAQUE_WIN32
        with pytest.raises(cufile.cuFileError, match="INVALID_FILE_TYPE"):
            cufile.handle_register(description)

    def test_the_wrong_direction(self, tmp_path: Path) -> None:
        # As in cuda-python, the number of the operating system's error is none of cuFile's.
        descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
        description = cufile.Descr()
        described = Description.from_address(description.ptr)
        described.type, described.fd = int(cufile.FileHandleType.OPAQUE_FD), descriptor
        handle = cufile.handle_register(description)
        with pytest.raises(ValueError, match="9 is not a valid OpError"):
            cufile.read(handle, cupy.zeros(10).data.ptr, 80, 0, 0)
        os.close(descriptor)

    def test_buffers(self) -> None:
        array = cupy.zeros(10, "i4")
        cufile.buf_register(array.data.ptr, 40, 0)
        with pytest.raises(cufile.cuFileError, match="MEMORY_ALREADY_REGISTERED"):
            cufile.buf_register(array.data.ptr, 40, 0)
        cufile.buf_deregister(array.data.ptr)
        with pytest.raises(cufile.cuFileError, match="MEMORY_NOT_REGISTERED"):
            cufile.buf_deregister(array.data.ptr)
        with pytest.raises(cufile.cuFileError, match="CUDA_POINTER_RANGE_ERROR"):
            cufile.buf_register(array.data.ptr, 4000, 0)
        with pytest.raises(cufile.cuFileError, match="CUDA_POINTER_INVALID"):
            cufile.buf_register(1234, 40, 0)

    def test_settings(self) -> None:
        sizes, switches = cufile.SizeTConfigParameter, cufile.BoolConfigParameter
        cufile.set_parameter_size_t(sizes.EXECUTION_MAX_IO_THREADS, 8)
        assert cufile.get_parameter_size_t(sizes.EXECUTION_MAX_IO_THREADS) == 8
        cufile.set_parameter_bool(switches.EXECUTION_PARALLEL_IO, True)
        assert cufile.get_parameter_bool(switches.EXECUTION_PARALLEL_IO)
        cufile.driver_open()
        cufile.driver_set_poll_mode(True, 4)
        with pytest.raises(cufile.cuFileError, match=r"DRIVER_ALREADY_OPEN \(5026\)"):
            cufile.set_parameter_size_t(sizes.EXECUTION_MAX_IO_THREADS, 4)
        cufile.driver_close()
        assert cufile.get_version() >= 1000

    def test_descriptions(self) -> None:
        pair = cufile.Descr(2)
        pair.type = 1
        assert len(pair) == 2
        assert int(pair[1]) == int(pair) + cufile.Descr.from_ptr(int(pair), 2)._data.itemsize
        assert cufile.Descr.from_ptr(pair.ptr, 2) == pair
        with pytest.raises(IndexError):
            pair[2]
        with pytest.raises(ValueError, match="null"):
            cufile.Descr.from_ptr(0)

    def test_what_is_not_modelled(self) -> None:
        with pytest.raises(NotImplementedError, match=r"cuda\.bindings\.cufile\.batch_io_set_up"):
            cufile.batch_io_set_up(3)


class TestRuntime:
    def test_memory(self) -> None:
        gc.collect()
        before = memory_in_use()
        error, address = runtime.cudaMalloc(100)
        assert error == runtime.cudaError_t.cudaSuccess
        assert memory_in_use() == before + 100
        source, target = np.arange(100, dtype="u1"), bytearray(100)
        kinds = runtime.cudaMemcpyKind
        with record_transfers() as log:
            down, up = kinds.cudaMemcpyDeviceToHost, kinds.cudaMemcpyHostToDevice
            assert runtime.cudaMemcpy(address, source, 100, up) == (error,)
            assert runtime.cudaMemset(address + 1, 7, 2) == (error,)
            assert runtime.cudaMemcpyAsync(target, address, 100, down, 0) == (error,)
        assert target[:4] == bytes([0, 7, 7, 3])
        assert [(each.direction, each.nbytes) for each in log] == [("h2d", 100), ("d2h", 100)]
        default = kinds.cudaMemcpyDefault
        assert runtime.cudaMemcpy(address + 50, address, 4, default) == (error,)
        assert runtime.cudaMemcpy(target, source, 3, default) == (error,)
        assert target[:3] == bytes([0, 1, 2])
        assert runtime.cudaFree(address) == (error,)
        assert memory_in_use() == before
        assert runtime.cudaFree(0) == (error,)

    def test_errors_are_returned(self) -> None:
        errors = runtime.cudaError_t
        assert runtime.cudaFree(12345) == (errors.cudaErrorInvalidValue,)
        with limit_memory(memory_in_use() + 10):
            error, address = runtime.cudaMalloc(100)
        assert error == errors.cudaErrorMemoryAllocation
        assert address is None
        assert runtime.cudaSetDevice(7) == (errors.cudaErrorInvalidDevice,)
        assert runtime.cudaGetErrorName(error) == (0, b"cudaErrorMemoryAllocation")
        assert runtime.cudaGetErrorString(error) == (0, b"out of memory")
        assert runtime.cudaGetLastError() == (errors.cudaSuccess,)
        set_device_count(0)
        try:
            assert runtime.cudaGetDeviceCount() == (errors.cudaErrorNoDevice, None)
        finally:
            set_device_count(1)

    def test_devices_and_streams(self) -> None:
        assert runtime.cudaGetDeviceCount() == (0, 1)
        assert runtime.cudaGetDevice() == (0, 0)
        assert runtime.cudaDeviceSynchronize() == (0,)
        error, free, total = runtime.cudaMemGetInfo()
        assert error == 0
        assert 0 < free <= total
        error, stream = runtime.cudaStreamCreateWithFlags(1)
        assert isinstance(stream, runtime.cudaStream_t)
        assert cupy.cuda.ExternalStream is not None
        assert int(stream) > 0
        assert runtime.cudaStreamSynchronize(stream) == (error,)
        assert runtime.cudaStreamDestroy(stream) == (error,)
        assert runtime.cudaProfilerStart() == runtime.cudaProfilerStop() == (error,)

    def test_managed_memory(self) -> None:
        _, address = runtime.cudaMallocManaged(4, 1)
        ctypes.memmove(address, b"abcd", 4)
        target = bytearray(4)
        runtime.cudaMemcpy(target, address, 4, runtime.cudaMemcpyKind.cudaMemcpyDeviceToHost)
        assert target == b"abcd"
        runtime.cudaFree(address)

    def test_what_is_not_modelled(self) -> None:
        with pytest.raises(NotImplementedError, match=r"cuda\.bindings\.runtime\.cudaGraphCreate"):
            runtime.cudaGraphCreate(0)
        with pytest.raises(NotImplementedError, match=r"runtime\.cudaDeviceProp"):
            runtime.cudaDeviceProp()


class TestDriver:
    def test_memory(self) -> None:
        assert driver.cuInit(0) == (driver.CUresult.CUDA_SUCCESS,)
        error, address = driver.cuMemAlloc(16)
        assert isinstance(address, driver.CUdeviceptr)
        assert driver.cuMemcpyHtoD(address, bytes(range(16)), 16) == (error,)
        assert driver.cuMemsetD8(address, 9, 2) == (error,)
        other = driver.cuMemAlloc(16)[1]
        assert driver.cuMemcpyDtoD(other, address, 16) == (error,)
        target = bytearray(16)
        assert driver.cuMemcpyDtoH(target, other, 16) == (error,)
        assert target == bytes([9, 9, *range(2, 16)])
        for each in (address, other):
            assert driver.cuMemFree(each) == (error,)
        assert driver.cuMemFree(other) == (driver.CUresult.CUDA_ERROR_INVALID_VALUE,)

    def test_devices(self) -> None:
        assert driver.cuDeviceGetCount() == (0, 1)
        _, device = driver.cuDeviceGet(0)
        assert int(device) == 0
        assert driver.cuDeviceGet(3) == (driver.CUresult.CUDA_ERROR_INVALID_DEVICE, None)
        assert b"simulated" in driver.cuDeviceGetName(100, device)[1]
        assert driver.cuGetErrorName(driver.CUresult(2))[1] == b"CUDA_ERROR_OUT_OF_MEMORY"
        assert driver.cuDriverGetVersion()[1] > 12000

    def test_handles(self) -> None:
        assert driver.CUstream(3) == driver.CUstream(3) != driver.CUstream(4)
        assert driver.CUstream(3) != driver.CUevent(3)
        assert hash(driver.CUstream(3)) == hash(driver.CUstream(3))
        assert repr(driver.CUstream(3)) == "<CUstream 0x3>"
