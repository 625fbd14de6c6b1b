"""``kvikio.defaults``: the settings of kvikio."""

# ruff: noqa: A001 - names and signatures are kvikio's.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator.kvikio._settings import REVERTIBLE, CompatMode, change, value_of
from zarr_devbuf.simulator.kvikio.utils import call_once

__all__ = ["ConfigContextManager", "call_once", "get", "is_compat_mode_preferred", "set"]

_KEPT = (
    "remote_io_max_concurrent_requests",
    "remote_io_num_reactors",
    "remote_io_reactor_dispatch",
)


class ConfigContextManager:
    """Sets settings at once, and restores them at the end of a ``with`` block.

    Parameters
    ----------
    config
        Settings by name.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._old: dict[str, Any] = {}
        for name, value in config.items():
            self._old[name] = _revertible(name)
            change(name, value)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        for name, value in self._old.items():
            change(name, value)


def _revertible(name: str) -> Any:
    if name not in {*REVERTIBLE, "num_threads"}:
        raise KeyError(name)
    return value_of(name)


def set(*config: Any) -> ConfigContextManager | None:
    """Set settings, given as a dict, or as a name and a value.

    Returns
    -------
    context manager or None
        Used in a ``with`` statement, it restores the old values at the end. None for settings that
        hold as long as the process lives.

    Raises
    ------
    ValueError
        If the arguments are neither a dict nor a name and a value.
    KeyError
        If there is no such setting.
    """
    match config:
        case (dict() as settings,):
            kept = sorted(name for name in settings if name in _KEPT)
            if kept:
                raise ValueError(
                    f"{kept} are fixed for the process's remaining lifetime once the first remote "
                    "I/O has been issued, so they cannot be reverted and must be set individually "
                    "with kvikio.defaults.set(key, value), not as part of a dict."
                )
            return ConfigContextManager(settings)
        case (str() as name, value):
            if name not in _KEPT:
                return ConfigContextManager({name: value})
            change(name, value)
            return None
        case _:
            raise ValueError(
                "Valid arguments are kvikio.defaults.set(config: dict) or "
                "kvikio.defaults.set(key: str, value: Any)"
            )


def get(config_name: str) -> Any:
    """Return the value of a setting."""
    return value_of(config_name) if config_name in _KEPT else _revertible(config_name)


def is_compat_mode_preferred() -> bool:
    """Return whether kvikio uses POSIX's calls: always, unless cuFile is demanded."""
    return bool(value_of("compat_mode") != CompatMode.OFF)
