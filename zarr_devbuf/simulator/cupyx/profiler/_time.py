"""Measurement of time."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.visible_modules import visible_module

__all__ = ["benchmark"]


class _PerfCaseResult:
    """The times of all runs, in seconds: a row for the host, and one for each device."""

    def __init__(self, name: str, ts: Any, devices: Any) -> None:
        self.name = name
        self._ts = ts
        self._devices = devices

    @property
    def cpu_times(self) -> Any:
        """The times on the host."""
        return self._ts[0]

    @property
    def gpu_times(self) -> Any:
        """The times on the devices; here, they contain the work of the host."""
        return self._ts[1:]

    @staticmethod
    def _to_str_per_item(device_name: str, t: Any) -> str:
        micro = t * 1e6
        text = f"    {device_name}: {micro.mean():9.03f} us"
        if micro.size > 1:
            text += (
                f"   +/- {micro.std():6.03f} (min: {micro.min():9.03f} / "
                f"max: {micro.max():9.03f}) us"
            )
        return text

    def to_str(self, show_gpu: bool = False) -> str:
        """Return a line with the mean times."""
        parts = [self._to_str_per_item("CPU", self._ts[0])]
        if show_gpu:
            parts += [
                self._to_str_per_item(f"GPU-{device}", times)
                for device, times in zip(self._devices, self._ts[1:], strict=True)
            ]
        return f"{self.name:<20s}:{' '.join(parts)}"

    def __str__(self) -> str:
        return self.to_str(show_gpu=True)

    __repr__ = __str__


def _check(**arguments: Any) -> None:
    expected: dict[str, tuple[type, str]] = {
        "args": (tuple, "should be of tuple type."),
        "kwargs": (dict, "should be of dict type."),
        "n_repeat": (int, "should be an integer."),
        "name": (str, "should be a string."),
        "n_warmup": (int, "should be an integer."),
        "devices": (tuple, "should be of tuple type"),
    }
    for name, (kind, text) in expected.items():
        if name == "devices" and not np.isreal(arguments["max_duration"]):
            raise ValueError("`max_duration` should be given in seconds")
        if not isinstance(arguments[name], kind):
            raise ValueError(f"`{name}` {text}")  # noqa: TRY004


def benchmark(
    func: Any,
    args: Any = (),
    kwargs: Any = None,
    n_repeat: Any = 10000,
    *,
    name: Any = None,
    n_warmup: Any = 10,
    max_duration: Any = math.inf,
    devices: Any = None,
) -> _PerfCaseResult:
    """Call a function many times, and return how long it took."""
    kwargs = {} if kwargs is None else kwargs
    name = func.__name__ if name is None else name
    devices = (current_id(),) if devices is None else devices
    if not callable(func):
        raise ValueError("`func` should be a callable object.")  # noqa: TRY004
    _check(
        args=args,
        kwargs=kwargs,
        n_repeat=n_repeat,
        name=name,
        n_warmup=n_warmup,
        max_duration=max_duration,
        devices=devices,
    )
    cuda = get_namespace().cuda
    before, after = _events(cuda, devices), _events(cuda, devices)
    for _ in range(n_warmup):
        func(*args, **kwargs)
    host_times: list[float] = []
    device_times: list[list[float]] = [[] for _ in devices]
    duration = 0.0
    for _ in range(n_repeat):
        _record(before, devices)
        start = time.perf_counter()
        func(*args, **kwargs)
        host_times.append(time.perf_counter() - start)
        _record(after, devices)
        for times, first, last in zip(device_times, before, after, strict=True):
            last.synchronize()
            elapsed = visible_module("cupy.cuda", cuda).get_elapsed_time(first, last)
            times.append(elapsed * 1e-3)
        duration += time.perf_counter() - start
        if duration > max_duration:
            break
    return _PerfCaseResult(name, np.asarray([host_times, *device_times], float), devices)


def _events(cuda: Any, devices: Any) -> list[Any]:
    events = []
    for device in devices:
        with Device(device):
            events.append(cuda.Event())
    return events


def _record(events: list[Any], devices: Any) -> None:
    for event, device in zip(events, devices, strict=True):
        with Device(device):
            event.record()
