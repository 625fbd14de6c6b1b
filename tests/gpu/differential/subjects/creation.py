"""Creation of arrays and ranges."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, shape
from tests.gpu.differential.slots import SLOTS, of
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]


def _like(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    return Setting((("a", device(draw, kind, lengths)),), kind, lengths)


_SHAPES = of(
    "3", "(2, 3)", "()", "(0,)", "[2, 2]", "(2.0,)", "-1", "(True,)", "None", "np.int64(2)", "'ab'", "(2, -1)", "a.shape", "xp.asarray(3)",
    "np.array([2, 3])", "(xp.asarray(2),)", "2.0", "(2, None)", "{1: 2}", "(1,) * 33", "(1,) * 65", "range(3)",
)  # fmt: skip
_FILLS = of("1", "2.5", "-1", "xp.asarray(2.5)", "np.asarray(3)", "[1, 2]", "None", "'x'", "np.nan", "300", "1j", "-0.0", "xp.asarray([1, 2, 3])",
            "np.float32(1)", "2**70", "a", "True")  # fmt: skip
_ENDS = of("5", "2, 8", "2, 8, 2", "5, 0", "0", "0, 1, 0.25", "3.0", "5, 1, -1", "np.int8(4)", "True", "0, 5, 0", "0, 5, None", "None", "1j", "'a'",
           "xp.asarray(3)", "0, xp.asarray(3)", "-2, 2", "2.5, 4", "np.float32(3)", "np.uint8(3), 5")  # fmt: skip

SUBJECTS = (
    Subject(
        "creation",
        _like,
        (
            *spread("xp.<name>(<shape>, <to><order>)", name="zeros ones"),
            *spread("xp.<name>(<shape>)", name="zeros ones"),
            "xp.empty(<shape>, <to><order>).shape", "xp.empty(<shape>, <to><order>).strides", "xp.full(<shape>, <fill>, <to><order>)", "xp.full(<shape>, <fill>)",
            "xp.ndarray(<shape>, <to>).dtype", "xp.ndarray(<shape>, <to>).shape", "xp.ndarray((2, 2), 'i4', xp.arange(4).data)", "xp.ndarray((2,), 'i4', strides=(8,)).strides",
            "xp.ndarray((2, 3), order='F').strides", "xp.ndarray(a.shape, a.dtype, a.copy().data)", "xp.ndarray(a.shape, a.dtype, a.data, a.strides)",
            *spread("xp.<name>(a)", name="zeros_like ones_like"),
            *spread("xp.<name>(a, dtype=<to>)", name="zeros_like ones_like"),
            *spread("xp.<name>(a<order>)", name="zeros_like ones_like"),
            *spread("xp.<name>(a, shape=<shape>)", name="zeros_like ones_like"),
            "xp.zeros_like(a, subok=True)", "xp.full_like(a, <fill>)", "xp.full_like(a, <fill>, dtype=<to>)", "xp.full_like(a, 1<order>)", "xp.empty_like(a).strides",
            "xp.empty_like(a, <to>).dtype", "xp.empty_like(a<order>).strides", "xp.empty_like(a, shape=<shape>).shape", "np.zeros_like(a)", "np.ones_like(a)",
            "np.full_like(a, 3)", "np.empty_like(a).shape", "np.zeros_like(a, order='F')", "np.zeros(3, like=a)", "np.asarray([1, 2], like=a)", "np.full(3, 1, like=a)",
            "np.arange(3, like=a)", "xp.zeros_like(3)", "xp.zeros_like([1, 2])", "xp.zeros_like(np.ones((2, 2), order='F'))",
            "xp.arange(<ends>)", "xp.arange(<ends>, dtype=<to>)", "xp.linspace(0, 1, 5)", "xp.linspace(0, 10, 3, endpoint=False)", "xp.linspace(0, 5, 6, dtype=<dtype>)",
            "xp.linspace(0, 1, 0)", "xp.linspace(0, 1, 1)", "xp.linspace(0, 1, -1)", "xp.linspace(0, 1, 3, retstep=True)", "xp.linspace(xp.asarray([0, 1]), 5, 3)",
            "xp.linspace(0, 1j, 3)", "xp.logspace(0, 2, 3)", "xp.geomspace(1, 8, 4)", "xp.eye(3)", "xp.eye(2, 3, 1)", "xp.eye(3, k=-1, dtype=<dtype>)", "xp.eye(2<order>)",
            "xp.identity(2, <dtype>)", "xp.tri(3)", "xp.tri(2, 3, -1, <dtype>)", "xp.diag(xp.arange(3))", "xp.diag(a)", "xp.diag(a, 1)", "xp.diag([1, 2])", "xp.tril(a)",
            "xp.tril(a, -1)", "xp.triu(a, 1)", "xp.triu(a)", "xp.indices((2, 2))", "xp.indices((2, 3), <dtype>)", "xp.meshgrid(xp.arange(2), xp.arange(3))",
            "xp.meshgrid(xp.arange(2), xp.arange(3), indexing='ij')", "xp.meshgrid(xp.arange(2), xp.arange(3), sparse=True)", "xp.meshgrid(a, a)", "xp.diagflat(a)",
            "xp.vander(xp.arange(3))", "xp.vander(a)", "xp.bartlett(4)", "xp.blackman(4)", "xp.hamming(4)", "xp.hanning(4)", "xp.kaiser(4, 2)",
            "xp.mgrid[0:2, 0:3]", "xp.ogrid[0:2, 0:3]", "xp.mgrid[0:1:3j]", "xp.r_[xp.arange(2), 5]", "xp.c_[xp.arange(2), xp.arange(2)]",
            "xp.fromfunction(lambda i, j: i + j, (2, 2))", "xp.fromstring('1 2', sep=' ')",
        ),
        {**SLOTS, "shape": _SHAPES, "fill": _FILLS, "ends": _ENDS},
        tolerance=1e-6,
        half=2e-3,
    ),
)  # fmt: skip
