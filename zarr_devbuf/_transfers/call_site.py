"""Find the line that caused a transfer, and what the frames on the way to it say about intent."""

from __future__ import annotations

import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = ["describe_site", "shorten", "sight"]

# What zarr's buffer methods mean for their caller. The outermost one decides: `from_buffer` calls
# `__init__` with a host array on purpose, a codec that does so itself does it by mistake.
_ZARR_METHODS = {
    "__getitem__": False,
    "__init__": False,
    "__setitem__": False,
    "all_equal": True,
    "as_buffer_like": True,
    "as_numpy_array": True,
    "as_scalar": True,
    "combine": False,
    "__add__": False,
    "from_buffer": True,
    "from_bytes": True,
    "from_numpy_array": True,
    "to_bytes": True,
}


# What a frame is to the ledger; plain integers, as every frame of every transfer is looked at.
_OURS, _CUPY, _ZARR_BUFFER, _CALLER = 1, 2, 3, 4

_kinds: dict[str, int] = {}


def sight() -> tuple[FrameType | None, bool | None, str | None]:
    """
    Look up the stack for the line that caused a transfer.

    That is in the first frame outside zarr_devbuf, CuPy and the modules that define zarr's buffer
    classes: all of these move data on behalf of their caller.

    Returns
    -------
    caller : FrameType or None
        The first frame outside the libraries. Not to be kept: it holds all its variables.
    zarr_says : bool or None
        Whether the method of zarr's buffer classes that the caller called asks for a transfer
        (True), makes one without being asked (False), or nothing is known about it (None).
    cupy_function : str or None
        Name of the Python function of CuPy that the caller called, where there is one.
    """
    zarr_says: bool | None = None
    cupy_function: str | None = None
    # Not from here but from the caller of whoever called `admit`: each frame looked at has a price.
    frame: FrameType | None
    try:
        frame = sys._getframe(3)  # noqa: SLF001 - there is no other way up
    except ValueError:  # a thread that runs nothing but `record`
        return None, None, None
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code.co_filename) or _classify(frame)
        if kind == _CALLER:
            break
        if kind == _CUPY:
            cupy_function = code.co_name
        elif kind == _ZARR_BUFFER:
            verdict = _ZARR_METHODS.get(code.co_name)
            if verdict is not None:
                zarr_says = verdict
        frame = frame.f_back
    return frame, zarr_says, cupy_function


def _classify(frame: FrameType) -> int:
    filename = frame.f_code.co_filename
    module = frame.f_globals.get("__name__") or ""
    package = module.partition(".")[0]
    kind = _CALLER
    if filename.startswith("<doctest"):
        # A doctest has its module's globals, and is a caller all the same.
        pass
    elif package == "zarr_devbuf":
        kind = _OURS
    elif package in {"cupy", "cupyx", "cupy_backends"}:
        kind = _CUPY
    elif module.startswith("zarr.core.buffer"):
        kind = _ZARR_BUFFER
    if not filename.startswith("<"):
        # "<string>" and its like name code of several modules.
        _kinds[filename] = kind
    return kind


def describe_site(code: CodeType | str | None, offset: int) -> str:
    """
    Put a call site in words.

    Parameters
    ----------
    code : CodeType, str or None
        None where no Python frame was outside the libraries; a str describes the site already.
    offset : int
        Offset of an instruction in it, in bytes.

    Returns
    -------
    str
        ``"path:line in function"``, with the path in full.
    """
    if code is None:
        return "an unknown line"
    if isinstance(code, str):
        return code
    line = code.co_firstlineno
    for start, stop, number in code.co_lines():
        if start <= offset < stop and number is not None:
            line = number
            break
    return f"{code.co_filename}:{line} in {code.co_qualname}"


def shorten(where: str) -> str:
    """
    Shorten the path in a call site.

    Relative to the directory that packages are installed in, or to the working directory, where it
    lies in one of these; else its last three parts.
    """
    path = PurePath(where)
    for folder in ("site-packages", "dist-packages"):
        if folder in path.parts:
            start = len(path.parts) - path.parts[::-1].index(folder)
            return "/".join(path.parts[start:])
    if path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd()).as_posix()
    return "/".join(path.parts[path.anchor != "" :][-3:])
