"""Functions of ``cupy``, and functions of NumPy with device arrays as arguments."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, host, shape
from tests.gpu.differential.slots import SLOTS, of
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]


def _two(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    other = draw.pick([kind, dtype(draw)])
    operands = (("a", device(draw, kind, lengths)), ("b", device(draw, other, lengths)))
    return Setting(operands, kind, lengths)


def _joined(draw: Draw) -> Setting:
    lengths, kind = shape(draw, least=1), dtype(draw)
    other = draw.pick([kind, dtype(draw)])
    second = draw.pick([lengths, lengths, (lengths[0] + 1, *lengths[1:]), (*lengths, 1)])
    operands = (
        ("a", device(draw, kind, lengths)),
        (
            "b",
            draw.often(
                (5, [device(draw, other, second)]),
                (1, [host(other, second, 3), "[1, 2]", "3", "None"]),
            ),
        ),
        ("o", device(draw, dtype(draw), (2 * lengths[0], *lengths[1:]), own=True)),
    )
    return Setting(operands, kind, lengths)


_JOIN_AXIS = of("", ", 0", ", -1", ", axis=1", ", axis=None", ", axis=5", ", axis=-1")

SUBJECTS = (
    Subject(
        "joins",
        _joined,
        (
            "xp.concatenate([a, b]<at>)", "xp.concatenate((a, b)<at>)", "xp.concatenate([a, a, b]<at>)", "xp.concatenate([a]<at>)", "xp.concatenate([a, b, a, b, a, b, a, b, a]<at>)",
            "xp.concatenate([a] * 9)", "xp.concatenate([a.copy()] * 12, -1)", "xp.concatenate([a, b], out=o)", "xp.concatenate([a, b], dtype='f4')",
            "xp.concatenate([a, b], dtype='f4', casting='unsafe')", "xp.concatenate([a, b], dtype=<to>)", "xp.concatenate([])", "xp.concatenate(a)", "xp.concat([a, b])",
            "xp.concatenate([xp.asarray(1), a])", "xp.concatenate(iter([a, b]))", "xp.concatenate([a, b], out=o, dtype='f4')", "xp.stack([a, b]<at>)", "xp.stack(a)", "xp.stack([])",
            "xp.stack([a, b], out=o)", "xp.vstack([a, b])", "xp.hstack([a, b])", "xp.hstack(a)", "xp.dstack([a, b])", "xp.column_stack([a, b])", "xp.row_stack([a, b])", "xp.append(a, b)",
            "xp.append(a, b, 0)", "xp.append(a, <scalar>)", "xp.block([a, b])", "xp.tile(a, 2)", "xp.tile(a, (2, 1))", "xp.tile(a, (2, 1, 1, 2))", "xp.tile(a, 0)", "xp.repeat(a, 2)",
            "a.repeat(2, 0)", "a.repeat([1, 2, 3])", "xp.repeat(a, xp.asarray([2]))", "a.repeat(xp.arange(a.shape[0]), 0)", "a.repeat(np.arange(3))", "xp.repeat(a, -1)", "xp.repeat(a, 1.5)",
            "xp.roll(a, 1)", "xp.roll(a, (1, 2), (0, -1))", "xp.roll(a, -7, 0)", "xp.roll(a, xp.asarray(1))", "xp.roll(a, xp.asarray([1, -2]), (0, -1))", "xp.roll(a, xp.asarray([1, 2]), 0)", "xp.pad(a, 1, lambda v, w, i, k: None)", "xp.pad(a, ((2, 1),) * a.ndim, lambda v, w, i, k: v.fill(i + w[0]))",
            "xp.kron(a, 2)", "xp.kron(2.5, a)", "xp.kron(2, 3)", "xp.r_[a, 1]", "xp.r_[a, b]", "xp.r_[2.5, a, b, True]", "xp.c_[a, b]", "xp.c_[a, 1, b]", "xp.min_scalar_type([a, a])", "xp.min_scalar_type([[a], [b]])", "xp.min_scalar_type([a, 1])",
            "xp.unique(a, axis=-1, return_index=True, return_inverse=True, return_counts=True)", "xp.unique(a, axis=0, return_inverse=True)", "xp.pad(a, 1)", "xp.pad(a, ((1, 0),) * a.ndim)",
            *spread("xp.pad(a, 1, mode='<mode>')", mode="edge reflect symmetric wrap maximum mean linear_ramp constant minimum median nonsense"),
            "xp.pad(a, 2, constant_values=3)", "xp.pad(a, (0, 1), constant_values=(1, 2))", "xp.delete(a, 0)", "xp.delete(a, [0, 1], 0)", "xp.delete(a, slice(0, 1), 0)", "xp.insert(a, 0, 1)",
            "xp.resize(a, (2, 2))", "xp.trim_zeros(a)", "xp.unique(a)", "xp.unique(a, return_index=True, return_inverse=True, return_counts=True)", "xp.unique(a, return_inverse=True)",
            "xp.unique(a, return_counts=True)", "xp.unique(a, axis=0)", "xp.unique_values(a)", "xp.unique_counts(a)", "xp.unique_inverse(a)", "xp.unique_all(a)", "np.unique(a)",
            "np.concatenate([a, b]<at>)", "np.stack([a, b])", "np.vstack([a, b])", "np.hstack([a, b])", "np.append(a, b)", "np.tile(a, 2)", "np.repeat(a, 2)", "np.roll(a, 1)", "np.pad(a, 1)",
            "np.block([a, b])", "np.concat([a, b])", "np.delete(a, 0)", "np.insert(a, 0, 1)", "np.split(a, 1)", "np.array_split(a, 2)", "np.dstack([a, b])", "np.column_stack([a, b])",
        ),
        {**SLOTS, "at": _JOIN_AXIS},
        tolerance=1e-5,
        half=4e-3,
    ),
    Subject(
        "functions",
        _two,
        (
            "xp.sort(a)", "xp.sort(a, axis=<one_axis>)", "xp.argsort(a)", "xp.argsort(a, axis=<one_axis>)", "a.argsort()", "a.argsort(kind='stable')", "np.sort(a)", "np.argsort(a)", "xp.msort(a)",
            "xp.sort_complex(a)", "xp.partition(a, 0)", "xp.partition(a, (0, 1))", "xp.argpartition(a, 0)", "a.argpartition(0)", "xp.lexsort(a)", "xp.lexsort((a, b))", "xp.searchsorted(xp.arange(5), a)",
            "xp.searchsorted(xp.sort(a), b)", "xp.searchsorted(xp.arange(5), 2)", "xp.searchsorted(xp.arange(5), a, side='right')", "xp.arange(5).searchsorted(b)", "xp.searchsorted(xp.arange(5), [1])",
            "xp.where(a > 1, a, b)", "xp.where(a > 1, a, 0)", "xp.where(a, 1, 2.5)", "xp.where(a, a, None)", "xp.where(a > 1, a, <scalar>)", "np.where(a > 1, a, b)", "xp.where(True, a, b)",
            "xp.isclose(a, b)", "xp.isclose(a, b, equal_nan=True)", "xp.allclose(a, b)", "xp.array_equal(a, b)", "xp.array_equal(a, a, equal_nan=True)", "xp.array_equal(a, 1)", "xp.array_equiv(a, b)",
            "np.array_equal(a, a)", "np.allclose(a, a)", "np.isclose(a, b)", "a.clip(1, 3)", "xp.clip(a, 0, None)", "a.clip(None, 2.5)", "a.clip(b, 3)", "a.clip()", "np.clip(a, 1, 3)", "xp.clip(a, 1, 3, out=b)",
            "a.round()", "a.round(1)", "xp.around(a, -1)", "xp.round(a, 2)", "xp.round_(a)", "np.round(a)", "xp.real(a)", "a.conj()", "a.conjugate()", "xp.isin(a, b)", "xp.in1d(a, b)", "np.isin(a, b)",
            "xp.union1d(a, b)", "xp.intersect1d(a, b)", "xp.setdiff1d(a, b)", "xp.setxor1d(a, b)", "xp.bincount(a)", "xp.bincount(a, minlength=5)", "xp.bincount(xp.asarray([0, 1, 1]), xp.asarray([1., 2., 3.]))",
            "xp.histogram(a)", "xp.histogram(a, bins=3)", "xp.digitize(a, xp.arange(3))", "xp.percentile(xp.append(a, 1), 50)", "xp.quantile(xp.append(a, 1), 0.5)",
            "xp.percentile(xp.append(a, 1), [0, 30, 100])", "np.median(a)", "np.average(a)", "xp.packbits(a)", "xp.unpackbits(a)", "xp.packbits(a > 1)", "xp.packbits(a, bitorder='little')", "xp.trace(a)",
            "xp.cross(a, b)", "xp.gradient(a)", "xp.interp(a, xp.arange(3), xp.arange(3))", "xp.convolve(a, b)", "xp.correlate(a, b)", "xp.polyval(a, b)", "xp.trapezoid(a)", "xp.unwrap(a)",
            "xp.apply_along_axis(len, 0, a)", "xp.apply_along_axis(lambda x: x.sum(), 0, a)", "xp.cov(a)", "xp.corrcoef(a)", "xp.ndim(a), xp.shape(a), xp.size(a)", "xp.iterable(a)", "xp.isscalar(a)",
            "xp.iscomplexobj(a), xp.isrealobj(a), xp.isfortran(a)", "xp.may_share_memory(a, b)", "xp.shares_memory(a, b)", "xp.may_share_memory(a, a)", "xp.shares_memory(a, a)", "xp.shares_memory(a, a.copy())",
            "xp.shares_memory(a, a.T)", "xp.result_type(a, b)", "xp.result_type(a, 1.5)", "xp.can_cast(a, 'f4')", "xp.can_cast(a.dtype, 'f4')", "xp.min_scalar_type(a)", "xp.common_type(a, b)",
            "xp.promote_types(a.dtype, b.dtype)", "xp.get_array_module(a) is xp", "xp.broadcast_shapes(a.shape, b.shape)", "xp.i0(a)", "xp.sinc(a)", "xp.convolve([1], [2])", "xp.foo(a)", "xp.size(a, 0)",
            "xp.einsum('...i->...', a)", "xp.floor_divide(a, 3)", "xp.vectorize(len)", "xp.piecewise(a, [a > 1], [1])", "xp.nanpercentile(a, 50)", "xp.spacing(a)", "xp.asarray(a).__class__.__name__",
            "xp.moveaxis(a, -1, 0)", "xp.byte_bounds(a)[1] - xp.byte_bounds(a)[0]", "xp.linalg.norm(a, 1)", "xp.linalg.det(a)", "xp.fft.fft(a)", "xp.testing.assert_array_equal(a, a)",
            "xp.testing.assert_array_equal(a, b)", "xp.testing.assert_allclose(a, a.get())", "xp.cuda.runtime.getDeviceCount()", "xp.cuda.is_available(), xp.is_available()", "xp.apply_over_axes(xp.sum, a, 0)",
        ),
        SLOTS,
        tolerance=1e-4,
        half=4e-3,
    ),
    Subject(
        "NumPy's functions",
        _two,
        (
            *spread("np.<name>(a)", name="sum prod mean var std max min amax amin ptp all any argmax argmin cumsum cumprod nansum nanmax nanmean sort argsort nonzero count_nonzero ravel transpose squeeze "
                    "flip fliplr flipud rot90 atleast_2d atleast_3d copy diff ediff1d trace diag tril triu isreal iscomplex isrealobj iscomplexobj real imag angle nan_to_num isposinf fix i0 sinc shape ndim "
                    "size iterable isscalar trim_zeros bincount packbits unpackbits fill_diagonal hanning vander diagflat array_repr require spacing sqrt exp negative isnan "
                    "asarray min_scalar_type result_type common_type diag_indices_from tril_indices_from ix_ save linalg.norm unique_values unique_counts permute_dims nanmedian "
                    "nanargmax nancumsum median average matrix_transpose unstack cumulative_sum"),
            *spread("np.<name>(a, b)", name="array_equal array_equiv isclose allclose maximum minimum add subtract multiply divide dot vdot inner outer tensordot kron matmul append isin intersect1d union1d "
                    "setdiff1d setxor1d may_share_memory shares_memory result_type copyto where logaddexp hypot arctan2 copysign heaviside ldexp nextafter gcd "
                    "vecdot meshgrid broadcast_arrays lexsort take"),
            "np.searchsorted(xp.sort(a), b)", "np.digitize(a, xp.arange(3))", "np.take(a, 0)", "np.reshape(a, -1)", "np.clip(a, 1, 3)", "np.mean(a, axis=0)", "np.broadcast_to(a, (2, *a.shape))", "np.expand_dims(a, 0)", "np.copyto(a, 1)", "np.moveaxis(a, 0, -1)",
            "np.swapaxes(a, 0, -1)", "np.full_like(a, 2)", "np.can_cast(a.dtype, 'f4')", "np.einsum('i->', a.ravel())", "np.apply_along_axis(len, 0, a)", "np.add.reduce(a)", "np.add.outer(a, b)",
            "np.multiply.accumulate(a)", "np.percentile(xp.append(a, 1), 50)", "np.take_along_axis(a, a, 0)", "np.put(a, [0], 1)", "np.put_along_axis(a, a, 1, 0)", "np.compress([True], a, 0)", "np.choose(a, [a])",
            "np.select([a > 1], [a])", "np.extract(a > 1, a)", "np.place(a, a > 1, 1)", "np.putmask(a, a > 1, 1)", "np.unravel_index(a, (3, 3))", "np.partition(a, 0)", "np.argwhere(a)", "np.flatnonzero(a)",
            "np.rollaxis(a, 0)", "np.resize(a, (2,))", "np.tril(a, -1)", "np.linspace(a, b, 3)", "np.round(a, 1)", "np.sum(a, where=a > 1)", "np.sum(a, initial=3)",
            "np.max(a, initial=3)", "np.std(a, ddof=1)", "np.mean(a, dtype='f4', out=b)", "np.where(a > 1)", "np.array2string(a)", "np.testing.assert_array_equal(a, a)", "np.ma.asarray(a)",
        ),
        SLOTS,
        tolerance=1e-3,
        half=4e-3,
    ),
)  # fmt: skip
