"""``cupy.fft.config``: caches of plans, and how transforms of several axes are planned."""

from __future__ import annotations

import contextvars
import warnings
from typing import Any, ClassVar

from zarr_devbuf.simulator._core.errors import warn_experimental
from zarr_devbuf.simulator._functions.not_implemented import not_implemented_function
from zarr_devbuf.simulator.cupy.fft import _cache

__all__ = ["config"]


def get_current_callback_manager() -> None:
    """Return None: callbacks are not implemented."""


class _FFTConfig:
    """The settings, which are also the attributes of the module ``cupy.fft.config``."""

    get_plan_cache = staticmethod(_cache.get_plan_cache)
    clear_plan_cache = staticmethod(_cache.clear_plan_cache)
    get_plan_cache_size = staticmethod(_cache.get_plan_cache_size)
    set_plan_cache_size = staticmethod(_cache.set_plan_cache_size)
    get_plan_cache_max_memsize = staticmethod(_cache.get_plan_cache_max_memsize)
    set_plan_cache_max_memsize = staticmethod(_cache.set_plan_cache_max_memsize)
    show_plan_cache_info = staticmethod(_cache.show_plan_cache_info)
    get_current_callback_manager = staticmethod(get_current_callback_manager)

    _enable_nd_planning: ClassVar[contextvars.ContextVar[Any]] = contextvars.ContextVar(
        "cupy.fft.config.enable_nd_planning", default=True
    )
    _use_multi_gpus: ClassVar[contextvars.ContextVar[bool]] = contextvars.ContextVar(
        "cupy.fft.config.use_multi_gpus", default=False
    )
    _devices: ClassVar[contextvars.ContextVar[Any]] = contextvars.ContextVar(
        "cupy.fft.config.devices", default=None
    )

    # Callbacks are code of the device.
    set_cufft_callbacks = not_implemented_function("cupy.fft.config.set_cufft_callbacks")

    def set_cufft_gpus(self, gpus: Any) -> None:
        """Set the devices that share transforms; such transforms are not implemented."""
        warn_experimental("cupy.fft.config.set_cufft_gpus")
        if isinstance(gpus, int):
            gpus = range(gpus)
        elif not isinstance(gpus, (list, tuple)):
            raise ValueError("gpus must be an int or a list or tuple of int.")  # noqa: TRY004
        if len(gpus) <= 1:
            raise ValueError("Must use at least 2 GPUs.")
        self._devices.set(tuple(gpus))

    @property
    def enable_nd_planning(self) -> Any:
        """Whether one plan is made for several axes."""
        _warn_planning()
        return self._enable_nd_planning.get()

    @enable_nd_planning.setter
    def enable_nd_planning(self, value: Any) -> None:
        _warn_planning()
        self._enable_nd_planning.set(value)

    @property
    def use_multi_gpus(self) -> bool:
        """Whether devices share transforms."""
        return self._use_multi_gpus.get()

    @use_multi_gpus.setter
    def use_multi_gpus(self, value: Any) -> None:
        self._use_multi_gpus.set(bool(value))

    @property
    def devices(self) -> Any:
        """The devices that share transforms, or None."""
        return self._devices.get() if self._use_multi_gpus.get() else None


def _warn_planning() -> None:
    warnings.warn(
        "enable_nd_planning is deprecated as of CuPy 14 and will always be True in the future.",
        DeprecationWarning,
        stacklevel=3,
    )


config = _FFTConfig()
