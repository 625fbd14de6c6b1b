"""Devices."""

from __future__ import annotations

import threading
from typing import Any, ClassVar, NamedTuple

from zarr_devbuf.simulator._core.accesses import synchronize_device
from zarr_devbuf.simulator._core.current_device import (
    current_id,
    device_count,
    require_device,
    use,
)
from zarr_devbuf.simulator._core.device import Device as CupyDevice
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.refusals import refused_method, refused_property
from zarr_devbuf.simulator.cuda.core._buffer import Buffer, MemoryResource
from zarr_devbuf.simulator.cuda.core._device_memory import DeviceMemoryResource
from zarr_devbuf.simulator.cuda.core._errors import CUDAError
from zarr_devbuf.simulator.cuda.core._stream import (
    DEVICE_CLASS,
    LEGACY_DEFAULT_STREAM,
    Event,
    EventOptions,
    Stream,
    StreamOptions,
    made_stream,
    new_event,
)

__all__ = ["Device"]


class _ComputeCapability(NamedTuple):
    major: int
    minor: int


class Device:
    """A device; each thread has one object for each.

    Parameters
    ----------
    device_id
        Its number; this thread's device by default.
    """

    __slots__ = ("__weakref__", "_device_id", "_is_set", "_mr")

    _of_thread: ClassVar[threading.local] = threading.local()
    _device_id: int
    _is_set: bool
    _mr: MemoryResource | None

    def __new__(cls, device_id: Any = None) -> Device:  # noqa: PYI034 - the same for all calls
        """Return this thread's object for a device."""
        number = (
            current_id() if device_id is None else int(getattr(device_id, "_device_id", device_id))
        )
        if number < 0:
            raise ValueError(f"device_id must be >= 0, got {number}")
        if number >= device_count():
            raise ValueError(f"device_id must be within [0, {device_count()}), got {number}")
        known: dict[int, Device] = vars(cls._of_thread).setdefault("devices", {})
        if number not in known:
            device = super().__new__(cls)
            device._device_id, device._is_set, device._mr = number, False, None
            known[number] = device
        return known[number]

    @classmethod
    def get_all_devices(cls) -> tuple[Device, ...]:
        """Return all devices."""
        return tuple(map(cls, range(device_count())))

    def _check_set(self) -> None:
        if not self._is_set:
            raise CUDAError(
                f"Device {self._device_id} is not yet initialized, perhaps you forgot to call "
                ".set_current() first?"
            )

    def set_current(self, ctx: Any = None) -> None:
        """Select this device for this thread; needed before streams and memory are made."""
        if ctx is not None:
            raise not_implemented("cuda.core.Device.set_current of a context")
        use(self._device_id)
        self._is_set = True

    @property
    def device_id(self) -> int:
        """The number."""
        return self._device_id

    @property
    def name(self) -> str:
        """The name."""
        return "zarr-devbuf simulated device"

    @property
    def pci_bus_id(self) -> str:
        """A PCI bus id that is unique among the simulated devices."""
        return CupyDevice(self._device_id).pci_bus_id

    @property
    def compute_capability(self) -> _ComputeCapability:
        """The compute capability that the simulated device reports."""
        number = CupyDevice(self._device_id).compute_capability
        return _ComputeCapability(int(number[:-1]), int(number[-1]))

    @property
    def arch(self) -> str:
        """The compute capability as text."""
        return CupyDevice(self._device_id).compute_capability

    @property
    def memory_resource(self) -> MemoryResource:
        """Where memory comes from."""
        self._check_set()
        if self._mr is None:
            self._mr = DeviceMemoryResource(self._device_id)
        return self._mr

    @memory_resource.setter
    def memory_resource(self, mr: MemoryResource) -> None:
        if not isinstance(mr, MemoryResource):
            raise TypeError(f"Expected a MemoryResource, got {type(mr).__name__}")
        self._mr = mr

    @property
    def default_stream(self) -> Stream:
        """The default stream."""
        return LEGACY_DEFAULT_STREAM

    def allocate(self, size: int, *, stream: Stream) -> Buffer:
        """Allocate bytes on a stream."""
        self._check_set()
        return self.memory_resource.allocate(size, stream=stream)

    def create_stream(self, obj: Any = None, options: Any = None) -> Stream:
        """Return a new stream, or one on a stream of another library."""
        self._check_set()
        given = StreamOptions(**options) if isinstance(options, dict) else options
        if obj is None:
            return made_stream(None, None, given or StreamOptions(), self._device_id)
        if given is not None:
            raise ValueError("obj and options cannot be both specified")
        if not hasattr(obj, "__cuda_stream__"):
            raise TypeError(f"{type(obj)} object does not have a '__cuda_stream__' attribute")
        version, pointer = obj.__cuda_stream__()
        if version != 0:
            raise RuntimeError(
                "The first element of the tuple returned by obj.__cuda_stream__ must be 0, got "
                f"{version}"
            )
        return made_stream(pointer, obj, StreamOptions(nonblocking=False), self._device_id)

    def create_event(self, options: Any = None) -> Event:
        """Return a new event."""
        self._check_set()
        return new_event(EventOptions(**options) if isinstance(options, dict) else options)

    def can_access_peer(self, peer: Any) -> bool:
        """Return False: simulated devices have no peer access."""
        Device(peer)
        return False

    def sync(self) -> None:
        """Wait for all work on the device."""
        self._check_set()
        require_device(self._device_id)
        synchronize_device(self._device_id)

    def __int__(self) -> int:
        return self._device_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self._device_id == other._device_id

    def __hash__(self) -> int:
        return hash((Device, self._device_id))

    def __repr__(self) -> str:
        return f"<Device {self._device_id} ({self.name})>"

    def __reduce__(self) -> tuple[Any, tuple[int]]:
        return type(self), (self._device_id,)

    context = refused_property("cuda.core.Device.context")
    properties = refused_property("cuda.core.Device.properties")
    resources = refused_property("cuda.core.Device.resources")
    uuid = refused_property("cuda.core.Device.uuid")
    create_context = refused_method("cuda.core.Device.create_context")
    create_graph_builder = refused_method("cuda.core.Device.create_graph_builder")
    create_mipmapped_array = refused_method("cuda.core.Device.create_mipmapped_array")
    create_opaque_array = refused_method("cuda.core.Device.create_opaque_array")
    create_surface_object = refused_method("cuda.core.Device.create_surface_object")
    create_texture_object = refused_method("cuda.core.Device.create_texture_object")
    to_system_device = refused_method("cuda.core.Device.to_system_device")


DEVICE_CLASS.append(Device)
