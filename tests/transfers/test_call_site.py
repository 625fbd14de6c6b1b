"""The line that caused a transfer, and how the methods of zarr on the stack classify it."""

from __future__ import annotations

import _thread
import inspect
import time
from typing import TYPE_CHECKING, cast

import pytest

from zarr_devbuf.transfers import implicit_transfers, record, record_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = __file__


def marked_line(function: Callable[..., object]) -> int:
    """Return the number of the only line of a function that ends with a mark."""
    lines, start = inspect.getsourcelines(function)
    found = [start + number for number, line in enumerate(lines) if line.endswith("# <-\n")]
    assert len(found) == 1
    return found[0]


def function_of(module: str, name: str) -> Callable[..., None]:
    """Return a function that records a transfer and appears to belong to a module."""
    namespace: dict[str, object] = {"__name__": module, "record": record}
    code = f"def {name}(*args):\n    record('h2d', 8, explicit=args != (False,))"
    exec(compile(code, "<made up>", "exec"), namespace)
    return cast("Callable[..., None]", namespace[name])


class TestCallSite:
    def test_it_is_the_line_of_the_caller(self) -> None:
        with record_transfers() as log:
            record("h2d", 8, explicit=True)  # <-
        line = marked_line(TestCallSite.test_it_is_the_line_of_the_caller)
        assert log[0].where == (f"{HERE}:{line} in TestCallSite.test_it_is_the_line_of_the_caller")

    def test_a_call_of_several_lines_is_at_its_first_line(self) -> None:
        with record_transfers() as log:
            record(  # <-
                "h2d",
                8,
                explicit=True,
            )
        line = marked_line(TestCallSite.test_a_call_of_several_lines_is_at_its_first_line)
        assert f":{line} in " in log[0].where

    @pytest.mark.parametrize(
        "module",
        [
            "zarr_devbuf.reference",
            "zarr_devbuf.simulator._core.host_copy",
            "cupy",
            "cupy._creation.from_data",
            "cupyx.scipy.ndimage",
            "zarr.core.buffer.core",
            "zarr.core.buffer.gpu",
        ],
    )
    def test_frames_of_libraries_are_skipped(self, module: str) -> None:
        move = function_of(module, "move")
        with record_transfers() as log:
            move()  # <-
        where = TestCallSite.test_frames_of_libraries_are_skipped
        assert f"{HERE}:{marked_line(where)} in " in log[0].where

    @pytest.mark.parametrize("module", ["zarr.codecs.zstd", "zarr.core.array", "cupy_codec", "m"])
    def test_other_frames_are_callers(self, module: str) -> None:
        move = function_of(module, "move")
        with record_transfers() as log:
            move()
        assert log[0].where == "<made up>:2 in move"

    def test_a_check_that_calls_a_buffer_is_no_caller(self) -> None:
        method = function_of("zarr.core.buffer.core", "to_bytes")
        check: dict[str, Callable[..., None]] = {}
        exec(
            "def check():\n    method()",
            {"__name__": "zarr_devbuf.checks.x", "method": method},
            check,
        )
        with record_transfers() as log:
            check["check"]()
            function_of("zarr_devbuf.checks.x", "check")()  # <-
        where = TestCallSite.test_a_check_that_calls_a_buffer_is_no_caller
        assert log[0].where == "<made up>:2 in to_bytes"
        assert f"{HERE}:{marked_line(where)} in " in log[1].where

    def test_a_thread_that_does_nothing_else(self) -> None:
        with record_transfers() as log:
            _thread.start_new_thread(record, ("h2d", 8), {"explicit": True})
            deadline = time.monotonic() + 30
            while not log and time.monotonic() < deadline:
                time.sleep(0.001)
        assert log[0].where == "an unknown line"

    def test_no_caller_at_all(self) -> None:
        move = function_of("zarr_devbuf.reference", "move")
        with record_transfers() as log:
            _thread.start_new_thread(move, ())
            deadline = time.monotonic() + 30
            while not log and time.monotonic() < deadline:
                time.sleep(0.001)
        assert log[0].where == "an unknown line"


class TestZarrsMethods:
    @pytest.mark.parametrize(
        "name", ["as_numpy_array", "from_buffer", "from_bytes", "from_numpy_array", "to_bytes"]
    )
    def test_some_request_a_transfer(self, name: str) -> None:
        method = function_of("zarr.core.buffer.gpu", name)
        with record_transfers() as log:
            method(False)
        assert [transfer.explicit for transfer in log] == [True]

    @pytest.mark.parametrize("name", ["__init__", "__setitem__", "combine"])
    def test_some_do_not(self, name: str) -> None:
        method = function_of("zarr.core.buffer.gpu", name)
        with record_transfers() as log:
            method(True)
        assert [transfer.explicit for transfer in log] == [False]

    @pytest.mark.parametrize("explicit", [True, False])
    def test_the_others_decide_nothing(self, explicit: bool) -> None:
        method = function_of("zarr.core.buffer.gpu", "something_new")
        with record_transfers() as log:
            method(explicit)
        assert [transfer.explicit for transfer in log] == [explicit]

    def test_a_method_of_that_name_in_another_module_decides_nothing(self) -> None:
        method = function_of("zarr.codecs.zstd", "from_bytes")
        with record_transfers() as log:
            method(False)
        assert [transfer.explicit for transfer in log] == [False]

    def test_the_outermost_decides(self) -> None:
        init = function_of("zarr.core.buffer.gpu", "__init__")
        namespace: dict[str, object] = {"__name__": "zarr.core.buffer.gpu", "init": init}
        exec(compile("def from_buffer():\n    init()", "<made up>", "exec"), namespace)
        with record_transfers() as log:
            namespace["from_buffer"]()  # type: ignore[operator]
            init()
        assert [transfer.explicit for transfer in log] == [True, False]

    def test_a_declaration_overrides_them(self) -> None:
        method = function_of("zarr.core.buffer.gpu", "from_bytes")
        with record_transfers() as log, implicit_transfers():
            method()
        assert [transfer.explicit for transfer in log] == [False]
