"""Caches of plans: one for each thread and device, least recently used plans first."""

# ruff: noqa: T201 - CuPy prints.
from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.current_device import current_id, device_count
from zarr_devbuf.simulator._core.errors import warn_experimental
from zarr_devbuf.simulator.cupy.cuda.cufft import Plan1d

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "PlanCache",
    "clear_plan_cache",
    "get_plan_cache",
    "get_plan_cache_max_memsize",
    "get_plan_cache_size",
    "set_plan_cache_max_memsize",
    "set_plan_cache_size",
    "show_plan_cache_info",
]


class _Node:
    """A plan in a cache."""

    def __init__(self, key: Any, plan: Any) -> None:
        self.key = key
        self.plan = plan
        self.memsize = 0 if plan.work_area is None else int(plan.work_area.mem.size)
        self.gpus = plan.gpus

    def __repr__(self) -> str:
        kind = "Plan1d" if isinstance(self.plan, Plan1d) else "PlanNd"
        return f"key: {self.key}, plan type: {kind}, memory usage: {self.memsize}"


class PlanCache:
    """A cache of plans; with a size or memory size of 0, it is disabled.

    Parameters
    ----------
    size
        The largest number of plans; -1 for any number.
    memsize
        The largest number of bytes of their work areas; -1 for any number.
    dev
        The number of the device; -1 for this thread's device.
    """

    def __init__(self, size: int = 16, memsize: int = -1, dev: int = -1) -> None:
        self._limit(size, memsize)
        self._device = current_id() if dev == -1 else dev
        self.clear()

    def _limit(self, size: int, memsize: int) -> None:
        if size < -1 or memsize < -1:
            raise ValueError("invalid input")
        self._size, self._memsize = size, memsize
        self._enabled = bool(size and memsize)

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        if not self._enabled:
            return None
        node = self._found(key)
        self._nodes.move_to_end(key)
        return node.plan

    def __setitem__(self, key: tuple[Any, ...], plan: Any) -> None:
        if not self._enabled:
            return
        node = _Node(key, plan)
        if node.memsize > self._memsize > 0:
            raise RuntimeError("the plan memsize is too large")
        self._nodes.pop(key, None)
        size = self._size if self._size == -1 else self._size - 1
        memsize = self._memsize if self._memsize == -1 else self._memsize - node.memsize
        self._eject(size, memsize)
        self._nodes[key] = node

    def __delitem__(self, key: tuple[Any, ...]) -> None:
        if self._enabled:
            self._found(key)
            del self._nodes[key]

    def _found(self, key: tuple[Any, ...]) -> _Node:
        node = self._nodes.get(key)
        if node is None:
            self._misses += 1
            raise KeyError(f"plan not found for key: {key}")
        self._hits += 1
        return node

    def _eject(self, size: int, memsize: int) -> None:
        while self._nodes and not (
            (size == -1 or len(self._nodes) <= size)
            and (memsize == -1 or self.get_curr_memsize() <= memsize)
        ):
            self._nodes.popitem(last=False)

    def __iter__(self) -> Iterator[tuple[Any, _Node]]:
        # As with CuPy's linked list, plans that are used meanwhile come again.
        key = None
        while True:
            keys = list(self._nodes)
            place = len(keys) if key is None else keys.index(key)
            if not place:
                return
            key = keys[place - 1]
            yield key, self._nodes[key]

    def __repr__(self) -> str:
        size = "(unlimited)" if self._size == -1 else self._size
        memsize = "(unlimited)" if self._memsize == -1 else self._memsize
        lines = [
            f"------------------- cuFFT plan cache (device {self._device}) -------------------",
            f"cache enabled? {self._enabled}",
            f"current / max size   : {len(self._nodes)} / {size} (counts)",
            f"current / max memsize: {self.get_curr_memsize()} / {memsize} (bytes)",
            f"hits / misses: {self._hits} / {self._misses} (counts)",
            "",
            "cached plans (most recently used first):",
            *(str(node) for _, node in self),
        ]
        return "\n".join(lines) + "\n"

    def set_size(self, size: int) -> None:
        """Set the largest number of plans."""
        self._resize(size, self._memsize)

    def get_size(self) -> int:
        """Return the largest number of plans."""
        return self._size

    def get_curr_size(self) -> int:
        """Return the number of plans."""
        return len(self._nodes)

    def set_memsize(self, memsize: int) -> None:
        """Set the largest number of bytes of work areas."""
        self._resize(self._size, memsize)

    def _resize(self, size: int, memsize: int) -> None:
        self._limit(size, memsize)
        self._eject(size, memsize)

    def get_memsize(self) -> int:
        """Return the largest number of bytes of work areas."""
        return self._memsize

    def get_curr_memsize(self) -> int:
        """Return the number of bytes of work areas."""
        return sum(node.memsize for node in self._nodes.values())

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """Return a plan, or the default."""
        try:
            plan = self[key]
        except KeyError:
            return default
        return default if plan is None else plan

    def clear(self) -> None:
        """Remove all plans, and forget hits and misses."""
        self._nodes: OrderedDict[Any, _Node] = OrderedDict()
        self._hits = self._misses = 0

    def show_info(self) -> None:
        """Print the plans."""
        print(self)


_state = threading.local()


def _caches() -> dict[int, PlanCache]:
    if not hasattr(_state, "caches"):
        _state.caches = {}
    caches: dict[int, PlanCache] = _state.caches
    return caches


def get_plan_cache() -> PlanCache:
    """Return the cache of this thread and its device."""
    device = current_id()
    caches = _caches()
    if device not in caches:
        caches[device] = PlanCache(dev=device)
    return caches[device]


def get_plan_cache_size() -> int:
    """Return the largest number of plans."""
    warn_experimental("cupy.fft.cache.get_plan_cache_size")
    return get_plan_cache().get_size()


def set_plan_cache_size(size: int) -> None:
    """Set the largest number of plans."""
    warn_experimental("cupy.fft.cache.set_plan_cache_size")
    get_plan_cache().set_size(size)


def get_plan_cache_max_memsize() -> int:
    """Return the largest number of bytes of work areas."""
    warn_experimental("cupy.fft.cache.get_plan_cache_max_memsize")
    return get_plan_cache().get_memsize()


def set_plan_cache_max_memsize(size: int) -> None:
    """Set the largest number of bytes of work areas."""
    warn_experimental("cupy.fft.cache.set_plan_cache_max_memsize")
    get_plan_cache().set_memsize(size)


def clear_plan_cache() -> None:
    """Remove all plans of this thread and its device."""
    warn_experimental("cupy.fft.cache.clear_plan_cache")
    get_plan_cache().clear()


def show_plan_cache_info() -> None:
    """Print the caches of this thread, of all devices."""
    print("=============== cuFFT plan cache info (all devices) ===============")
    for device in range(device_count()):
        cache = _caches().get(device)
        if cache is None:
            print(f"------------------- cuFFT plan cache (device {device}) -------------------")
            print("(uninitialized)\n")
        else:
            cache.show_info()
