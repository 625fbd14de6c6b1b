"""Devices, streams and threads of the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf.simulator import CUDARuntimeError, device_count, set_device_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def two_devices() -> Iterator[None]:
    before = device_count()
    set_device_count(2)
    yield
    set_device_count(before)


def on(device: int) -> Any:
    with xp.cuda.Device(device):
        return xp.arange(4)


@pytest.mark.usefixtures("two_devices")
def test_rule_20_each_thread_has_its_current_device() -> None:
    seen: list[int] = []
    with xp.cuda.Device(1):
        thread = threading.Thread(target=lambda: seen.append(xp.cuda.Device().id))
        thread.start()
        thread.join()
        assert xp.cuda.Device().id == 1
    assert seen == [0]
    assert xp.cuda.Device().id == 0


def test_rule_20_each_thread_has_its_current_stream() -> None:
    seen: list[Any] = []
    with xp.cuda.Stream() as stream:
        thread = threading.Thread(target=lambda: seen.append(xp.cuda.get_current_stream()))
        thread.start()
        thread.join()
        assert xp.cuda.get_current_stream() == stream
    assert seen == [xp.cuda.Stream.null]
    assert xp.cuda.get_current_stream() == xp.cuda.Stream.null


@pytest.mark.usefixtures("two_devices")
def test_arrays_of_two_devices_do_not_mix() -> None:
    here, there = on(0), on(1)
    assert (here.device.id, there.device.id) == (0, 1)
    message = "Peer access is unavailable between these devices"
    operations: tuple[Callable[[], Any], ...] = (
        lambda: here + there,
        lambda: there + 1,
        lambda: xp.concatenate([here, there]),
        there.sum,
        lambda: here.__setitem__(slice(None), there[::-1]),
    )
    for operate in operations:
        with pytest.raises(ValueError, match=message):
            operate()


@pytest.mark.usefixtures("two_devices")
def test_a_copy_is_on_the_current_device() -> None:
    there = on(1)
    assert there.copy().device.id == 0
    assert xp.array(there).device.id == 0
    assert there.get().tolist() == [0, 1, 2, 3]


@pytest.mark.usefixtures("two_devices")
def test_unknown_devices_are_rejected() -> None:
    with pytest.raises(CUDARuntimeError, match="cudaErrorInvalidDevice"), xp.cuda.Device(2):
        pass
    with pytest.raises(CUDARuntimeError):
        xp.cuda.runtime.setDevice(-1)
    with pytest.raises(ValueError, match="negative"):
        set_device_count(-1)


def test_the_environment_sets_the_number_of_devices() -> None:
    code = "import zarr_devbuf.simulator.cupy as xp; print(xp.cuda.runtime.getDeviceCount())"
    environment = os.environ | {"SIM_DEVICES": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "3"


def test_device_properties() -> None:
    assert xp.cuda.is_available()
    assert xp.is_available()
    assert xp.cuda.Device(0).compute_capability.isdigit()
    free, total = xp.cuda.runtime.memGetInfo()
    assert 0 < free <= total
    assert xp.cuda.runtime.getDeviceProperties(0)["name"]
    xp.cuda.Device(0).synchronize()
    xp.cuda.runtime.deviceSynchronize()


def test_streams_and_events() -> None:
    start, stop = xp.cuda.Event(), xp.cuda.Event()
    with xp.cuda.Stream(non_blocking=True) as stream:
        start.record()
        stop.record(stream)
        stream.wait_event(stop)
        stream.synchronize()
        called: list[int] = []
        stream.launch_host_func(called.append, 5)
    assert called == [5]
    assert stop.done
    assert xp.cuda.get_elapsed_time(start, stop) >= 0
    assert xp.arange(3).get(stream=stream).tolist() == [0, 1, 2]


def test_threads_do_not_disturb_each_other() -> None:
    def work(seed: int) -> bool:
        host = np.random.default_rng(seed).random((64, 64))
        for _ in range(30):
            device = xp.asarray(host)
            part = device[::2, [0, 3, 5]] * 2 + 1
            if not np.array_equal(part.get(), host[::2][:, [0, 3, 5]] * 2 + 1):
                return False
        return True

    pool = xp.get_default_memory_pool()
    before = pool.used_bytes()
    with ThreadPoolExecutor(6) as executor:
        assert all(executor.map(work, range(12)))
    assert pool.used_bytes() == before
