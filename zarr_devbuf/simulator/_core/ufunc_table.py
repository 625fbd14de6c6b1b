"""CuPy's universal functions as a table: their loops, and the functions that compute them.

A row lists groups of loops. ``=`` after a group gives the output dtype if it differs from the input
dtype; ``!`` marks loops that raise an error. If NumPy computes a function as CuPy does, NumPy's
function of the same name is used.
"""

# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.ufuncs import Loop, ufunc

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ALIASES", "UFUNCS"]

_GROUPS = {
    "bool": "?",
    "int": "b B h H i I l L q Q",
    "float": "e f d",
    "complex": "F D",
}
_MIXED_INT = "qq QQ qQ Qq"

# name: (number of inputs, groups)
_ROWS: dict[str, tuple[int, str]] = {
    "add": (2, "bool int float complex"),
    "subtract": (2, "bool! int float complex"),
    "multiply": (2, "bool int float complex"),
    "true_divide": (2, "qq->d qQ->d Qq->d QQ->d float complex"),
    "floor_divide": (2, "int float"),
    "remainder": (2, "int float"),
    "fmod": (2, "int float"),
    "divmod": (2, "int float"),
    "power": (2, "bool=b int float complex"),
    "float_power": (2, "dd->d FF->D DD->D"),
    "negative": (1, "bool! int float complex"),
    "positive": (1, "bool! int float complex"),
    "absolute": (1, "bool int float F->f D->d"),
    "fabs": (1, "float"),
    "sign": (1, "int float complex"),
    "square": (1, "int float complex"),
    "reciprocal": (1, "int float complex"),
    "sqrt": (1, "float complex"),
    "cbrt": (1, "float"),
    "conjugate": (1, "int float complex"),
    "exp": (1, "float complex"),
    "exp2": (1, "float complex"),
    "expm1": (1, "float complex"),
    "log": (1, "float complex"),
    "log2": (1, "float complex"),
    "log10": (1, "float complex"),
    "log1p": (1, "float complex"),
    "logaddexp": (2, "float"),
    "logaddexp2": (2, "float"),
    "sin": (1, "float complex"),
    "cos": (1, "float complex"),
    "tan": (1, "float complex"),
    "arcsin": (1, "float complex"),
    "arccos": (1, "float complex"),
    "arctan": (1, "float complex"),
    "arctan2": (2, "float complex"),
    "hypot": (2, "float complex"),
    "sinh": (1, "float complex"),
    "cosh": (1, "float complex"),
    "tanh": (1, "float complex"),
    "arcsinh": (1, "float complex"),
    "arccosh": (1, "float complex"),
    "arctanh": (1, "float complex"),
    "deg2rad": (1, "float"),
    "rad2deg": (1, "float"),
    "i0": (1, "float complex"),
    "sinc": (1, "float complex"),
    "rint": (1, "float complex"),
    "floor": (1, "bool int float"),
    "ceil": (1, "bool int float"),
    "trunc": (1, "bool int float"),
    "fix": (1, "bool int float"),
    "maximum": (2, "bool int float complex"),
    "minimum": (2, "bool int float complex"),
    "fmax": (2, "bool int float complex"),
    "fmin": (2, "bool int float complex"),
    "heaviside": (2, "float"),
    "copysign": (2, "float complex"),
    "nextafter": (2, "float complex"),
    "signbit": (1, "float=?"),
    "frexp": (1, "e->ei f->fi d->di"),
    "modf": (1, "e->ee f->ff d->dd"),
    "ldexp": (2, "ei->e fi->f el->e fl->f di->d dq->d"),
    "gcd": (2, "bool! int"),
    "lcm": (2, "bool! int"),
    "bitwise_and": (2, "bool int"),
    "bitwise_or": (2, "bool int"),
    "bitwise_xor": (2, "bool int"),
    "invert": (1, "bool int"),
    "left_shift": (2, "int"),
    "right_shift": (2, "int"),
    "bitwise_count": (1, "int=B"),
    "logical_and": (2, "bool=? mixed=? float=?"),
    "logical_or": (2, "bool=? mixed=? float=?"),
    "logical_xor": (2, "bool=? int=? float=?"),
    "logical_not": (1, "bool=? int=? float=?"),
    "equal": (2, "bool=? mixed=? float=? complex=?"),
    "not_equal": (2, "bool=? mixed=? float=? complex=?"),
    "less": (2, "bool=? mixed=? float=? complex=?"),
    "less_equal": (2, "bool=? mixed=? float=? complex=?"),
    "greater": (2, "bool=? mixed=? float=? complex=?"),
    "greater_equal": (2, "bool=? mixed=? float=? complex=?"),
    "isfinite": (1, "float=? complex=?"),
    "isinf": (1, "float=? complex=?"),
    "isnan": (1, "float=? complex=?"),
}

