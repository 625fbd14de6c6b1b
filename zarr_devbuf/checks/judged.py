"""How much of a subject was judged: never green if nothing was."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["judged", "share", "why_nothing_was_judged"]


def judged(statuses: Iterable[str]) -> int:
    """Count the checks that passed or failed, as expected or not: those that were not skipped."""
    return sum(status != "skipped" for status in statuses)


def share(count: int, total: int) -> str:
    """Return ``"1 of 28 checks"`` if fewer than half judged the subject, else an empty string."""
    return f"{count} of {total} checks" if 2 * count < total else ""


def why_nothing_was_judged(statuses: Iterable[tuple[str, str]]) -> str:
    """
    Return why no check judged a subject; empty if one did.

    Parameters
    ----------
    statuses : iterable of (str, str)
        The status and the message of each check.
    """
    statuses = tuple(statuses)
    if judged(status for status, _ in statuses):
        return ""
    reasons = Counter(message.partition("\n")[0] for _, message in statuses if message)
    why = next((reason for reason, _ in reasons.most_common(1)), "there are no checks")
    return f"no check passed, {len(statuses)} were skipped: {why}"
