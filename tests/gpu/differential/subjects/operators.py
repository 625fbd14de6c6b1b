"""Operators, with every kind of operand on both sides."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, shape, small, some_operand
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]

_ARITHMETIC = "+ - * / // % ** & | ^"
_COMPARISONS = "== != < <= > >="


def _operands(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    first = device(draw, kind, lengths, tame=draw.chance(70))
    return Setting((("a", first), ("b", some_operand(draw, lengths))), kind, lengths)


def _changed(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    first = device(draw, kind, lengths, distinct=True)
    return Setting((("a", first), ("b", some_operand(draw, lengths))), kind, lengths)


def _shifted(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw, "iub")
    first = device(draw, kind, lengths, distinct=True)
    return Setting((("a", first), ("b", small(draw, lengths))), kind, lengths)


def _alone(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    return Setting((("a", device(draw, kind, lengths, tame=draw.chance(50))),), kind, lengths)


def _matrices(draw: Draw) -> Setting:
    # Only integers, because cuBLAS multiplies floats.
    kind = dtype(draw, "iub")
    left, right = draw.pick(
        [((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 1)), ((2, 3), (2, 3)),
         ((), (3,)), ((2, 3, 4), (4, 4)), ((0, 3), (3, 4)), ((3, 0), (0, 3)), ((2, 2, 3), (2, 3, 1))]
    )  # fmt: skip
    return Setting(
        (("a", device(draw, kind, left)), ("b", device(draw, dtype(draw, "iub"), right))),
        kind,
        left,
    )


SUBJECTS = (
    Subject(
        "operators",
        _operands,
        (
            *spread("a <sign> b", sign=_ARITHMETIC),
            *spread("b <sign> a", sign=_ARITHMETIC),
            "divmod(a, b)", "divmod(b, a)", "pow(a, b)", "pow(a, 2, 3)",
        ),
        tolerance=1e-5,
    ),
    Subject(
        "comparisons",
        _operands,
        (*spread("a <sign> b", sign=_COMPARISONS), *spread("b <sign> a", sign=_COMPARISONS)),
    ),
    Subject(
        "in-place operators",
        _changed,
        spread("a <sign>= b\nr = a", sign=_ARITHMETIC),
        tolerance=1e-5,
    ),
    Subject(
        "shifts",
        _shifted,
        (
            "a << b", "a >> b", "b << (a % 7)", "b >> (a % 7)", "a <<= b\nr = a", "a >>= b\nr = a",
            "xp.left_shift(a, b)", "xp.right_shift(a, b)", "np.left_shift(a, b)",
            "xp.bitwise_left_shift(a, b)", "xp.bitwise_right_shift(a, b)",
        ),
    ),
    Subject(
        "signs",
        _alone,
        ("-a", "+a", "abs(a)", "~a", "round(a)", "not a", "a ** 2", "a ** 0.5", "a ** -1.0", "a ** 2.0"),
        tolerance=1e-6,
    ),
    Subject(
        "products of matrices",
        _matrices,
        (
            "a @ b", "xp.matmul(a, b)", "np.matmul(a, b)", "xp.dot(a, b)", "a.dot(b)", "np.dot(a, b)",
            "xp.inner(a, b)", "xp.outer(a, b)", "xp.vdot(a, b)", "xp.kron(a, b)", "xp.tensordot(a, b, 1)",
            "xp.einsum('...i,i...->...', a, b)", "a @ b.get()", "b.get() @ a", "a @ 2", "2 @ a", "a @ [1, 2, 3]",
            "a.__matmul__(b)", "xp.matvec(a, b)" , "xp.vecdot(a, b)",
        ),
    ),
)  # fmt: skip
