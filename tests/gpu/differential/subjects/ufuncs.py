"""Universal functions of one and two arguments, with optional arguments, and their methods."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, shape, some_operand
from tests.gpu.differential.slots import SLOTS, of, option
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]

_PAIRS = (
    "add subtract multiply divide true_divide floor_divide remainder mod fmod power pow float_power "
    "maximum minimum fmax fmin bitwise_and bitwise_or bitwise_xor logical_and logical_or logical_xor "
    "equal not_equal less less_equal greater greater_equal gcd lcm heaviside copysign nextafter "
    "hypot arctan2 atan2 logaddexp logaddexp2 ldexp"
)
_ALONE = (
    "negative positive absolute abs fabs sign square reciprocal conjugate conj rint floor ceil trunc "
    "fix invert bitwise_not bitwise_invert logical_not isfinite isinf isnan signbit bitwise_count "
    "frexp modf"
)
_SMOOTH = (
    "sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan arcsinh arccosh "
    "arctanh sinh cosh tanh deg2rad rad2deg degrees radians asin acos atan asinh acosh atanh i0 sinc"
)


def _pair(draw: Draw) -> Setting:
    lengths, kind, out = shape(draw), dtype(draw), dtype(draw)
    return Setting(
        (
            ("a", device(draw, kind, lengths)),
            ("b", some_operand(draw, lengths)),
            ("out", device(draw, out, lengths, own=True)),
        ),
        out,
        lengths,
    )


def _alone(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    return Setting(
        (
            ("a", device(draw, kind, lengths, tame=draw.chance(50))),
            ("out", device(draw, dtype(draw), lengths, own=True)),
        ),
        kind,
        lengths,
    )


def _smooth(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw, "ifbu")
    return Setting((("a", device(draw, kind, lengths)),), kind, lengths)


def _repeated(draw: Draw) -> Setting:
    lengths = shape(draw, least=1, empty=False)
    kind = dtype(draw)
    return Setting(
        (
            ("a", device(draw, kind, lengths, distinct=True)),
            ("b", some_operand(draw, lengths[1:])),
        ),
        kind,
        lengths,
    )


_MODULE = of("xp", "xp", "np")

SUBJECTS = (
    Subject(
        "ufuncs of two",
        _pair,
        (
            *spread("<module>.<ufunc>(a, b<extra>)", ufunc=_PAIRS),
            *spread("<module>.<ufunc>(b, a)", ufunc=_PAIRS),
            "<module>.divmod(a, b)", "<module>.divmod(b, a)", "xp.divmod(a, b, out=(out, out))",
            "xp.add(a)", "xp.add(a, b, out, out)", "xp.add(a, b, out, out=out)", "xp.add(a, b, out=(out,))",
            "xp.add(a, b, out=(out, out))", "xp.add(a, b, foo=1)", "xp.clip(a, b, b)", "xp.clip(a, b, None)",
            "xp.where(a, b, out)", "xp.where(a, b, 1)", "xp.where(b, a, a)", "xp.isclose(a, b)",
        ),
        {
            "module": _MODULE,
            "extra": option(
                ", out=out", ", out", ", dtype=out.dtype", ", out=out, casting='unsafe'", ", out=np.zeros(3)",
                ", where=True", ", where=a > 1", ", out=out[::-1]", ", casting='no'", ", out=None", ", dtype='S3'", ", order='F'",
                ", subok=True",
            ),
        },
        tolerance=1e-4,
    ),
    Subject(
        "ufuncs of one",
        _alone,
        (
            *spread("<module>.<ufunc>(a<extra>)", ufunc=_ALONE),
            "xp.modf(a, out, out)", "xp.frexp(a, out=(out, out))", "xp.real(a)", "xp.imag(a)", "xp.angle(a)",
            "xp.real_if_close(a)", "xp.iscomplex(a)", "xp.isreal(a)", "xp.isposinf(a)", "xp.isneginf(a)", "xp.nan_to_num(a)",
            "xp.nan_to_num(a, nan=1, posinf=2)", "xp.sign(a, out=out)",
        ),
        {
            "module": _MODULE,
            "extra": option(", out=out", ", dtype=out.dtype", ", out=out, casting='unsafe'"),
        },
        tolerance=1e-6,
    ),
    Subject(
        "smooth ufuncs",
        _smooth,
        spread("<module>.<ufunc>(a)", ufunc=_SMOOTH),
        {"module": _MODULE},
        tolerance=1e-4,
        half=1e-2,
    ),
    Subject(
        "methods of ufuncs",
        _repeated,
        (
            "xp.add.reduce(a<axes>)", "xp.multiply.reduce(a<axes>)", "xp.maximum.reduce(a)", "np.add.reduce(a<axes>)",
            "np.logical_and.reduce(a)", "xp.add.accumulate(a)", "xp.multiply.accumulate(a)", "xp.maximum.accumulate(a)",
            "np.add.accumulate(a)", "np.multiply.accumulate(a)", "xp.add.outer(a, b)", "np.add.outer(a, a)", "xp.less.outer(a, a)",
            "xp.multiply.outer(b, a)", "xp.maximum.reduceat(a, [0])", "np.add.reduceat(a, [0])", "xp.add.nin, xp.add.nout, xp.add.nargs",
            "xp.add.types[:3]", "repr(xp.add)", "xp.add.__name__",
            *spread("xp.<ufunc>.at(a, <index>, <one>)\nr = a", ufunc="add subtract maximum minimum multiply bitwise_or"),
            "np.add.at(a, <index>, <one>)\nr = a", "xp.add.at(a, a > 1, <one>)\nr = a", "xp.maximum.at(a, (0, [0, 0]), <one>)\nr = a", "xp.subtract.at(a, ..., <one>)\nr = a", "xp.add.at(a, ([0, 1, 0], [1, 1, 1]), <one>)\nr = a", "xp.minimum.at(a, xp.zeros(a.shape, bool), <one>)\nr = a", "np.negative.at(a, <index>)\nr = a",
        ),
        {
            **SLOTS,
            "axes": option(", 0", ", axis=None", ", axis=(0,)", ", axis=-1", ", keepdims=True", ", dtype='f4'"),
            "index": of("[0, 0]", "xp.asarray([0])", "0", "xp.asarray([[0], [0]])", "[-1]", "np.array([0, 0, 0])", "slice(None)"),
            "one": of("1", "2.5", "xp.asarray(3)", "np.asarray(2)", "[1, 1]"),
        },
        tolerance=1e-5,
        half=2e-2,
    ),
)  # fmt: skip
