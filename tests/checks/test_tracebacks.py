"""Which frame of a traceback to fix, and how paths are shown."""

from __future__ import annotations

import functools
import json
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr_devbuf
from zarr_devbuf import get_backend
from zarr_devbuf.checks import list_checks
from zarr_devbuf.checks.tracebacks import (
    is_fixable,
    is_simulated,
    is_standard_library,
    last_fixable_frame,
    shorten,
    shorten_paths,
    source_line,
)

PACKAGE = Path(zarr_devbuf.__file__).parent
STANDARD_LIBRARY = sysconfig.get_path("stdlib")


@pytest.mark.parametrize(
    ("filename", "fixable"),
    [
        ("/home/me/mine.py", True),
        (f"{STANDARD_LIBRARY}/site-packages/zarr/core/array.py", True),
        (f"{STANDARD_LIBRARY}/site-packages/numpy/_core/numeric.py", False),
        ("/usr/lib/python3/dist-packages/numcodecs/zlib.py", True),
        ("/usr/lib/python3/dist-packages/cupy/cuda/device.py", False),
        ("cupy/_core/core.pyx", False),
        ("numcodecs/blosc.pyx", True),
        (f"{STANDARD_LIBRARY}/json/encoder.py", False),
        ("<frozen importlib._bootstrap>", False),
        (str(PACKAGE / "reference.py"), False),
    ],
)
def test_code_that_can_be_at_fault(filename: str, fixable: bool) -> None:
    assert is_fixable(filename) == fixable


def test_packages_are_not_the_standard_library() -> None:
    assert is_standard_library(f"{STANDARD_LIBRARY}/json/encoder.py")
    assert not is_standard_library(f"{STANDARD_LIBRARY}/site-packages/zarr/__init__.py")


def raised(action: Any) -> Exception:
    try:
        action()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_last_frame_that_can_be_at_fault() -> None:
    frame = last_fixable_frame(raised(lambda: json.dumps({"scalar": np.uint8(1)})))
    assert frame is not None
    assert frame.filename == __file__
    assert last_fixable_frame(ValueError("never raised")) is None


def test_errors_of_the_simulated_device() -> None:
    xp = get_backend("sim").xp
    assert is_simulated(raised(xp.show_config))
    assert not is_simulated(raised(lambda: 1 / 0))
    assert not is_simulated(ValueError("never raised"))


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("/x/lib/site-packages/zarr/a.py:3 in f", "zarr/a.py:3 in f"),
        ("/x/dist-packages/zarr/a.py", "zarr/a.py"),
        (r"C:\x\site-packages\zarr\a.py", "zarr/a.py"),
        ("/path/entry/mine/a.py", "mine/a.py"),
        ("/elsewhere/a.py", "/elsewhere/a.py"),
    ],
)
def test_shorten(path: str, short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend("/path")
    monkeypatch.syspath_prepend("/path/entry")
    assert shorten(path) == short


def test_shorten_paths_in_a_text() -> None:
    assert shorten_paths("raised at /x/y/site-packages/zarr/a.py:3") == "raised at zarr/a.py:3"
    assert shorten_paths("(/home/me/zarr_devbuf/checks/b.py:4)") == "(zarr_devbuf/checks/b.py:4)"


def test_source_line() -> None:
    check = next(check for check in list_checks("codec") if check.name == "check_round_trip")
    assert source_line(check.function).startswith("zarr_devbuf/checks/codec/round_trip.py:")
    assert source_line(print) == ""

    @functools.wraps(test_shorten)
    def wrapped() -> None: ...

    assert source_line(wrapped) == source_line(test_shorten)
    assert source_line(wrapped).startswith("tests/checks/test_tracebacks.py:")
