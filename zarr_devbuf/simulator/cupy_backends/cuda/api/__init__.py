"""``cupy_backends.cuda.api``."""

from __future__ import annotations

__all__: list[str] = []
