"""Find the frame of a traceback to fix, and shorten the paths of frames."""

from __future__ import annotations

import inspect
import re
import sys
import sysconfig
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "called_in_check",
    "cause_to_show",
    "fixable_frames",
    "is_fixable",
    "is_simulated",
    "is_standard_library",
    "last_fixable_frame",
    "raised_by_subject",
    "shorten",
    "shorten_paths",
    "source_line",
    "users_frames",
]

_PACKAGE_NAME = __name__.partition(".")[0]
_PACKAGE = Path(__file__).parents[1]
_CHECKS = Path(__file__).parent
_SIMULATOR = _PACKAGE / "simulator"
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
_INSTALLED = ("site-packages", "dist-packages")
# They raise because of what their caller passes.
_BYSTANDERS = {"numpy", "cupy", "cupyx", "cupy_backends"}
# zarr calls every codec through these.
_MACHINERY = ("zarr/abc/", "zarr/core/common.py", "zarr/core/sync.py")


def is_standard_library(filename: str) -> bool:
    """Return whether a file is part of Python's standard library."""
    return filename.startswith(_STANDARD_LIBRARY) and _inside_packages(filename) is None


def is_fixable(filename: str) -> bool:
    """
    Return whether the code in a file can be at fault: the subject's, zarr's or another library's.

    Code of this package, NumPy, CuPy and the standard library is not: it raises because of what its
    caller passes.
    """
    # "<frozen importlib._bootstrap>" and the like.
    if filename.startswith("<") or Path(filename).is_relative_to(_PACKAGE):
        return False
    inside = _inside_packages(filename)
    # Cython names its sources relative to its own project: "cupy/_core/core.pyx".
    package = (inside or Path(filename).as_posix()).partition("/")[0]
    return package not in _BYSTANDERS and not is_standard_library(filename)


def last_fixable_frame(error: BaseException) -> traceback.FrameSummary | None:
    """Return the innermost frame that can be at fault; if there is none, the innermost one."""
    frames = traceback.extract_tb(error.__traceback__)
    fixable = [frame for frame in frames if is_fixable(frame.filename)]
    return next(reversed(fixable or frames), None)


def fixable_frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    """
    Walk the frames that can be at fault, from the innermost outwards, up to the check.

    Frames in which zarr only passes a call on to a codec are left out.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_CHECKS):
            return
        if path.is_absolute() and _may_be_at_fault(frame.filename):
            yield frame


def _may_be_at_fault(filename: str) -> bool:
    return is_fixable(filename) and not shorten(filename).startswith(_MACHINERY)


def called_in_check(error: BaseException) -> traceback.FrameSummary | None:
    """Return the innermost frame in a check: the line that called the subject."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if Path(frame.filename).is_relative_to(_CHECKS)]
    return mine[-1] if mine else None


def raised_by_subject(error: BaseException | None) -> BaseException | None:
    """
    Return the exception of the subject for which a check failed; None if there is none.

    A check may report it in its own words: ``raise violated(…) from error``.
    """
    while error is not None and type(error).__module__.partition(".")[0] == _PACKAGE_NAME:
        error = error.__cause__
    return error


def cause_to_show(error: BaseException | None) -> BaseException | None:
    """
    Return the exception of the subject for which a check failed, with the user's frames alone.

    The traceback is cut in place, in the exceptions that it comes from, too. None if a check found
    something wrong without an exception: its message says everything.
    """
    error = raised_by_subject(error)
    if error is None:
        return None
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = _cut(each.__traceback__)
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
    return error


def _cut(trace: TracebackType | None) -> TracebackType | None:
    """Keep the user's innermost frame; if there is none, that of the package that raises."""
    entries: list[TracebackType] = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    if not entries:
        return None
    last = (users_frames(entries, lambda each: each.tb_frame.f_code.co_filename) or entries)[-1]
    return TracebackType(None, last.tb_frame, last.tb_lasti, last.tb_lineno)


def users_frames[T](frames: Iterable[T], file_of: Callable[[T], str]) -> list[T]:
    """Return the frames in the user's own code; if there are none, those in installed packages."""
    fixable = [each for each in frames if _may_be_at_fault(file_of(each))]
    own = [each for each in fixable if _inside_packages(file_of(each)) is None]
    return own or fixable


def is_simulated(error: BaseException) -> bool:
    """Return whether the simulated device raised an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).is_relative_to(_SIMULATOR)


def shorten(where: str) -> str:
    """
    Shorten a path, or the path in ``"path:line in function"``.

    Relative to the directory that packages are installed in, or to the entry of ``sys.path`` that
    contains it. The ledger's tables, which are printed where no ``sys.path`` is known, shorten to
    the working directory (`zarr_devbuf._transfers.call_site`).
    """
    inside = _inside_packages(where)
    if inside is not None:
        return inside
    where = where.replace("\\", "/")
    roots = [root.replace("\\", "/").rstrip("/") for root in sys.path if root]
    found = sorted((root for root in roots if where.startswith(f"{root}/")), key=len)
    return where[len(found[-1]) + 1 :] if found else where


def _inside_packages(where: str) -> str | None:
    where = where.replace("\\", "/")
    for folder in _INSTALLED:
        _, found, inside = where.rpartition(f"/{folder}/")
        if found:
            return inside
    return None


def shorten_paths(text: str) -> str:
    """Shorten the paths of installed modules in a text, which differ between machines."""
    # From the beginning of a word only, so that a long word takes no longer than its length.
    return re.sub(
        r"(?<![^\s`(])[^\s`(]*/(?:site-packages|dist-packages|zarr_devbuf)/(?=\w)", _inside, text
    )


def _inside(match: re.Match[str]) -> str:
    return "zarr_devbuf/" if match[0].endswith("zarr_devbuf/") else ""


def source_line(function: Callable[..., object]) -> str:
    """Return ``"path:line"`` of a function, relative to the package; empty if it has no source."""
    try:
        # A decorator of a kit may wrap the function that states the check.
        unwrapped = inspect.unwrap(function)
        source = inspect.getsourcefile(unwrapped)
        line = inspect.getsourcelines(unwrapped)[1]
    except (TypeError, OSError):
        return ""
    path = Path(source or "")
    root = _PACKAGE.parent
    return f"{path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name}:{line}"
