"""Views and rearrangements, casts and copies."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, shape
from tests.gpu.differential.slots import SLOTS, of
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]


def _array(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    return Setting((("a", device(draw, kind, lengths)),), kind, lengths)


_ORDER = of(
    ", order='F'", ", order='A'", ", order='C'", ", order='K'", "", ", copy=False", ", copy=True"
)
_NEW = of(
    "-1", "(-1,)", "(2, -1)", "(3, 2)", "(4, 3)", "()", "(0,)", "(1, -1, 1)", "(-1, -1)", "6", "(12,)", "7", "a.shape[::-1]",
    "(1,) * 3 + a.shape", "a.size", "xp.asarray(3)", "None", "'a'", "3.0", "(np.int8(3),)", "[3, -1]", "(-1, 0)",
)  # fmt: skip
_AXES = of(
    "", "1, 0", "(1, 0)", "0, 1", "2, 0, 1", "None", "0", "-1, 0", "0, 0", "[1, 0]", "'a'", "1.0"
)
_SLOTS = {**SLOTS, "layout": _ORDER, "new": _NEW, "axes": _AXES}

SUBJECTS = (
    Subject(
        "views",
        _array,
        (
            "a.reshape(<new><layout>)", "xp.reshape(a, <new><layout>)", "np.reshape(a, <new>)", "a.reshape(2, -1)", "a.reshape()",
            "a.transpose(<axes>)", "xp.transpose(a)", "xp.transpose(a, (1, 0))", "np.transpose(a)", "xp.permute_dims(a, (1, 0))", "a.T", "a.mT",
            "xp.matrix_transpose(a)", *spread("a.ravel(<how>)", how="'C' 'F' 'K' 'A'"), *spread("a.flatten(<how>)", how="'C' 'F' 'K' 'A'"),
            "a.ravel()", "a.flatten()", "xp.ravel(a)", "np.ravel(a, 'F')", "a.squeeze()", "a.squeeze(<axis>)", "xp.squeeze(a, <axis>)", "np.squeeze(a)",
            "a.swapaxes(0, 1)", "a.swapaxes(0, -1)", "xp.swapaxes(a, 0, 1)", "xp.expand_dims(a, <axis>)", "xp.expand_dims(a, (0, -1))",
            "np.expand_dims(a, 0)", "xp.moveaxis(a, 0, -1)", "xp.moveaxis(a, (0, 1), (1, 0))", "xp.moveaxis(a, <one_axis>, 0)", "xp.rollaxis(a, 1)",
            "xp.rollaxis(a, -1, 0)", "xp.flip(a)", "xp.flip(a, <axis>)", "np.flip(a)", "xp.fliplr(a)", "xp.flipud(a)", "xp.rot90(a)", "xp.rot90(a, 2)",
            "xp.atleast_1d(a)", "xp.atleast_2d(a)", "xp.atleast_3d(a)", "np.atleast_1d(a)", "xp.broadcast_to(a, (2, 3, 4))", "xp.broadcast_to(a, (3, 4))",
            "xp.broadcast_to(a, 3)", "np.broadcast_to(a, (2, *a.shape))", "xp.broadcast_arrays(a, xp.zeros((2, 3, 4)))", "np.broadcast_arrays(a, a)",
            "xp.broadcast(a, xp.zeros((2, 3, 4))).shape", "a.diagonal()", "a.diagonal(1)", "a.diagonal(-1)", "a.diagonal(0, 1, 0)", "xp.diagonal(a)",
            "xp.array_split(a, 2)", "xp.array_split(a, [1, 2])", "xp.split(a, 2)", "xp.split(a, 3, <one_axis>)", "xp.vsplit(a, 2)", "xp.hsplit(a, 2)",
            "xp.dsplit(a, 2)", "xp.unstack(a)", "a.reduced_view()", "list(a)", "a[0]", "a.view()", "xp.lib.stride_tricks.as_strided(xp.arange(9), (2, 2), (8, 24))",
            "xp.lib.stride_tricks.sliding_window_view(a, 2)", "xp.lib.stride_tricks.sliding_window_view(a, (1,), 0)", "a.real", "a.imag",
            "a.reshape(-1)[::-1].reshape(a.shape)", "a.transpose().reshape(-1)", "a.swapaxes(0, -1).ravel()", "a[::2].T.copy()",
        ),
        _SLOTS,
        tolerance=1e-6,
    ),
    Subject(
        "casts",
        _array,
        (
            "a.astype(<to>)", "a.astype(<to>, copy=False)", "a.astype(<to><order>)", "a.astype(<to>, 'C')", "a.astype(int, casting='safe')",
            "a.astype(<to>, subok=False)", "xp.astype(a, <to>)", "xp.astype(a, <to>, copy=False)", "np.astype(a, 'f4')", "a.view(<to>)", "a.view(<to>).copy()",
            "a.view(<to>).astype('f4')", "a.view(type=xp.ndarray)", "a.view('i4', xp.ndarray)", "a.view(np.ndarray)", "a.copy()", "a.copy(<how>)", "xp.copy(a)",
            "xp.copy(a, <how>)", "np.copy(a)", "xp.ascontiguousarray(a)", "xp.asfortranarray(a)", "xp.ascontiguousarray(a, <to>)", "xp.asfortranarray(a, <to>)",
            "np.ascontiguousarray(a)", "xp.array(a, dtype=<to>)", "xp.asarray(a, dtype=<to>)", "xp.array(a, copy=False)", "xp.array(a, ndmin=3)",
            "xp.asarray(a<order>)", "xp.array(a<order>)", "xp.array(a, <to>, copy=False)", "xp.asarray(a, <to>, copy=False)", "xp.asarray(a, copy=True)",
            "xp.asanyarray(a, <to>)", "xp.array(a, copy=None)", "xp.array([a, a])", "xp.array([[a], [a]])", "xp.array([a, 1])", "xp.array([a] * 9)",
            "xp.array([a, a], <to>)", "xp.array([a, a]<order>)", "xp.array([a, a], ndmin=4)", "xp.array((a, [a]))", "xp.array([a, a.get()])",
            "xp.array([a, a[:1]])", "xp.array([a.astype('f4'), a])", "a.byteswap()", "xp.array(a, subok=True)", "xp.require(a, <to>)", "xp.require(a, None, 'F')",
            "xp.asarray_chkfinite(a)", "xp.asfarray(a)", "xp.asarray(a.T, order='C')", "a.astype(a.dtype, copy=False) is a", "xp.asarray(a) is a",
            "xp.ascontiguousarray(a) is a",
        ),
        {**SLOTS, "how": of("'C'", "'F'", "'K'", "'A'", "'Q'", "None", "1")},
    ),
)  # fmt: skip
