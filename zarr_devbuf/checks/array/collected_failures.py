"""Failures of one check with several inputs: it goes on after each, and reports all together."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, final

from zarr_devbuf.checks.errors import CheckFailed, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator

# Seconds after which no other input is tried once one has failed.
_PATIENCE = 2.0
# In the message of `in_time`: what hangs may hold a lock that the next input would wait for.
_HANGS = "neither within"
_SHOWN = 3


@final
class Failures:
    """
    The failures of one check, by input.

    Each input is tried within `collected`; the end of the block raises. A failure that is not one
    of transfers alone stands before those that are, since it decides on the verdict.
    """

    __slots__ = ("_failed", "_not_applicable", "_passed", "_started")

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._failed: list[Exception] = []
        self._not_applicable: NotApplicable | None = None
        self._passed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, cls: object, error: object, traceback: object) -> None:
        if error is None:
            self._raise_first()

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Keep the failure of a block, unless the check has taken long already."""
        try:
            yield
        except NotApplicable as reason:
            self._not_applicable = self._not_applicable or reason
        except Exception as error:  # noqa: BLE001 - raised at the end
            self._failed.append(error)
            hangs = isinstance(error, CheckFailed) and _HANGS in error.actual
            if hangs or time.monotonic() - self._started > _PATIENCE:
                self._raise_first()
        else:
            self._passed += 1

    def _raise_first(self) -> None:
        """Raise the first failure, or `NotApplicable` if no input is one to which it applies."""
        try:
            if self._failed:
                raise self._summary()
            if self._not_applicable is not None and not self._passed:
                raise self._not_applicable
        finally:
            # A failure leads to its frames, and to the device memory in them.
            self._failed = []
            self._not_applicable = None

    def _summary(self) -> Exception:
        first = min(self._failed, key=_of_transfers_only)
        others = [each for each in self._failed if each is not first]
        if not others:
            return first
        tried = len(self._failed) + self._passed
        text = f"{len(self._failed)} of {tried} inputs fail"
        cases = [each.case for each in others if isinstance(each, CheckFailed) and each.case]
        cases = list(dict.fromkeys(case.partition("\n")[0] for case in cases))[:_SHOWN]
        if cases:
            text += f", among them: {'; '.join(cases)}"
        if isinstance(first, CheckFailed):
            # Of inputs within an input, the numbers are left out.
            case = first.case.partition("\n")[0]
            first.case = "\n".join(filter(None, (case, text)))
        else:
            first.add_note(text)
        return first


def _of_transfers_only(error: Exception) -> bool:
    return isinstance(error, CheckFailed) and error.transfers is not None
