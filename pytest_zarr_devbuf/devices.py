"""A GPU for each pytest-xdist worker.

CUDA numbers the devices that a process sees in the order of ``CUDA_VISIBLE_DEVICES``, and CuPy uses
number 0 by default. So worker ``gw1`` gets the list rotated by one: its own device comes first, and
tests that need several devices still see all of them.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, final

from pytest_zarr_devbuf.options import ON_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Rotation", "in_worker", "needs_device", "rotate_devices"]

VISIBLE = "CUDA_VISIBLE_DEVICES"


def in_worker() -> bool:
    """Return whether this process is a worker of pytest-xdist."""
    return "PYTEST_XDIST_WORKER" in os.environ


def needs_device(backends: Iterable[str]) -> bool:
    """Return whether any of the backends may use a GPU; third-party backends may."""
    return not ON_HOST.issuperset(backends)


@final
@dataclass(frozen=True, slots=True)
class Rotation:
    """A change of ``CUDA_VISIBLE_DEVICES`` in this process."""

    before: str | None
    after: str

    def undo(self) -> None:
        """Restore the variable, unless it has been changed since."""
        if os.environ.get(VISIBLE) != self.after:
            return
        if self.before is None:
            del os.environ[VISIBLE]
        else:
            os.environ[VISIBLE] = self.before


def rotate_devices() -> Rotation | None:
    """Rotate the devices this process sees by the number of its worker.

    Call it before CUDA is initialised; importing CuPy does not initialise it. Nothing changes if
    there is only one device, or if the number of devices is unknown.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    before = os.environ.get(VISIBLE)
    devices = _all_numbers() if before is None else _listed(before)
    if not worker.isdecimal() or len(devices) < 2:
        return None
    first = int(worker) % len(devices)
    after = ",".join([*devices[first:], *devices[:first]])
    os.environ[VISIBLE] = after
    return Rotation(before, after)


def _listed(visible: str) -> Sequence[str]:
    # CUDA ignores the entries after the first invalid one, which is usually -1.
    entries = (entry.strip() for entry in visible.split(","))
    return list(takewhile(lambda entry: entry not in {"", "-1"}, entries))


def _all_numbers() -> Sequence[str]:
    return [str(number) for number in range(_device_count())]


def _device_count() -> int:
    """Return the count of the driver's management library, which does not initialise CUDA."""
    name = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
    try:
        nvml = ctypes.CDLL(name)
        if nvml.nvmlInit_v2() != 0:
            return 0
        try:
            count = ctypes.c_uint(0)
            return count.value if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) == 0 else 0
        finally:
            nvml.nvmlShutdown()
    except (OSError, AttributeError):
        # No driver, or a library without these functions.
        return 0
