"""How much device memory is in use, where the device can tell."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import violated

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = ["HeldMemory"]


class HeldMemory:
    """
    What is in use at one moment, to be compared with what is later.

    Parameters
    ----------
    backend : Backend
        On others than `sim` nothing is found: a real device has memory in use that is nobody's.
    """

    __slots__ = ("_before", "_pool")

    def __init__(self, backend: Backend) -> None:
        self._pool: Any = None
        if backend.name == "sim":
            self._pool = backend.xp.get_default_memory_pool()
            # Garbage must not make room for what is kept later. Once: it takes a tenth of a second.
            gc.collect()
        self._before = self.now()

    def now(self) -> int:
        """Return how many bytes are in use, garbage that was not collected yet among them."""
        return int(self._pool.used_bytes()) if self._pool is not None else 0

    def mark(self) -> None:
        """Take what is in use now for what may be."""
        self._before = self.now()

    def expect_no_more(self, what: str) -> None:
        """Demand that no more is in use than at first, once garbage is collected."""
        if self.now() <= self._before:
            return
        for generation in (0, 1, 2):  # what has failed a moment ago is young garbage, most often
            gc.collect(generation)
            if self.now() <= self._before:
                return
        raise violated(
            case=what,
            expected=f"{self._before} bytes of device memory in use, as before",
            actual=f"{self.now()} bytes, after the error has been dropped",
            advice="Do not keep what was allocated for a call that fails: look for caches, "
            "attributes, and references from tasks or exceptions.",
        )
