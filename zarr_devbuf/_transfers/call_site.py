"""Find the line that caused a transfer, and what the frames in between reveal about intent."""

from __future__ import annotations

import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = ["describe_site", "find_caller", "find_line", "shorten"]

# Whether a call of a method of zarr's buffer classes requests a transfer. The outermost method
# decides: `from_buffer` passes a host array to `__init__` on purpose, while a codec that does so
# itself makes a mistake.
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


# Kinds of frames. Plain integers, because each transfer looks at every frame up to its caller.
_OURS, _CUPY, _ZARR_BUFFER, _CALLER, _CHECK = 1, 2, 3, 4, 5

_kinds: dict[str, int] = {}


def find_caller() -> tuple[FrameType | None, bool | None, str | None]:
    """
    Search the call stack for the line that caused a transfer.

    It is in the first frame outside zarr_devbuf, CuPy and the modules that define zarr's buffer
    classes: all of these move data on behalf of their caller. If a conformance check calls one of
    zarr's buffer classes, it is in the method that the check calls: there is no other caller.

    Returns
    -------
    caller : FrameType or None
        The first frame outside the libraries. Do not keep it: it holds all its variables.
    zarr_intent : bool or None
        Whether the method of zarr's buffer classes that the caller called requests a transfer.
        None if the caller called no such method, or an unknown one.
    cupy_function : str or None
        Name of the Python function of CuPy that the caller called; None if it called none.
    """
    zarr_intent: bool | None = None
    cupy_function: str | None = None
    method: FrameType | None = None
    # Skip this function, `announce` and the caller of `announce`: each frame looked at costs time.
    frame: FrameType | None
    try:
        frame = sys._getframe(3)  # noqa: SLF001 - there is no public way
    except ValueError:  # a thread whose only frame is `record`
        return None, None, None
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code.co_filename) or _classify(frame)
        if kind == _CALLER:
            break
        if kind == _CHECK and method is not None:
            return method, zarr_intent, cupy_function
        if kind == _CUPY:
            cupy_function = code.co_name
        elif kind == _ZARR_BUFFER:
            method = frame
            intent = _ZARR_METHODS.get(code.co_name)
            if intent is not None:
                zarr_intent = intent
        frame = frame.f_back
    return frame, zarr_intent, cupy_function


def find_line() -> tuple[CodeType | None, int]:
    """Return the code and the instruction of the caller, as `find_caller` finds it.

    Conformance checks count as libraries.
    """
    kinds = _kinds
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - there is no public way
    while frame is not None:
        code = frame.f_code
        if (kinds.get(code.co_filename) or _classify(frame)) == _CALLER:
            return code, frame.f_lasti
        frame = frame.f_back
    return None, 0


def _classify(frame: FrameType) -> int:
    filename = frame.f_code.co_filename
    module = frame.f_globals.get("__name__") or ""
    package = module.partition(".")[0]
    kind = _CALLER
    if filename.startswith("<doctest"):
        # A doctest has the globals of its module, but it is a caller.
        pass
    elif package == "zarr_devbuf":
        kind = _CHECK if module.startswith("zarr_devbuf.checks.") else _OURS
    elif package in {"cupy", "cupyx", "cupy_backends"}:
        kind = _CUPY
    elif module.startswith("zarr.core.buffer"):
        kind = _ZARR_BUFFER
    if not filename.startswith("<"):
        # Several modules share filenames such as "<string>".
        _kinds[filename] = kind
    return kind


def describe_site(code: CodeType | str | None, offset: int) -> str:
    """
    Format a call site as text.

    Parameters
    ----------
    code : CodeType, str or None
        None if every Python frame belongs to the libraries; a str is returned as it is.
    offset : int
        Offset of an instruction in the code, in bytes.

    Returns
    -------
    str
        ``"path:line in function"``, with the full path.
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

    The result is relative to the directory in which packages are installed, or to the working
    directory, if the path is below one of them. Otherwise it has the last three parts of the path.
    """
    path = PurePath(where)
    for folder in ("site-packages", "dist-packages"):
        if folder in path.parts:
            start = len(path.parts) - path.parts[::-1].index(folder)
            return "/".join(path.parts[start:])
    if path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd()).as_posix()
    return "/".join(path.parts[path.anchor != "" :][-3:])
