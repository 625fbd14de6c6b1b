"""The simulated devices: how many there are, and which one a thread uses."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Self

from zarr_devbuf.simulator._core.errors import CUDARuntimeError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "Device",
    "current_id",
    "device_count",
    "peer_error",
    "require_device",
    "set_device_count",
    "use",
]


def _count_from_environment() -> int:
    text = os.environ.get("SIM_DEVICES", "1")
    try:
        count = int(text)
    except ValueError:
        raise ValueError(f"SIM_DEVICES must be a number of devices, not {text!r}") from None
    if count < 0:
        raise ValueError(f"SIM_DEVICES must not be negative, it is {count}")
    return count


class _Current(threading.local):
    """The device that a thread works on: the first, until the thread picks another."""

    id = 0


_current = _Current()
_count = _count_from_environment()


def device_count() -> int:
    """Return how many devices are simulated."""
    return _count


def set_device_count(count: int) -> None:
    """Simulate that many devices from now on, in the whole process.

    Parameters
    ----------
    count
        With 0 the simulator behaves like a machine that has a driver and no GPU.
    """
    global _count  # noqa: PLW0603
    if count < 0:
        raise ValueError(f"the number of devices must not be negative, got {count}")
    _count = count


def current_id() -> int:
    """Return the id of the device that this thread uses."""
    return _current.id


def require_device(device_id: int) -> int:
    """Return the id, or raise CUDA's error for one that is not there."""
    if not _count:
        raise CUDARuntimeError(100)
    if not 0 <= device_id < _count:
        raise CUDARuntimeError(101)
    return device_id


def use(device_id: int) -> None:
    """Make a device this thread's own from here on."""
    _current.id = require_device(device_id)


def peer_error(array_device: int) -> ValueError:
    """Make the error for an operand on another device than the thread's."""
    return ValueError(
        f"The device where the array resides ({array_device}) is different from the current "
        f"device ({_current.id}). Peer access is unavailable between these devices."
    )


class Device:
    """One simulated device; as a context manager, this thread's device for a block."""

    __slots__ = ("_stack", "id")

    def __init__(self, device: int | Device | None = None) -> None:
        self.id: int = current_id() if device is None else int(device)
        self._stack: list[int] = []

    def __int__(self) -> int:
        return self.id

    def __enter__(self) -> Self:
        previous = current_id()
        use(self.id)
        self._stack.append(previous)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _current.id = self._stack.pop()

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"

    def __hash__(self) -> int:
        return self.id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.id == other.id

    def __lt__(self, other: Device) -> bool:
        return self.id < other.id

    def __reduce__(self) -> tuple[type[Device], tuple[int]]:
        return type(self), (self.id,)

    def use(self) -> None:
        """Make this device the thread's own from here on."""
        use(self.id)

    def synchronize(self) -> None:
        """Return at once: the simulated device works synchronously."""
        require_device(self.id)

    @property
    def compute_capability(self) -> str:
        """The capability that the simulated device claims, ``"80"``."""
        require_device(self.id)
        return "80"

    @property
    def pci_bus_id(self) -> str:
        """A bus id that is unique among the simulated devices."""
        return f"0000:{require_device(self.id) + 1:02X}:00.0"

    @property
    def attributes(self) -> dict[str, Any]:
        """Refuse: which attributes a GPU has is not modelled."""
        raise NotImplementedError("cupy.cuda.Device.attributes is not modelled by the simulator")

    @property
    def mem_info(self) -> tuple[int, int]:
        """Free and total bytes of device memory."""
        # Memory is on devices: it comes after them.
        from zarr_devbuf.simulator._core.pool import memory_info  # noqa: PLC0415

        return memory_info(require_device(self.id))

    @staticmethod
    def from_pci_bus_id(pci_bus_id: str) -> Device:
        """Return the device that has this bus id."""
        for device_id in range(_count):
            if Device(device_id).pci_bus_id == pci_bus_id.upper():
                return Device(device_id)
        raise CUDARuntimeError(101)
