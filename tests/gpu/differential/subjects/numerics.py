"""Polynomials, histograms, interpolation, products, and what of linear algebra needs no library."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, shape
from tests.gpu.differential.slots import SLOTS, of
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]


def _arrays(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    other = draw.pick([kind, dtype(draw)])
    operands = (("a", device(draw, kind, lengths)), ("b", device(draw, other, lengths)))
    return Setting(operands, kind, lengths)


def _coefficients(draw: Draw) -> Setting:
    lengths, kind = draw.pick([(3,), (5,), (1,), (2,), (0,), (2, 3), ()]), dtype(draw)
    second = draw.pick([lengths, (3,), (4,)])
    operands = (
        ("a", device(draw, kind, lengths)),
        ("b", device(draw, draw.pick([kind, dtype(draw)]), second)),
    )
    return Setting(operands, kind, lengths)


def _vectors(draw: Draw) -> Setting:
    lengths, kind = (
        draw.pick([(3,), (2,), (4, 3), (3, 2), (3, 3), (2, 1, 3), (4,), ()]),
        dtype(draw),
    )
    operands = (
        ("a", device(draw, kind, lengths)),
        ("b", device(draw, draw.pick([kind, dtype(draw)]), lengths)),
    )
    return Setting(operands, kind, lengths)


_BINS = of(
    "3",
    "1",
    "0",
    "10",
    "-1",
    "1.5",
    "'auto'",
    "xp.asarray([-1., 0., 2.])",
    "xp.arange(4)",
    "np.asarray([0, 1, 3])",
    "[0, 1, 2]",
    "xp.asarray([2, 1])",
    "None",
)
_LIMITS = of("None", "(0, 2)", "(-2, 2)", "(2, 0)", "(1, 1)", "(0, float('inf'))")
_AXIS = of("", ", axis=0", ", axis=-1", ", axis=1", ", axis=(0, 1)", ", axis=5")
_ORDER = of("None", "1", "-1", "2", "0", "3", "0.5", "np.inf", "-np.inf", "'fro'", "'x'")

SUBJECTS = (
    Subject(
        "numerics",
        _arrays,
        (
            "xp.histogram(a)", "xp.histogram(a, <bins>)", "xp.histogram(a, <bins>, <limits>)", "xp.histogram(a, 4, density=True)", "xp.histogram(a, 3, weights=b)", "xp.histogram(a, <bins>, weights=b, density=True)",
            "xp.histogram2d(a.ravel(), b.ravel())", "xp.histogram2d(a, b, <bins>)", "xp.histogramdd(a, 3)", "xp.histogramdd(a, <bins>, weights=b)", "xp.histogramdd([a.ravel(), b.ravel()], 2, density=True)",
            "np.histogram(a, 3)", "xp.histogram(<any>, 3)",
            "xp.gradient(a)", "xp.gradient(a<at>)", "xp.gradient(a, 2.0)", "xp.gradient(a, 2, 0.5)", "xp.gradient(a, edge_order=2)", "xp.gradient(a, edge_order=3)", "xp.gradient(a, xp.arange(a.shape[0]) ** 2, axis=0)",
            "xp.gradient(a, xp.asarray([0., 1., 3.]), axis=0, edge_order=2)", "np.gradient(a)", "xp.interp(a, xp.arange(3), xp.asarray([1., 3., 2.]))", "xp.interp(a, xp.arange(3.), xp.asarray([1, 3, 2]), left=-1, right=9)",
            "xp.interp(a, xp.asarray([0., 1., 2.]), b)", "xp.interp(a, b, a)", "xp.interp(a, xp.arange(3.), xp.arange(3), period=2)", "xp.interp(a, xp.arange(3.), xp.arange(3), period=0)", "xp.interp(a, xp.arange(0), xp.arange(0))",
            "xp.interp(a, xp.arange(3.), xp.asarray([1j, 2, 3]))", "np.interp(a, xp.arange(3.), xp.arange(3.))",
            "xp.unwrap(a)", "xp.unwrap(a * 3<at>)", "xp.unwrap(a, discont=1)", "xp.unwrap(a, period=4)", "xp.unwrap(a, period=3)", "np.unwrap(a)",
            "xp.piecewise(a, [a > 1], [2])", "xp.piecewise(a, [a > 1, a < 0], [2, 1.5, -1])", "xp.piecewise(a, a > 1, [2, 3])", "xp.piecewise(a, [a > 1], [b, 1])", "xp.piecewise(a, [a > 1], [abs])", "xp.piecewise(a, True, [3])",
            "xp.piecewise(a, [a > 1], [1, 2, 3])", "np.piecewise(a, [a > 1], [1])",
            "xp.apply_along_axis(xp.sum, 0, a)", "xp.apply_along_axis(lambda x: x[:2], -1, a)", "xp.apply_along_axis(lambda x: x * 2, 1, a)", "xp.apply_along_axis(lambda x: 3, 0, a)", "xp.apply_along_axis(lambda x: xp.outer(x, x), 0, a)",
            "xp.apply_along_axis(xp.sum, 5, a)", "xp.apply_over_axes(xp.sum, a, 0)", "xp.apply_over_axes(xp.sum, a, (0, -1))", "xp.apply_over_axes(xp.cumsum, a, [0])", "xp.apply_over_axes(lambda x, axis: x[0, 0], a, 0)",
            "xp.linalg.norm(a)", "xp.linalg.norm(a, <order>)", "xp.linalg.norm(a, <order><at>)", "xp.linalg.norm(a, <order><at>, keepdims=True)", "np.linalg.norm(a, <order>)", "xp.linalg.matrix_power(a, 0)",
            "xp.linalg.matrix_power(a, 2)", "xp.linalg.matrix_power(a, 1.5)", "xp.linalg.matrix_rank(a)", "xp.linalg.matrix_transpose(a)", "xp.linalg.matmul(a, b)",
            *spread("xp.linalg.<name>(a)", name="cholesky inv det slogdet eigh eigvalsh eig eigvals qr svd pinv cond"),
            "xp.linalg.solve(a, b)", "xp.linalg.lstsq(a, b)", "xp.linalg.tensorinv(a, 0)", "xp.linalg.qr(a, 'full')", "xp.linalg.qr(a, 'x')", "xp.linalg.inv(a.get())", "xp.linalg.eigh(a, 'X')",
            "xp.mask_indices(3, xp.triu)", "xp.mask_indices(4, xp.tril, -1)", "xp.product(a)", "xp.cumproduct(a)", "xp.alltrue(a)", "xp.sometrue(a)", "xp.trapz(a)", "xp.disp(a)", "xp.safe_eval('1')", "xp.find_common_type([], [])",
            "xp.fft.fftshift(a)", "xp.fft.ifftshift(a)", "xp.fft.fftshift(a, 0)", "xp.fft.fftshift(a, (0, -1))", "xp.fft.fftfreq(5)", "xp.fft.fftfreq(4, 0.5)", "xp.fft.rfftfreq(6)", "np.fft.fftshift(a)",
            "xp.fft.fft(a.get())", "xp.fft.fft(a, norm='x')", "xp.fft.fftn(a, axes=())", "xp.fft.rfftn(a, axes=())", "xp.cov(a, ddof=1.5)", "xp.cov(a, fweights=[1])",
        ),
        {**SLOTS, "bins": _BINS, "limits": _LIMITS, "at": _AXIS, "order": _ORDER},
        tolerance=1e-4,
        half=4e-3,
    ),
    Subject(
        "cross products",
        _vectors,
        (
            "xp.cross(a, b)", "xp.cross(a, b, axis=0)", "xp.cross(a, b, axisc=0)", "xp.cross(a[..., :2], b)", "xp.cross(a, b[..., :2])", "xp.cross(a[..., :2], b[..., :2])", "xp.cross(a, b, axisa=5)", "xp.cross(a, b.get())", "xp.cross(a, [1, 2, 3])",
            "xp.linalg.cross(a, b)", "xp.linalg.cross(a, b, axis=0)", "xp.linalg.cross(a, b[..., :2])", "np.cross(a, b)", "np.linalg.cross(a, b)", "xp.cross(a, a.T)",
        ),
        SLOTS,
        tolerance=1e-4,
        half=4e-3,
    ),
    Subject(
        "polynomials",
        _coefficients,
        (
            "xp.poly1d(a).coeffs", "xp.poly1d(a).order", "xp.poly1d(a).variable", "len(xp.poly1d(a))", "str(xp.poly1d(a))", "repr(xp.poly1d(a, variable='z'))", "xp.poly1d(a)(b)", "xp.poly1d(a)(2)", "xp.poly1d(a)(1.5)", "xp.poly1d(a)(xp.poly1d(b)).c",
            "xp.poly1d(a).get().c", "xp.poly1d(a)[0]", "xp.poly1d(a)[1]", "xp.poly1d(a)[7]", "xp.poly1d(a)[-1]", "list(xp.poly1d(a))", "p = xp.poly1d(a); p[4] = 2; r = p.c", "p = xp.poly1d(a); p[0] = b; r = p.c", "p = xp.poly1d(a); p[-1] = 2; r = p",
            "p = xp.poly1d(a); p.coeffs = b; r = p", "p = xp.poly1d(a); p.set(np.poly1d([1, 2])); r = p.c", "xp.poly1d([1, 2, 3]).c", "xp.poly1d(np.poly1d([1, 2])).c", "xp.poly1d(xp.poly1d(a)).c", "hash(xp.poly1d(a))", "np.asarray(xp.poly1d(a))",
            *spread("(xp.poly1d(a) <op> xp.poly1d(b)).c", op="+ - *"),
            *spread("(xp.poly1d(a) <op> b).c", op="+ - *"),
            *spread("(b <op> xp.poly1d(a)).c", op="+ - *"),
            *spread("b <op> xp.poly1d(a)", op="+ - *"),
            "(xp.poly1d(a) + <scalar>).c", "(xp.poly1d(a) - <scalar>).c", "(xp.poly1d(a) * <scalar>).c", "(xp.poly1d(a) / <scalar>).c", "(<scalar> + xp.poly1d(a)).c", "(<scalar> - xp.poly1d(a)).c", "(<scalar> * xp.poly1d(a)).c",
            "xp.poly1d(a) / xp.poly1d(b)", "(-xp.poly1d(a)).c", "(+xp.poly1d(a)).c", "(xp.poly1d(a) ** 2).c", "xp.poly1d(a) ** 0", "xp.poly1d(a) ** -1", "xp.poly1d(a) ** 1.5", "xp.poly1d(a) == xp.poly1d(b)", "xp.poly1d(a) != xp.poly1d(a)", "xp.poly1d(a) == 3",
            "xp.poly1d(a).deriv()", "xp.poly1d(a).integ()", "xp.poly1d(a).roots", "xp.roots(a)", "xp.poly(a)", "xp.polyadd(a, b)", "xp.polysub(a, b)", "xp.polymul(a, b)", "xp.polyadd(a, 1)", "xp.polysub(2.5, b)", "xp.polyadd(a, [1, 2])", "xp.polyadd(a.get(), b)",
            "xp.polyval(a, b)", "xp.polyval(a, 3)", "xp.polyval([1, 2], a)", "xp.polyval(a, b.get())", "np.polyval(a, b)", "np.polyadd(a, b)", "np.roots(a)", "xp.polyfit(a, b, -1)", "xp.polyfit(a, b, 1)",
            "xp.polynomial.polynomial.polyvander(a, 2)", "xp.polynomial.polynomial.polyvander(a, -1)", "xp.polynomial.polynomial.polyvander(a, 1.5)", "xp.polynomial.polynomial.polycompanion(a)", "xp.polynomial.polynomial.polyval(a, b)",
            "xp.polynomial.polynomial.polyval(a, b, tensor=False)", "xp.polynomial.polynomial.polyval(2, b)", "xp.polynomial.polynomial.polyval([1, 2], b)", "xp.polynomial.polynomial.polyvalfromroots(a, b)",
            "xp.polynomial.polynomial.polyvalfromroots(a, b, tensor=False)", "xp.polynomial.polyutils.trimseq(a)", "xp.polynomial.polyutils.as_series([a, b])", "xp.polynomial.polyutils.as_series([a], trim=False)", "xp.polynomial.polyutils.trimcoef(a)",
            "xp.polynomial.polyutils.trimcoef(a, 1)", "xp.polynomial.polyutils.trimcoef(a, -1)",
        ),
        SLOTS,
        tolerance=1e-4,
        half=4e-3,
    ),
)  # fmt: skip
