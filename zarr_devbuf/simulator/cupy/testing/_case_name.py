"""Names of tests with sets of attributes."""

from __future__ import annotations

from typing import Any

__all__ = ["case_name"]

_VALUE_LENGTH = 100
_NAME_LENGTH = 5000


def _shown(value: Any) -> str:
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else repr(value)


def _shorten(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    head = (length - 3) // 2
    return f"{text[:head]}...{text[head + 3 - length :]}"


def case_name(name: str, number: int, param: dict[str, Any]) -> str:
    """Return the name of a class for one set of attributes."""
    shown = [f"{key}={_shorten(_shown(param[key]), _VALUE_LENGTH)}" for key in sorted(param)]
    return f"{name}_param_{number}_{{{_shorten(', '.join(shown), _NAME_LENGTH)}}}"
