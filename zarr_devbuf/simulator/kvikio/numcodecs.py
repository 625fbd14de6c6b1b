"""``kvikio.numcodecs``: the base class of numcodecs' codecs for device memory."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from numcodecs.abc import Codec  # type: ignore[import-untyped]

__all__ = ["CudaCodec"]


class CudaCodec(Codec):  # type: ignore[misc]  # numcodecs has no types
    """A codec of numcodecs whose results are in device memory."""

    @abstractmethod
    def encode(self, buf: Any) -> Any:
        """Encode device or host memory."""

    @abstractmethod
    def decode(self, buf: Any, out: Any = None) -> Any:
        """Decode device or host memory."""
