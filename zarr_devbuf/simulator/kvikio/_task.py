"""Input and output that is issued, and made when its result is asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Task"]


@final
class Task:
    """Input or output that other threads of kvikio make, at any time until its result is known.

    The simulator makes it as late as possible, so that a program that does not wait for the result
    before it uses the memory or closes the file is noticed.

    Parameters
    ----------
    run
        Makes the input or output, and returns the bytes that were moved.
    pending
        Whether it is made later; otherwise at once.
    """

    __slots__ = ("_error", "_read", "_result", "_run")

    def __init__(self, run: Callable[[], int], *, pending: bool) -> None:
        self._run: Callable[[], int] | None = run if pending else None
        self._result = 0 if pending else run()
        self._error: Exception | None = None
        self._read = False

    def get(self) -> int:
        """Return the bytes that were moved, or raise; once only."""
        if self._read:
            raise RuntimeError("std::future_error: No associated state")
        self._finish()
        self._read = True
        if self._error is not None:
            raise self._error
        return self._result

    def done(self) -> bool:
        """Return True, after the input or output is made."""
        if self._read:
            raise ValueError(
                "KvikIO failure: The future object does not refer to a valid shared state."
            )
        self._finish()
        return True

    def _finish(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            try:
                self._result = run()
            except Exception as error:  # noqa: BLE001 - `get` raises it
                self._error = error

    def __del__(self) -> None:
        # kvikio's threads do so, too, and nobody learns of an error.
        with contextlib.suppress(Exception):
            self._finish()