_ERRORS = {
    "gcd": "gcd cannot be computed with boolean arrays",
    "lcm": "lcm cannot be computed with boolean arrays",
    "subtract": "cupy boolean subtract, the `-` operator, is deprecated, use the bitwise_xor, "
    "the `^` operator, or the logical_xor function instead.",
    "negative": "The cupy boolean negative, the `-` operator, is not supported, use the `~` "
    "operator or the logical_not function instead.",
    "positive": "The cupy boolean positive, the `+` operator, is not supported.",
}

_COMPARISONS = frozenset({"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"})
_DIVISIONS = frozenset({"floor_divide", "remainder", "fmod", "divmod", "reciprocal", "true_divide"})

_NOT_IMPLEMENTED = {
    ("arctan2", "FF->F"),
    ("arctan2", "DD->D"),
    ("hypot", "FF->F"),
    ("hypot", "DD->D"),
    ("copysign", "FF->F"),
    ("copysign", "DD->D"),
    ("nextafter", "FF->F"),
    ("nextafter", "DD->D"),
    ("i0", "F->F"),
    ("i0", "D->D"),
}

ALIASES = {
    "abs": "absolute",
    "divide": "true_divide",
    "mod": "remainder",
    "pow": "power",
    "conj": "conjugate",
    "degrees": "rad2deg",
    "radians": "deg2rad",
    "bitwise_not": "invert",
    "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift",
    "bitwise_right_shift": "right_shift",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
}
"""Other names of the same functions in ``cupy``."""


def _signatures(nin: int, groups: str) -> list[tuple[str, bool]]:
    """Expand a row into signatures, each with whether CuPy raises an error for it."""
    expanded: list[tuple[str, bool]] = []
    for word in groups.split():
        if "->" in word:
            expanded.append((word, False))
            continue
        rejected = word.endswith("!")
        group, _, output = word.rstrip("!").partition("=")
        inputs = _MIXED_INT if group == "mixed" else _GROUPS[group]
        for chars in inputs.split():
            left = chars if group == "mixed" else chars * nin
            expanded.append((f"{left}->{output or chars[0]}", rejected))
    return expanded


def _native(function: np.ufunc) -> Callable[..., Any]:
    if function.nout > 1:

        def compute_parts(operands: list[Any], dtypes: Any, out: Any) -> Any:
            return function(*operands, order="C", signature=dtypes, casting="unsafe")

        return compute_parts

    def compute(operands: list[Any], dtypes: Any, out: Any) -> Any:
        return function(*operands, out=out, order="C", signature=dtypes, casting="unsafe")

    return compute


def _exactly(function: np.ufunc) -> Callable[..., Any]:
    """Compare integers by their values, without a cast of the larger operand."""

    def compute(operands: list[Any], dtypes: Any, out: Any) -> Any:
        left, right = operands
        left, right = _narrowed(left, right), _narrowed(right, left)
        return function(left, right, out=out, order="C", casting="unsafe")

    return compute


def _narrowed(one: Any, other: Any) -> Any:
    """Return a 0-d array in the dtype of the other operand, if that can hold its value."""
    if one.ndim or one.dtype == other.dtype or not other.ndim:
        return one
    narrow = one.astype(other.dtype)
    return narrow if narrow == one else one


def _by_casting(function: Callable[..., Any], inner: str | None = None) -> Callable[..., Any]:
    """Cast the operands, compute, and cast the result to the dtype of the loop.

    Parameters
    ----------
    function
        Called with the operands.
    inner
        Dtype characters to which the operands are cast first; ``None`` for those of the loop.
    """

    def compute(operands: list[Any], dtypes: Any, out: Any) -> Any:
        wanted = dtypes if inner is None else [np.dtype(char) for char in inner]
        cast = [
            operand.astype(dtype, copy=False)
            for operand, dtype in zip(operands, wanted, strict=False)
        ]
        result = function(*cast)
        return np.asarray(result).astype(dtypes[-1], order="C", copy=False)

    return compute


def _integer_power(base: Any, exponent: Any) -> Any:
    """Raise integers to integer powers; negative powers are truncated, as on the device."""
    if exponent.dtype.kind != "i" or not (exponent < 0).any():
        return np.power(base, exponent)
    below = exponent < 0
    powers = np.power(base, np.where(below, 0, exponent).astype(exponent.dtype))
    odd = (exponent & 1).astype(bool)
    inverse = np.where(base == 1, 1, np.where(base == -1, np.where(odd, -1, 1), 0))
    return np.where(below, inverse, powers).astype(base.dtype)


