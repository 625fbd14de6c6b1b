"""The class of a simulated device, as ``cupy.cuda.Device``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from zarr_devbuf.simulator._core.accesses import synchronize_device
from zarr_devbuf.simulator._core.current_device import (
    current_id,
    device_count,
    require_device,
    restore,
    use,
)
from zarr_devbuf.simulator._core.errors import CUDARuntimeError, not_implemented
from zarr_devbuf.simulator._core.pool import memory_info
from zarr_devbuf.simulator._core.synchronization import check_allowed

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Device"]


class _Entered(threading.local):
    """The devices that the ``with`` blocks of a thread restore."""

    def __init__(self) -> None:
        self.devices: list[int] = []


_entered = _Entered()


def _number_of(other: Any, sign: str) -> int:
    if not isinstance(other, Device):
        raise TypeError(
            f"'{sign}' not supported between instances of 'cupy.cuda.device.Device' and "
            f"'{type(other).__name__}'"
        )
    return other.id


class Device:
    """One simulated device; as a context manager, it selects the device for a block."""

    __module__ = "zarr_devbuf.simulator"

    __slots__ = ("id",)

    def __init__(self, device: int | Device | None = None) -> None:
        self.id: int = current_id() if device is None else int(device)

    def __int__(self) -> int:
        return self.id

    def __enter__(self) -> Self:
        previous = current_id()
        use(self.id)
        _entered.devices.append(previous)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Not `use`: the number of devices may have been lowered inside the block.
        restore(_entered.devices.pop())

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.id == other.id

    # As in CuPy, devices are compared by their numbers and cannot be hashed.
    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Device) -> bool:
        return self.id < _number_of(other, "<")

    def __le__(self, other: Device) -> bool:
        return self.id <= _number_of(other, "<=")

    def __gt__(self, other: Device) -> bool:
        return self.id > _number_of(other, ">")

    def __ge__(self, other: Device) -> bool:
        return self.id >= _number_of(other, ">=")

    def __reduce__(self) -> tuple[type[Device], tuple[int]]:
        return type(self), (self.id,)

    def use(self) -> Self:
        """Select this device for this thread."""
        use(self.id)
        return self

    def synchronize(self) -> None:
        """Wait for all work on the device."""
        check_allowed()
        require_device(self.id)
        synchronize_device(self.id)

    @property
    def compute_capability(self) -> str:
        """The compute capability that the simulated device reports, ``"80"``."""
        require_device(self.id)
        return "80"

    @property
    def pci_bus_id(self) -> str:
        """A PCI bus id that is unique among the simulated devices."""
        return f"0000:{require_device(self.id) + 1:02X}:00.0"

    @property
    def attributes(self) -> dict[str, Any]:
        """Raise ``NotImplementedError``: the attributes of a GPU are not simulated."""
        raise not_implemented("cupy.cuda.Device.attributes")

    @property
    def mem_info(self) -> tuple[int, int]:
        """Free and total bytes of device memory."""
        return memory_info(require_device(self.id))

    @staticmethod
    def from_pci_bus_id(pci_bus_id: str) -> Device:
        """Return the device that has this PCI bus id."""
        for device_id in range(device_count()):
            if Device(device_id).pci_bus_id == pci_bus_id.upper():
                return Device(device_id)
        raise CUDARuntimeError(101)
