"""``cupy_backends.cuda``."""

from __future__ import annotations

__all__: list[str] = []
