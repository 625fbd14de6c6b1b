"""The enumerations of ``cuda.bindings``, with CUDA's numbers."""

from __future__ import annotations

import enum
import json
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["enumerations"]


@cache
def _record() -> dict[str, dict[str, dict[str, int]]]:
    text = (Path(__file__).parent / "enums.json").read_text(encoding="utf-8")
    record: dict[str, dict[str, dict[str, int]]] = json.loads(text)
    return record


@cache
def enumerations(module: str) -> dict[str, Any]:
    """Return the enumerations of a module by name: ``cufile``, ``driver`` or ``runtime``."""
    return {name: enum.IntEnum(name, members) for name, members in _record()[module].items()}
