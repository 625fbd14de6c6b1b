"""What a failed check comes down to: what is wrong, where in the code, for what input, what to do."""

from __future__ import annotations

import re
import sys
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zarr_devbuf.audit.text import clip, place, printable
from zarr_devbuf.checks.errors import CheckFailed, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["STDLIB", "Diagnosis", "diagnose", "placeless", "shortened", "told_in_full"]

_HERE = str(Path(__file__).parents[2])
STDLIB = sysconfig.get_path("stdlib")
# Who raises there is not whose fault it is.
_BYSTANDERS = ("numpy", "cupy", "cupy_backends")
# Through these every codec is called.
_MACHINERY = ("zarr/abc/", "zarr/core/common.py", "zarr/core/sync.py")
# What is expected, and what came, are told whole in the message.
_LONGEST = 80

# Both are how device memory answers to code that takes it for the host's.
_TAKEN_FOR_HOST = ("Implicit conversion to a NumPy array", "Unable to avoid copy while creating an")
_STAY = "keep the data on its device, or ask for the copy: as_numpy_array(), to_bytes()"
_DIRECTIONS = {"d2h": "device→host", "h2d": "host→device"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    What a failed check comes down to.

    Attributes
    ----------
    error : str
        The type of the exception; empty where a check says itself that it does not hold.
    cause : str
        What is wrong, in one line, without the input for which it happened: several checks may fail
        of one cause.
    where : tuple of str
        The lines of code, ``"path:line in function"``: the one that raises it and one that called
        it, or all that move data.
    case : str
        The input, and what was being done with it.
    advice : str
        What to do; empty where nobody can tell.
    """

    error: str = ""
    cause: str = ""
    where: tuple[str, ...] = ()
    case: str = ""
    advice: str = ""


def diagnose(error: Exception | None) -> Diagnosis:
    """Make a diagnosis of what a check, or its subject, has raised."""
    if error is None:
        return Diagnosis()
    if isinstance(error, CheckFailed):
        return _of_violation(error)
    cause = placeless(printable(describe(error)))
    notes = (note.removeprefix("while ") for note in getattr(error, "__notes__", ()))
    advice = _STAY if any(text in cause for text in _TAKEN_FOR_HOST) else ""
    return Diagnosis(type(error).__name__, cause, _lines(error), "; ".join(notes), advice)


def _of_violation(error: CheckFailed) -> Diagnosis:
    expected, actual = (
        clip(placeless(printable(text)), _LONGEST) for text in (error.expected, error.actual)
    )
    cause = f"expected {expected}, got {actual}"
    where: tuple[str, ...] = ()
    if error.transfers:
        moves = dict.fromkeys(
            f"{'explicit' if t.explicit else 'implicit'} {_DIRECTIONS[t.direction]}"
            for t in error.transfers
        )
        cause = f"{' and '.join(moves)} transfers"
        where = tuple(dict.fromkeys(shortened(t.where) for t in error.transfers))
    return Diagnosis("", cause, where, error.case, error.advice)


def _lines(error: Exception) -> tuple[str, ...]:
    """Name the line that raises an exception, and the nearest one in another file that led there.

    Of the latter the one in zarr counts, where there is one: it is what people can look up.
    """
    frames = list(_frames(error))
    if not frames:
        return ()
    first, *callers = frames
    others = [frame for frame in callers if frame.filename != first.filename]
    callers = [f for f in others if _package(f.filename) == "zarr"] or others
    return tuple(
        f"{shortened(frame.filename)}:{frame.lineno} in {frame.name}"
        for frame in (first, *callers[:1])
    )


def _frames(error: Exception) -> Iterator[traceback.FrameSummary]:
    """Walk from the line that raised it outwards, over code that is neither ours nor a bystander's.

    That ends where the checks begin.
    """
    checks = str(Path(_HERE) / "checks")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = frame.filename
        if path.startswith(checks):
            return
        if path.startswith(_HERE) or not Path(path).is_absolute():
            continue
        if path.startswith(STDLIB) and "site-packages" not in path:
            continue
        if _package(path) not in _BYSTANDERS and not _short(path).startswith(_MACHINERY):
            yield frame


def _short(path: str) -> str:
    return shortened(path).replace("\\", "/")


def _package(path: str) -> str:
    return _short(path).partition("/")[0]


def shortened(where: str) -> str:
    """Name an installed module by its path inside the installation, any other from ``sys.path``."""
    found = where.rpartition("site-packages/")[2]
    if found != where:
        return found
    roots = sorted((root for root in sys.path if root and where.startswith(f"{root}/")), key=len)
    return where[len(roots[-1]) + 1 :] if roots else where


# Where stores are made for the audit: other names in every run.
_PLACES = re.compile(
    r"""[^\s"'(]*zarr-devbuf-[a-z0-9_]{8}(?:/zarr-devbuf-[a-z0-9_]{8})?(?:-\d+)?(?=[/"').:\s]|$)"""
)


def placeless(text: str) -> str:
    """Leave out of a message what differs from run to run: the folders that the audit makes."""
    return re.sub(r"zarr-devbuf-\d+\b", "zarr-devbuf-N", _PLACES.sub("…", text))


def told_in_full(message: str, error: Exception | None, advice: str) -> tuple[str, ...]:
    """Give all that there is to say: the failure, and the traceback of an accident."""
    if error is None or isinstance(error, CheckFailed):
        return (place(placeless(message)),)
    # Users of the audit have no exception in hand to take the traceback from.
    lines = [line for line in message.splitlines() if not line.startswith("  to do:")]
    if advice:
        lines.append(f"  to do:     {advice}")
    told = "".join(traceback.format_exception(error)).rstrip()
    return place(placeless("\n".join(lines))), placeless(told)
