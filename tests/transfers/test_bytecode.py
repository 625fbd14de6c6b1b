"""Which function a line calls, read from its bytecode: how CuPy's transfers are classified."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import pytest

from zarr_devbuf._transfers.bytecode import called_name


class Compiled:
    """Compiled methods, like those of CuPy: a call of them has no Python frame."""

    def __init__(self) -> None:
        self.seen: list[str | None] = []
        self.get = self.set = self.take = partial(self._look)

    def _look(self, *args: object, **kwargs: object) -> Compiled:
        self.seen.append(called_name(sys._getframe(1)))
        return self

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __getitem__(self, key: object) -> Compiled:
        return self


class Slot:
    """An object whose operators record which function their caller was calling."""

    def __init__(self) -> None:
        self.seen: list[str | None] = []

    def _look(self) -> None:
        # Two up: the operator of this class is written in Python and has a frame.
        self.seen.append(called_name(sys._getframe(2)))

    def __bool__(self) -> bool:
        self._look()
        return True

    def __float__(self) -> float:
        self._look()
        return 1.0

    def __getitem__(self, key: object) -> int:
        self._look()
        return 1

    def __setitem__(self, key: object, value: object) -> None:
        self._look()

    def __eq__(self, other: object) -> bool:
        self._look()
        return True

    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> int:
        self._look()
        return -1

    def __str__(self) -> str:
        self._look()
        return ""


def seen(code: str) -> list[str | None]:
    """Run code that uses `x` in a function, and return the recorded names."""
    x = Compiled()
    namespace: dict[str, Any] = {"x": x}
    body = "\n".join("    " + line for line in code.splitlines())
    exec(f"def function(x=x):\n{body}\nfunction()", namespace)
    return x.seen


class TestCalls:
    @pytest.mark.parametrize(
        "code",
        [
            "x.get()",
            "y = x.get(1)",
            "x.get(1, 2, key=3)",
            "x.get(key=3)",
            "x.get(*[1, 2])",
            "x.get(**{'key': 1})",
            "x.get(1, *[2], key=3, **{'other': 4})",
            "x.get(1 if x is None else 2)",
            "x.get(1 if x is None else 2, 3 or 4)",
            "x.get([i for i in range(3)])",
            "x.get(\n  1,\n  2,\n)",
            "(x\n .get\n ()\n)",
            "x[0].get()",
            "x[0][1].get(2)",
            "print(end=str(x.get() is None)[:0])",
            "len([x.get()])",
            "[x.get() for i in range(1)]",
            "list(x.get() for i in range(1))",
            "(lambda: x.get())()",
            "assert x.get()",
            "with_ = x.get() if True else None",
            "z = f'{x.get() is None}'",
            "try:\n    1 / 0\nexcept ZeroDivisionError:\n    x.get()",
        ],
    )
    def test_a_methods_name(self, code: str) -> None:
        assert seen(code) == ["get"]

    def test_a_function_written_in_python(self) -> None:
        def f(*args: object) -> int:
            found.append(called_name(sys._getframe(1)))
            return 0

        def g(y: Any) -> None:
            y.get(f(1), 2)

        found: list[str | None] = []
        owner = type("Owner", (), {"get": f})()
        for _ in range(100):  # until the interpreter has specialised the call
            g(owner)
        assert found == ["f", "get"] * 100

    def test_in_a_chain_each_has_its_own(self) -> None:
        assert seen("x.get().set(1).take().get()") == ["get", "set", "take", "get"]

    def test_in_arguments_each_has_its_own(self) -> None:
        assert seen("x.set(x.take(x.get()), x.get())") == ["get", "take", "get", "set"]

    def test_at_module_level(self) -> None:
        x = Compiled()
        exec("x.get()\nx.set(1)\nx.take(key=2)", {"x": x})
        assert x.seen == ["get", "set", "take"]

    @pytest.mark.parametrize(
        "code",
        [
            "f = [0].sort\nf(key=look)",
            "f = [0].sort\nf(**{'key': look})",
            "f = partial([0].sort, key=look)\nf()",
            "def inner(f):\n    return f(key=look)\ninner([0].sort)",
            "f = [0].sort\ndef inner():\n    f(key=look)\ninner()",
            "f = [0].sort\nassert f(key=look) is None",
        ],
    )
    @pytest.mark.parametrize("scope", ["module", "function"])
    def test_an_alias_is_looked_up(self, code: str, scope: str) -> None:
        found = []

        def look(value: object) -> int:
            found.append(called_name(sys._getframe(1)))
            return 0

        if scope == "function":
            body = "\n".join("    " + line for line in code.splitlines())
            code = f"def function():\n{body}\nfunction()"
        exec(code, {"look": look, "partial": partial})
        assert found == ["sort"]

    @pytest.mark.parametrize("code", ["[x.get][0]()", "{0: x.get}[0](1)"])
    def test_a_target_without_a_name_has_none(self, code: str) -> None:
        assert seen(code) == [None]


class TestAssertionsRewrittenByPytest:
    def test_they_call_through_variables_of_their_own(self) -> None:
        found = []

        def look(value: object) -> int:
            found.append(called_name(sys._getframe(1)))
            return 0

        values = [0]
        assert values.sort(key=look) is None
        assert [1].sort(key=look) is None, "a message"
        assert str(values.sort(key=look)) == str(values.sort(reverse=len([1]) == 1, key=look))
        assert not (values or [2]).sort(key=look)
        assert [values.sort(key=look)]
        assert found == ["sort"] * 6


class TestNoCalls:
    @pytest.mark.parametrize(
        "code",
        ["x[0]", "x[0] = 1", "x == 1", "-x", "if x: pass", "while x: break", "not x", "x and 1"],
    )
    def test_operators_call_nothing(self, code: str) -> None:
        x = Slot()
        exec(code, {"x": x})
        assert x.seen == [None]

    @pytest.mark.parametrize(
        ("code", "name"), [("bool(x)", "bool"), ("float(x)", "float"), ("str(x)", "str")]
    )
    def test_conversions_have_their_own_names(self, code: str, name: str) -> None:
        x = Slot()
        exec(code, {"x": x})
        assert x.seen == [name]

    def test_formatting_calls_nothing(self) -> None:
        x = Slot()
        exec("f'{x!s}'", {"x": x})
        assert x.seen == [None]


def test_code_without_positions() -> None:
    # As with `python -X no_debug_ranges`: the callee is found by its position on the stack.
    x = Compiled()
    code = compile("x.get()\nx.set(1, 2)\nx.take(1, key=2)\nx[0].get(x.set())", "<made up>", "exec")
    exec(code.replace(co_linetable=_without_columns(code)), {"x": x})
    assert x.seen == ["get", "set", "take", "set", "get"]


def _without_columns(code: Any) -> bytes:
    """Encode the line table again, without columns."""
    table = bytearray()
    line = code.co_firstlineno
    runs: list[list[int]] = []
    for start, stop, number in code.co_lines():
        for _ in range(start, stop, 2):
            if runs and runs[-1][0] == number and runs[-1][1] < 8:
                runs[-1][1] += 1
            else:
                runs.append([number, 1])
    for number, length in runs:
        table.append(0x80 | 13 << 3 | (length - 1))
        delta = number - line
        line = number
        value = (-delta << 1 | 1) if delta < 0 else delta << 1
        while value >= 64:
            table.append(0x40 | value & 63)
            value >>= 6
        table.append(value)
    return bytes(table)
