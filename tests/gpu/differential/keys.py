"""Expressions for keys of arrays."""

# ruff: noqa: E501 - tables of expressions read better a line a subject.
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["key"]

_TAME = ("0", ":", "-1", "::2", "1:", "::-1", "...", "None", "[0, 1]", "xp.array([1, 0, 1])")


def _part(draw: Draw, length: int) -> str:
    last = max(length - 1, 0)
    return draw.pick(
        [
            "0", "-1", str(draw.number(-length - 1, length)), ":", "::2", "1:", ":-1", "::-1", "5:1", "-2:", "10:20",
            "-1:-20:-2", "20::-3", "None", "...", f"np.int64({last})", "np.int8(0)", "np.uint64(0)", "2**40", "-2**40", "2**70",
            f"[0, {last}]", "[0, 1, 7]", "[-1]", "[]", "[True, False]", "(0, 1)", "[[0], [1]]", "[1, [2]]", "[[]]", "[[True]]",
            f"np.array([{last}, 0])", f"np.array([{last}, -9], dtype='u1')", "np.array([99, -99])", "np.zeros((0,), int)", "np.zeros(0)",
            f"xp.array([{last}, 0, -1])", "xp.array([99, -99])", "xp.array([0], dtype='u8')", "xp.array([-1], dtype='i1')",
            "xp.array([[0, 1], [1, 0]])", "xp.zeros((0,), int)", "xp.zeros((2, 0), int)", "xp.asarray(0)", "xp.asarray(-1)", "np.asarray(0)",
            "np.array(True)", "xp.array(True)", "xp.array(False)", "True", "False", "np.bool_(True)",
            f"xp.asarray(data('?', ({length},), 3))", f"data('?', ({length},), 3)", f"list(data('?', ({length},), 4))", f"xp.zeros({length}, bool)",
            "1.5", "'x'", "b'y'", "1j", "np.float32(1)", "np.array([0.5])", "xp.array([0.5])", "np.array(['a'])", "np.array([None])", "object()", "{}",
            "slice(None, xp.asarray(2))", "slice(1.0, 3)", "slice('a', 3)", "slice(None, None, 0)", "slice(np.int8(1), None)", "slice(None, 2**70)",
            "range(2)", "[xp.asarray(0)]", "[np.int8(0), 1]", "(xp.asarray(0),)", "np.s_[0:2]", "np.arange(6).reshape(2, 3)[:, ::2]",
            "[slice(0, 1)]", "[None]", "[...]", "memoryview(bytes([0, 1]))", "xp.arange(4)[::2]", "np.datetime64('2020-01-01')",
        ]
    )  # fmt: skip


def key(draw: Draw, lengths: tuple[int, ...]) -> str:
    """Return an expression for a key of an array with a shape."""
    form = draw.number(0, 10)
    if form < 3 or not lengths:
        return _part(draw, lengths[0] if lengths else 1)
    if form == 3:
        return draw.pick(["a > 1", "a != a", "~(a == 0)", "a.get() > 1", "a.astype(bool)"])
    if form == 4:
        return f"xp.asarray(data('?', {lengths}, {draw.number(0, 9)}))"
    if form == 5:
        return f"data('?', {lengths}, {draw.number(0, 9)})"
    count = draw.number(1, len(lengths) + draw.chance(10))
    parts = [
        _part(draw, lengths[index] if index < len(lengths) else 1)
        if draw.chance(50)
        else draw.pick(_TAME)
        for index in range(count)
    ]
    return ", ".join(parts) + ("," if count == 1 else "")
