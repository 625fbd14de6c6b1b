"""Attributes, structured dtypes, subclasses."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, host, shape
from tests.gpu.differential.slots import SLOTS
from tests.gpu.differential.subject import Setting, Subject

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]


def _structured(draw: Draw) -> Setting:
    lengths = shape(draw)
    first = device(draw, "STRUCT", lengths, own=draw.chance(50), distinct=True)
    second = f"xp.asarray({host('STRUCT', lengths, 5)})"
    third = device(draw, "i4", lengths)
    return Setting((("s", first), ("t", second), ("a", third)), "STRUCT", lengths)


def _array(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    return Setting((("a", device(draw, kind, lengths, distinct=True)),), kind, lengths)


def _subclass(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    made = device(draw, kind, lengths, own=True)
    return Setting((("a", f"{made}.view(type('S', (xp.ndarray,), {{}}))"),), kind, lengths)


SUBJECTS = (
    Subject(
        "structured",
        _structured,
        (
            "s['a']", "s['b']", "s[['a', 'c']]", "s['z']", "s[0]", "s[::2]", "s[<key>]", "s['a'][<key>]", "s.copy()", "s.astype(STRUCT)", "s.astype('i4')", "s.T", "s.reshape(-1)", "s['a'] = 5\nr = s",
            "s['b'] = s['a']\nr = s", "s['a'] = <value>\nr = s", "s[['a', 'c']] = 0\nr = s", "s[...] = t\nr = s", "s[0] = t[0]\nr = s", "s[<key>] = t\nr = s", "s == t", "s != t", "s < t", "s + 1", "s.get()", "s.sum()", "s.max()", "s.any()",
            "s[[0, 1]]", "s['a'].flags.c_contiguous", "xp.concatenate([s, t])", "xp.stack([s, t])", "xp.zeros_like(s)", "xp.ones_like(s)", "xp.full_like(s, 0)", "xp.empty_like(s).dtype", "s.view('u1')",
            "s.view([('x', 'u1', (12,))])", "s['a', 0]", "s['c'] + 1", "s['a'].copy()", "s.fill(0)\nr = s", "s.ravel()", "s.dtype", "s['b'].sum()", "xp.asnumpy(s['b'])", "s['c'] = xp.asarray(3)\nr = s",
            "s[0] = 0\nr = s", "np.frombuffer(s.tobytes(), STRUCT)['b']", "s.item()", "s.tolist()", "s[xp.asarray([0])]", "s[s['a'] > 1]", "s[s['a'] > 1] = t[0]\nr = s", "xp.empty((2,), STRUCT).dtype",
            "xp.array([(1, 2., 3)], dtype=STRUCT)", "xp.asarray(s.get())", "xp.zeros(3, np.dtype('u1,i4'))", "xp.zeros(3, np.dtype('u1,i4'))['f1']", "xp.zeros(3, np.dtype('u1,i4'))['f1'] + 1",
            "xp.zeros(3, np.dtype('u1,i4')).copy()", "xp.zeros(2, np.dtype([('x', 'i4', (2,))]))", "xp.zeros(2, np.dtype([('x', 'i4', (2,))]))['x']", "xp.zeros(2, np.dtype([('x', STRUCT)]))['x']['a']",
            "xp.zeros(2, np.dtype([('x', '>i4')]))", "xp.asarray(np.zeros(2, np.dtype([('x', '>i4')])))", "xp.zeros(2, np.dtype([('x', 'O')]))", "xp.zeros(2, 'V4')", "xp.zeros(2, 'V4').copy()", "repr(s)",
            "xp.where(s['a'] > 1, s, t)", "xp.take(s, 0)", "s.take([0])", "xp.repeat(s, 2)", "xp.sort(s)", "xp.array_equal(s, t)", "xp.flip(s)", "xp.broadcast_to(s, (2, *s.shape))", "xp.roll(s, 1)", "np.zeros_like(s)",
            "s.squeeze()", "s.flatten()", "s.nonzero()", "bool(s)", "s.byteswap()", "s.real", "s.nbytes, s.itemsize", "xp.array(s, order='F')", "xp.ascontiguousarray(s[::2])", "list(s)", "s['a'].astype('f4')", "xp.copyto(s, t)\nr = s",
            "import pickle\nr = pickle.loads(pickle.dumps(s))",
        ),
        SLOTS,
    ),
    Subject(
        "attributes",
        _array,
        (
            "a.shape, a.ndim, a.size, a.itemsize, a.nbytes", "a.dtype", "a.strides", "a.T", "a.base is None", "a.T.base is a", "a[:1].base is a", "a.flags.owndata", "a.flags.c_contiguous, a.flags.f_contiguous", "a.flags.forc, a.flags.fnc",
            "a.flags['C_CONTIGUOUS'], a.flags['F_CONTIGUOUS'], a.flags['OWNDATA']", "a.flags['WRITEABLE']", "a.flags.writeable", "a.flags['C']", "repr(a.flags)", "a.device.id", "str(a.device)", "repr(a.device)", "a.device == xp.cuda.Device(0)",
            "a.data.ptr != 0", "a.data.mem is a.T.data.mem", "a.data.device_id", "a.data.ptr - a.data.mem.ptr", "a.data.mem.size", "a.data.device.id", "int(a.data) == a.data.ptr", "(a.data + 4).ptr - a.data.ptr", "a.real", "a.imag", "a.foo", "a.ctypes",
            "a.__cuda_array_interface__['shape'], a.__cuda_array_interface__['strides']", "sorted(a.__cuda_array_interface__)", "a.__cuda_array_interface__['typestr']", "a.__cuda_array_interface__['version']", "a.__cuda_array_interface__['data'][1]",
            "a.__cuda_array_interface__['descr']", "type('I', (), {'__cuda_array_interface__': a.__cuda_array_interface__})().__cuda_array_interface__['typestr']",
            "xp.asarray(type('I', (), {'__cuda_array_interface__': a.__cuda_array_interface__})())", "a + type('I', (), {'__cuda_array_interface__': a.__cuda_array_interface__})()",
            "xp.asarray(type('I', (), {'__cupy_get_ndarray__': lambda self: xp.arange(3)})())", "hasattr(a, '__array_interface__'), hasattr(a, '__array_struct__')",
            "hasattr(a, '__array__'), hasattr(a, '__index__'), hasattr(a, '__len__'), hasattr(a, 'ctypes')", "hasattr(a, 'tostring'), hasattr(a, 'itemset'), hasattr(a, 'newbyteorder')", "a.__dlpack_device__()[0]", "type(a).__name__",
            "type(a).__module__", "isinstance(a, xp.ndarray)", "xp.get_array_module(a) is xp", "a.__array_priority__", "xp.ndarray.__name__", "issubclass(type(a), np.ndarray)", "a.flat.base is a", "xp.ndarray[int, float]", "a.cstruct is None",
            "a.__array_namespace__", "a.to_device", "a.newbyteorder()", "a.tostring()", "a.size == len(a)", "a.__sizeof__() > 0", "a.__len__()", "a.__contains__(1)", "a.__hash__", "a.__class__ is xp.ndarray", "a.__bool__()", "a.__int__() if a.dtype.kind in 'iub' else 1",
        ),
        SLOTS,
    ),
    Subject(
        "subclasses",
        _subclass,
        (
            "a[...]", "a[0]", "a[::2]", "a.reshape(-1)", "a.T", "a.transpose()", "a.ravel()", "a.squeeze()", "a.view()", "a.view('u1')", "a + 1", "1 + a", "a + a", "a == a", "-a", "xp.add(a, xp.zeros(a.shape))", "xp.add(xp.zeros(a.shape), a)", "np.add(a, 1)",
            "xp.asarray(a)", "xp.ascontiguousarray(a)", "a.astype('f4')", "a.astype(a.dtype, copy=False)", "a.copy()", "xp.array(a)", "a[[0]]", "a[a > 0]", "xp.concatenate([a, a])", "a.sum()", "a.max(0)", "xp.zeros_like(a)", "xp.empty_like(a).shape", "a.real", "a.imag",
            "a.conj()", "a.flatten()", "xp.where(a > 0, a, a)", "a.clip(0, 1)", "a.round()", "a.swapaxes(0, -1)", "a.diagonal()", "a.take([0])", "a.repeat(2)", "xp.expand_dims(a, 0)", "xp.broadcast_to(a, (2,) + a.shape)", "xp.atleast_2d(a)", "xp.sqrt(a)", "a.cumsum()",
            "a.argsort()", "xp.sort(a)", "xp.stack([a])", "a ** 2", "a.mean()", "xp.array_split(a, 2)", "xp.flip(a)", "a.get()", "type(a)((2, 2)).shape", "type(a)(3, dtype='i4').dtype", "xp.moveaxis(a, 0, -1)", "xp.asanyarray(a)", "xp.asfortranarray(a)", "a.mT", "a.all()",
            "xp.isnan(a)", "a.reduced_view()", "xp.full_like(a, 1)", "a.view(xp.ndarray)", "a.view(type=xp.ndarray)", "type(a.view(xp.ndarray).view(type(a))).__name__", "a += 1\nr = a", "a[...] = 1\nr = a", "xp.rollaxis(a, 0)", "a.flat[0]", "list(a)", "xp.tile(a, 2)", "xp.roll(a, 1)",
            "xp.pad(a, 1)", "a.nonzero()", "np.sum(a)", "np.concatenate([a, a])", "xp.from_dlpack(a)", "a @ a if a.dtype.kind in 'iu' else 1", "xp.add(a, 1, out=a)", "xp.modf(a)", "divmod(a, 2)", "a.byteswap()", "xp.split(a, 1)", "xp.broadcast_arrays(a, a)", "xp.unique(a)",
        ),
        SLOTS,
        tolerance=1e-3,
        half=4e-3,
    ),
)  # fmt: skip