def _not_implemented(name: str) -> Callable[..., Any]:
    def compute(*args: Any) -> Any:
        raise not_implemented(name)

    return compute


def _floor_divide(left: Any, right: Any) -> Any:
    """Divide and round down; unlike NumPy, infinite quotients do not become NaN."""
    return np.floor(np.true_divide(left, right))


def _remainder(left: Any, right: Any) -> Any:
    return left - _floor_divide(left, right) * right


_FLOORED: dict[str, Any] = {"floor_divide": _floor_divide, "remainder": _remainder}


def _complex_divide(left: Any, right: Any) -> Any:
    """Divide complex numbers by CuPy's formula, which differs from NumPy's for infinities."""
    inverse = 1 / (np.abs(right.real) + np.abs(right.imag))
    real, imag = right.real * inverse, right.imag * inverse
    above, beside = left.real * inverse, left.imag * inverse
    inverse = 1 / (real * real + imag * imag)
    shape = np.broadcast_shapes(left.shape, right.shape)
    quotient = np.empty(shape, left.dtype)
    quotient.real = (above * real + beside * imag) * inverse
    quotient.imag = (beside * real - above * imag) * inverse
    return quotient


def _complex_sign(values: Any) -> Any:
    magnitude = np.abs(values)
    return np.where(magnitude == 0, 0, values / magnitude)


def _integer_reciprocal(values: Any) -> Any:
    return np.where(values == 0, 0, 1 // np.where(values == 0, 1, values) * (np.abs(values) == 1))


_COMPUTED: dict[str, Callable[..., Any]] = {
    "power": _integer_power,
    "fix": np.trunc,
    "i0": np.i0,
    "sinc": np.sinc,
}


def _compute_for(name: str, signature: str) -> Callable[..., Any]:  # noqa: C901, PLR0912 - a table
    left, _, right = signature.partition("->")
    if (name, signature) in _NOT_IMPLEMENTED:
        return _not_implemented(f"cupy.{name} of complex numbers")
    if name == "power" and right in "bBhHiIlLqQ":
        return _by_casting(_integer_power, right * 2)
    if name == "true_divide" and left.lower() == "qq":
        return _by_casting(np.true_divide, "dd")
    if name == "float_power" and right == "D":
        return _by_casting(np.power, left)
    if name == "true_divide" and right in "FD":
        return _by_casting(_complex_divide)
    if name == "ldexp":
        # C's function takes an int.
        return _by_casting(np.ldexp, f"{left[0]}i")
    if name in _FLOORED and right in "efd":
        return _by_casting(_FLOORED[name])
    if name == "sign" and right in "FD":
        return _by_casting(_complex_sign)
    if name == "reciprocal" and right in "bBhHiIlLqQ":
        return _by_casting(_integer_reciprocal)
    if name in _COMPARISONS and left.lower() == "qq":
        return _exactly(getattr(np, name))
    if name == "fix":
        return _native(np.trunc)
    if name in _COMPUTED and name != "power":
        return _by_casting(_COMPUTED[name])
    if name.startswith("logical_") and left != left[0] * len(left):
        return _not_implemented(f"cupy.{name} of signed with unsigned integers of 64 bits")
    return _native(getattr(np, name))


def _build(name: str, nin: int, groups: str) -> ufunc:
    loops = [
        Loop(
            signature,
            None if rejected else _compute_for(name, signature),
            _ERRORS[name] if rejected else None,
            silent=name not in _DIVISIONS,
        )
        for signature, rejected in _signatures(nin, groups)
    ]
    if name == "divmod":
        loops = [_pair(loop) for loop in loops]
    out_loops = loops[4:] if name == "true_divide" else None
    return ufunc(f"cupy_{name}", loops, out_loops=out_loops, compares=name in _COMPARISONS)


def _pair(loop: Loop) -> Loop:
    signature = loop.signature + loop.signature[-1]
    if signature[-1] in "efd":
        return Loop(signature, _floored_pair)
    return Loop(signature, _native(np.divmod))


def _floored_pair(operands: list[Any], dtypes: Any, out: Any) -> Any:
    left, right = (one.astype(dtypes[0], copy=False) for one in operands)
    parts = _floor_divide(left, right), _remainder(left, right)
    return tuple(np.asarray(part).astype(dtypes[0], order="C", copy=False) for part in parts)


UFUNCS: dict[str, ufunc] = {name: _build(name, *row) for name, row in _ROWS.items()}
"""The implemented universal functions, by their names in ``cupy``."""
