"""Reductions and cumulative functions."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, shape
from tests.gpu.differential.slots import SLOTS, option
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]

_SUMS = "sum prod mean"
_ORDERED = "max min argmax argmin ptp"
_LOGICAL = "all any"
_SPREADS = "var std"
_NAN = "nansum nanprod nanmax nanmin nanmean nanvar nanstd nanargmax nanargmin"
_POSITIONAL = "amax amin count_nonzero median nanmedian average percentile quantile"


def _array(draw: Draw) -> Setting:
    return _operands(draw, tame=True)


def _wild(draw: Draw) -> Setting:
    return _operands(draw, tame=draw.chance(50))


def _operands(draw: Draw, *, tame: bool) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    out = device(draw, dtype(draw), draw.pick([(), lengths[1:], (3,)]), own=True)
    return Setting((("a", device(draw, kind, lengths, tame=tame)), ("out", out)), kind, lengths)


_MORE = option(", keepdims=True", ", keepdims=False", ", out=out", ", where=True", ", where=a > 1",
               ", initial=1", ", keepdims=1", ", out=None", ", keepdims=True, out=out")  # fmt: skip
_TYPED = option(", dtype='f4'", ", dtype='i8'", ", dtype='c8'", ", dtype='?'", ", dtype='u1'",
                ", dtype='f2'", ", dtype='O'", ", dtype=None", ", dtype='f8', keepdims=True")  # fmt: skip
_SLOTS = {**SLOTS, "more": _MORE, "typed": _TYPED}

SUBJECTS = (
    Subject(
        "sums",
        _array,
        (
            *spread("a.<name>(axis=<axis><more><typed>)", name=_SUMS),
            *spread("xp.<name>(a, axis=<axis><more><typed>)", name=_SUMS),
            *spread("np.<name>(a, axis=<axis><more><typed>)", name=_SUMS),
            *spread("a.<name>(<axis>)", name=_SUMS),
            *spread("a.<name>()", name=_SUMS),
            *spread("a.<name>(axis=<axis><more>)", name=_SPREADS),
            *spread("xp.<name>(a, axis=<axis><typed>)", name=_SPREADS),
            *spread("np.<name>(a, axis=<axis>, ddof=1)", name=_SPREADS),
            *spread("xp.<name>(a, <axis>)", name="average median nanmean nanvar nanstd nanmedian"),
            "xp.average(a, weights=xp.ones(a.shape))", "xp.average(a, returned=True)", "xp.mean(a, <axis>, <dtype>)",
            "xp.trace(a)", "a.trace(1)", "xp.linalg.norm(a)", "np.linalg.norm(a)",
        ),
        _SLOTS,
        tolerance=1e-4,
        half=4e-3,
    ),
    Subject(
        "extremes and truth",
        _wild,
        (
            *spread("a.<name>(axis=<axis><more>)", name=f"{_ORDERED} {_LOGICAL}"),
            *spread("xp.<name>(a, axis=<axis><more>)", name=f"{_ORDERED} {_LOGICAL} amax amin"),
            *spread("np.<name>(a, axis=<axis><more>)", name=f"{_ORDERED} {_LOGICAL}"),
            *spread("xp.<name>(a, axis=<axis>)", name="nansum nanprod nanmax nanmin nanargmax nanargmin"),
            *spread("xp.<name>(a)", name="nansum nanprod nanmax nanmin nanargmax nanargmin"),
            *spread("a.<name>(<axis>)", name=f"{_ORDERED} {_LOGICAL}"),
            "a.argmax(axis=<axis>, dtype=<dtype>)", "xp.argmin(a, <axis>, <dtype>)",
            "xp.count_nonzero(a)", "xp.count_nonzero(a, axis=<axis>)", "np.count_nonzero(a)",
            *spread("xp.<name>(a<typed>)", name="nansum nanprod"),
        ),
        _SLOTS,
        tolerance=1e-4,
        half=4e-3,
    ),
    Subject(
        "cumulative",
        _array,
        (
            *spread("a.<name>()", name="cumsum cumprod"),
            *spread("a.<name>(<one_axis>)", name="cumsum cumprod"),
            *spread("a.<name>(dtype=<dtype>)", name="cumsum cumprod"),
            *spread("xp.<name>(a, axis=<one_axis>)", name="cumsum cumprod nancumsum nancumprod diff ediff1d"),
            *spread("np.<name>(a, axis=<one_axis>)", name="cumsum cumprod diff"),
            "xp.cumsum(a, out=out)", "xp.cumulative_sum(a)", "xp.cumulative_prod(a)", "xp.diff(a)", "xp.diff(a, 2)", "xp.ediff1d(a)",
            "xp.diff(a, prepend=0)", "xp.nancumsum(a)", "xp.nancumprod(a)",
        ),
        SLOTS,
        tolerance=1e-4,
        half=2e-2,
    ),
)  # fmt: skip
