"""Expressions for operands: device arrays of every layout, scalars, and other objects."""

# ruff: noqa: E501 - tables of expressions read better a line a subject.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.data import PLAIN

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = [
    "SCALARS", "STRANGE", "device", "dtype", "host", "scalar", "shape", "small", "some_operand",
]  # fmt: skip

_SHAPES: tuple[tuple[int, ...], ...] = (
    (3,), (), (1,), (5,), (0,), (2, 3), (3, 4), (4, 4), (1, 4), (3, 1), (0, 3), (3, 0), (2, 3, 4), (2, 1, 3),
)  # fmt: skip
_KINDS = {"b": "?", "i": "i8 i1 i2 i4", "u": "u1 u2 u4 u8", "f": "f8 f2 f4", "c": "c16 c8"}

SCALARS = (
    "1", "0", "2", "-3", "100", "300", "2.5", "-0.5", "0.0", "1e30", "True", "False", "1+2j", "float('nan')",
    "np.int8(3)", "np.uint8(200)", "np.int64(-5)", "np.float32(1.5)", "np.float64(2.5)", "np.int16(0)",
    "np.float16(3)", "np.bool_(True)", "np.complex64(1j)", "np.uint64(7)", "np.float64('nan')",
)  # fmt: skip
"""Scalars of Python and of NumPy."""

# Without -2**63, because dividing it by -1 is undefined behaviour in C++.
_LARGE = ("2**31", "2**63", "2**64 - 1", "2**70", "-2**70", "np.uint64(2**63)")
_SEQUENCES = (
    "[1, 2, 3]",
    "(1, 2, 3)",
    "[1.5]",
    "[]",
    "[[1], [2], [3]]",
    "[None]",
    "range(3)",
    "[a, a]",
)
STRANGE = (
    "None", "'text'", "b'bytes'", "object()", "...", "slice(1)", "{}", "np.datetime64('2020-01-01')",
    "np.timedelta64(1, 's')", "np.str_('x')", "np.bytes_(b'x')", "np.longdouble(1)", "NotImplemented",
    "type('I', (int,), {})(2)", "type('F', (float,), {})(2.5)", "np.zeros(3, 'O')", "np.zeros(3, 'M8[s]')",
    "np.zeros(3, 'S2')", "np.zeros((), 'i4,f4')[()]", "memoryview(b'abc')", "np.ma.array([1, 2, 3])",
    "__import__('decimal').Decimal(1)", "__import__('fractions').Fraction(1, 2)",
)  # fmt: skip
"""Objects that are neither arrays nor numbers, or that CuPy does not support."""


def shape(draw: Draw, *, least: int = 0, empty: bool = True) -> tuple[int, ...]:
    """Draw a shape."""
    return draw.pick([one for one in _SHAPES if len(one) >= least and (empty or 0 not in one)])


def dtype(draw: Draw, kinds: str = "ifbuc") -> str:
    """Draw a dtype of some kinds."""
    found = [name for kind in kinds for name in _KINDS[kind].split()]
    assert set(found) <= set(PLAIN)
    return draw.pick(found)


def host(kind: str, lengths: tuple[int, ...], seed: int, *, tame: bool = True) -> str:
    """Return an expression for a host array."""
    wild = "" if tame else ", tame=False"
    name = kind if kind == "STRUCT" else repr(kind)
    return f"data({name}, {lengths}, {seed}{wild})"


def device(
    draw: Draw,
    kind: str,
    lengths: tuple[int, ...],
    *,
    tame: bool = True,
    own: bool = False,
    distinct: bool = False,
) -> str:
    """Return an expression for a device array, contiguous or not.

    Parameters
    ----------
    own
        Whether it owns its memory and is C-contiguous.
    distinct
        Whether no two elements share memory. This is necessary for outputs, because kernels write in
        no particular order.
    """
    seed = draw.number(0, 999)
    plain = f"xp.asarray({host(kind, lengths, seed, tame=tame)})"
    if own:
        return plain
    layouts = [plain, plain, plain]
    if len(lengths) >= 2:
        turned = host(kind, lengths[::-1], seed, tame=tame)
        layouts += [
            f"xp.asarray({turned}).T",
            f"xp.array({host(kind, lengths, seed, tame=tame)}, order='F')",
        ]
    if lengths:
        wide = (*lengths[:-1], 2 * lengths[-1])
        layouts += [
            f"xp.asarray({host(kind, wide, seed, tame=tame)})[..., ::2]",
            f"{plain}[::-1]",
        ]
        if lengths[0] > 1 and not distinct:
            layouts.append(
                f"xp.broadcast_to(xp.asarray({host(kind, lengths[1:], seed, tame=tame)}), {lengths})"
            )
    return draw.pick(layouts)


def scalar(draw: Draw) -> str:
    """Return an expression for a scalar of Python or NumPy."""
    return draw.pick(SCALARS)


def small(draw: Draw, lengths: tuple[int, ...]) -> str:
    """Return an expression for an integer from 0 to 6, or an array of such integers."""
    numbers = f"np.abs(data('{dtype(draw, 'iu')}', {lengths}, {draw.number(0, 99)}) % 7)"
    return draw.pick(
        [f"xp.asarray({numbers})", "1", "0", "6", "np.uint8(3)", "True", "xp.asarray(2)", numbers]
    )


def some_operand(draw: Draw, lengths: tuple[int, ...], kinds: str = "ifbuc") -> str:
    """Return an expression for any operand, most often a device array or a scalar."""
    sort = draw.number(0, 20)
    if sort < 9:
        fitting = draw.pick([lengths, lengths, lengths, lengths[1:], (1,) * len(lengths), (7,)])
        return device(draw, dtype(draw, kinds), fitting)
    if sort < 14:
        return scalar(draw)
    if sort == 14:
        return host(dtype(draw, kinds), lengths, draw.number(0, 99))
    if sort == 15:
        return f"np.asarray({scalar(draw)})"
    if sort == 16:
        return draw.pick(_SEQUENCES)
    if sort == 17:
        return draw.pick(STRANGE)
    if sort == 18:
        return draw.pick(_LARGE)
    if sort == 19:
        return "a"
    return f"xp.asarray({scalar(draw)})"
