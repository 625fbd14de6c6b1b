"""Find the frame of a traceback to fix, and shorten the paths of frames."""

from __future__ import annotations

import inspect
import re
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "called_in_check",
    "fixable_frames",
    "is_fixable",
    "is_simulated",
    "is_standard_library",
    "last_fixable_frame",
    "shorten",
    "shorten_paths",
    "source_line",
]

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
        if not path.is_absolute() or not is_fixable(frame.filename):
            continue
        if not shorten(frame.filename).startswith(_MACHINERY):
            yield frame


def called_in_check(error: BaseException) -> traceback.FrameSummary | None:
    """Return the innermost frame in a check: the line that called the subject."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if Path(frame.filename).is_relative_to(_CHECKS)]
    return mine[-1] if mine else None


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
    return re.sub(r"[^\s`(]*/(?:site-packages|dist-packages|zarr_devbuf)/(?=\w)", _inside, text)


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
