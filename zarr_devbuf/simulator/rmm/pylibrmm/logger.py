"""``rmm.pylibrmm.logger``: the levels of a debug log, which nothing is written to."""

# ruff: noqa: N801 - names are rmm's.
from __future__ import annotations

import enum

__all__ = [
    "flush_logger",
    "get_flush_level",
    "get_logging_level",
    "level_enum",
    "set_flush_level",
    "set_logging_level",
    "should_log",
]


class level_enum(enum.IntEnum):
    """Levels of messages."""

    trace = 0
    debug = 1
    info = 2
    warn = 3
    error = 4
    critical = 5
    off = 6
    n_levels = 7


_levels = {"log": level_enum.info, "flush": level_enum.off}


def _check(level: level_enum) -> level_enum:
    if not isinstance(level, level_enum):
        raise TypeError("level must be an instance of the level_enum enum")
    return level


def should_log(level: level_enum) -> bool:
    """Return whether messages of a level are logged."""
    return _check(level) >= _levels["log"]


def set_logging_level(level: level_enum) -> None:
    """Set the lowest level of messages that are logged."""
    _levels["log"] = _check(level)


def get_logging_level() -> level_enum:
    """Return the lowest level of messages that are logged."""
    return _levels["log"]


def set_flush_level(level: level_enum) -> None:
    """Set the lowest level of messages after which the log is written."""
    _levels["flush"] = _check(level)


def get_flush_level() -> level_enum:
    """Return the lowest level of messages after which the log is written."""
    return _levels["flush"]


def flush_logger() -> None:
    """Do nothing: there is no debug log."""
