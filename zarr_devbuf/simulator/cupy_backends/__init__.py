"""The simulator's ``cupy_backends`` module: what programs catch of it."""

from __future__ import annotations

__all__: list[str] = []
