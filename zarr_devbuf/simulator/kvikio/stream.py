"""``kvikio.stream``: registration of streams."""

from __future__ import annotations

__all__ = ["stream_deregister", "stream_register"]


def stream_register(raw_stream: int, flags: int) -> None:
    """Do nothing, as kvikio without GPUDirect Storage."""


def stream_deregister(raw_stream: int) -> None:
    """Do nothing, as kvikio without GPUDirect Storage."""
