"""``kvikio.cufile_driver``: the properties of the driver of GPUDirect Storage, which is missing."""

# ruff: noqa: A001 - names and signatures are kvikio's.
from __future__ import annotations

from typing import Any

__all__ = [
    "ConfigContextManager",
    "driver_close",
    "driver_open",
    "get",
    "initialize",
    "libcufile_version",
    "properties",
    "set",
]


class DriverProperties:
    """The properties of the driver."""

    __module__ = "kvikio._lib.cufile_driver"

    is_gds_available = False
    major_version = 0
    minor_version = 0
    allow_compat_mode = True
    per_buffer_cache_size = 0

    def __init__(self) -> None:
        self.poll_mode = False
        self.poll_thresh_size = 4
        self.max_device_cache_size = 131072
        self.max_pinned_memory_size = 4294967292


properties = DriverProperties()
_READ_ONLY = (
    "is_gds_available",
    "major_version",
    "minor_version",
    "allow_compat_mode",
    "per_buffer_cache_size",
)


class ConfigContextManager:
    """Sets properties at once, and restores them at the end of a ``with`` block.

    Parameters
    ----------
    config
        Properties by name.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._old: dict[str, Any] = {}
        for name, value in config.items():
            self._old[name] = get(name)
            if name in _READ_ONLY:
                raise KeyError("This property is read-only.")
            setattr(properties, name, value)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        for name, value in self._old.items():
            setattr(properties, name, value)


def set(*config: Any) -> ConfigContextManager:
    """Set properties, given as a dict, or as a name and a value."""
    match config:
        case (dict() as given,):
            return ConfigContextManager(given)
        case (str() as name, value):
            return ConfigContextManager({name: value})
        case _:
            raise ValueError(
                "Valid arguments are kvikio.cufile_driver.set(config: dict) or "
                "kvikio.cufile_driver.set(key: str, value: Any)"
            )


def get(config_name: str) -> Any:
    """Return the value of a property."""
    if config_name not in {*_READ_ONLY, *vars(properties)}:
        raise KeyError
    return getattr(properties, config_name)


def libcufile_version() -> tuple[int, int]:
    """Return the version of cuFile, (1, 14)."""
    return 1, 14


def driver_open() -> None:
    """Raise ``RuntimeError``: there is no driver."""
    raise RuntimeError(
        "KvikIO failure: Unable to open GDS file driver: NVFS driver initialization error"
    )


def driver_close() -> None:
    """Raise ``RuntimeError``: there is no driver."""
    raise RuntimeError(
        "KvikIO failure: Unable to close GDS file driver: nvidia-fs driver is not loaded. Set "
        "allow_compat_mode to true in cufile.json file to enable compatible mode"
    )


def initialize() -> None:
    """Raise ``RuntimeError``: there is no driver."""
    driver_open()
