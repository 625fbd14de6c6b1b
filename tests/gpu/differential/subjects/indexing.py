"""Reading and assignment with every kind of key and value."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, shape
from tests.gpu.differential.slots import SLOTS, of
from tests.gpu.differential.subject import Setting, Subject

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]


def _read(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    return Setting((("a", device(draw, kind, lengths)),), kind, lengths)


def _written(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    return Setting((("a", device(draw, kind, lengths, distinct=True)),), kind, lengths)


def _typed(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    operands = (
        ("a", device(draw, kind, lengths, distinct=True)),
        ("b", device(draw, kind, lengths)),
    )
    return Setting(operands, kind, lengths)


_INDICES = of(
    "0", "[0, 1]", "xp.asarray([1, 0, 5])", "np.array([0, -1])", "xp.asarray([[0]])", "-1", "1.5", "[]",
    "xp.asarray([], dtype=int)", "(0, 1)", "np.int64(1)", "xp.asarray(0)", "[[0, 1]]", "xp.asarray([1.0])", "None",
)  # fmt: skip

SUBJECTS = (
    Subject("indexing", _read, ("a[<key>]", "a[<key>][<key>]"), SLOTS),
    Subject(
        "assignment",
        _written,
        (
            "a[<key>] = <value>\nr = None",
            "a[<key>] = <scalar>\nr = None",
            "a[...] = <value>\nr = None",
            "a[<key>] += <scalar>\nr = None",
            "a.fill(<value>)\nr = None",
            "del a[<key>]\nr = None",
            "a.flat[<flat>] = <scalar>\nr = None",
        ),
        {**SLOTS, "flat": of("0", "-1", "slice(None)", "slice(0, 2)", "99")},
    ),
    Subject(
        "picking",
        _read,
        (
            "xp.take(a, <indices>)", "a.take(<indices>, axis=<one_axis>)", "np.take(a, <indices>, <one_axis>)",
            "xp.take(a, <indices>, mode='clip')", "xp.take_along_axis(a, xp.zeros((1,) * a.ndim, int), -1)",
            "xp.take_along_axis(a, xp.asarray([0]), <one_axis>)", "xp.compress([True, False], a, axis=<one_axis>)",
            "a.compress(xp.asarray([True]), axis=0)", "xp.extract(a > 1, a)", "xp.where(a)", "xp.nonzero(a)", "a.nonzero()",
            "np.nonzero(a)", "np.where(a)", "xp.argwhere(a)", "np.argwhere(a)", "xp.flatnonzero(a)", "np.flatnonzero(a)",
            "a.flat[0]", "a.flat[<flat>]", "list(a.flat)", "len(a.flat)", "a.flat.base is a", "a.diagonal(<one_axis>)",
            "a.choose(xp.stack([a, a]))", "xp.choose(a, [a, a])", "xp.ix_(xp.arange(2), xp.arange(3))",
            "xp.select([a > 1], [a])", "xp.select([a > 1, a < 0], [a, a * 2], 7)", "xp.diag_indices(2)", "xp.tril_indices(3)",
            "xp.triu_indices(2, 1)", "xp.indices(a.shape)", "xp.diag_indices_from(a)", "xp.tril_indices_from(a)",
            "xp.unravel_index(<indices>, (2, 2))", "xp.unravel_index(xp.arange(3), (2, 2))", "xp.unravel_index(xp.asarray([5]), (2, 2))",
            "xp.unravel_index(xp.arange(4), (2, 2), 'F')", "xp.ravel_multi_index((xp.asarray([0, 1]), xp.asarray([1, 0])), (2, 3))",
            "xp.ravel_multi_index((xp.asarray([0, 9]), xp.asarray([1, 0])), (2, 3))", "xp.ravel_multi_index(xp.asarray([[0, 1], [1, 0]]), (2, 3))",
            "xp.ravel_multi_index((xp.asarray([0, 9]), xp.asarray([-1, 0])), (2, 3), mode='wrap')",
            "xp.ravel_multi_index((xp.asarray([0, 9]), xp.asarray([-1, 0])), (2, 3), mode=('clip', 'wrap'), order='F')",
            "xp.ravel_multi_index((a, a), (200, 200))", "xp.ravel_multi_index((a, xp.asarray(1)), (3, 2), mode='wrap')",
            "xp.ravel_multi_index((1, 0), (2, 3))", "xp.ravel_multi_index([xp.asarray([1]), xp.asarray([0])], (2,))",
            "xp.ravel_multi_index((np.array([1]), np.array([0])), (2, 3))", "np.ravel_multi_index((xp.asarray([1]), xp.asarray([2])), (2, 3))",
            "xp.ravel_multi_index((xp.asarray([1]), xp.asarray([2])), (2, 3), 'x')", "xp.ravel_multi_index((xp.asarray([1]),), 3)",
            "xp.ravel_multi_index((xp.asarray([1]), xp.asarray([0])), (2, 3), order='Q')",
        ),
        {**SLOTS, "indices": _INDICES, "flat": of("0", "-1", "slice(None)", "slice(0, 2)", "99", "...", "[0]", "'a'")},
    ),
    Subject(
        "changing in place",
        _typed,
        (
            "a.put([0], 1)", "a.put([0, 9], [1, 2])", "a.put(xp.asarray([1]), b)", "a.put([99], 1, mode='clip')", "a.put([99], 1, mode='raise')",
            "xp.put(a, [0], <scalar>)", "xp.place(a, a > 1, 0)", "xp.place(a, a > 1, b)", "xp.place(a, a > 1, [1, 2])", "xp.putmask(a, a > 1, b)",
            "xp.putmask(a, b > 1, <scalar>)", "xp.copyto(a, b)", "xp.copyto(a, <any>)", "xp.copyto(a, <scalar>)", "xp.copyto(a, <scalar>, casting=<casting>)",
            "xp.copyto(a, b, where=b > 1)", "xp.copyto(a, 1, where=<truth>)", "np.copyto(a, b)", "np.copyto(a, <scalar>)", "xp.fill_diagonal(a, 1)",
            "xp.fill_diagonal(a, xp.asarray([1, 2]))", "xp.put_along_axis(a, xp.zeros((1,) * a.ndim, int), 1, -1)", "a.sort()", "a.sort(<one_axis>)",
            "a.sort(kind='stable')", "a.sort(kind='quicksort')", "a.partition(0)", "a.shape = (-1,)", "a.shape = a.shape", "a.shape = (7, 7)",
            "a.real = 1", "a.imag = 1", "a.real = b", "a.imag[...] = 2", "a.T[...] = b.T", "a.ravel()[...] = 3", "a[0][...] = 3",
            "a.fill(3)", "a.fill(xp.asarray(2))", "a.fill(b)", "a.fill(-0.0)", "a.fill(<scalar>)", "a.byteswap(True)", "a.resize((2,))", "a.dtype = 'i4'",
            "a.strides = (1,)", "a.foo = 1", "a.base = None", "a.setflags(write=False)", "a.flags.writeable = False", "a.data = b.data", "a.itemset(0, 1)",
            "a.T.shape = (-1,)", "a[:1] = a[-1:]", "a[...] = a",
        ),
        {**SLOTS, "truth": of("True", "False", "a > 1", "xp.asarray(True)", "b", "np.True_", "1")},
    ),
)  # fmt: skip
