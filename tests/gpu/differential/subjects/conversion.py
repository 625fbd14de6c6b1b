"""Conversion from and to the host."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import STRANGE, device, dtype, host, scalar, shape
from tests.gpu.differential.slots import SLOTS, of, option
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]

_FOREIGN = ("S3", "U2", "O", "M8[s]", "m8[ns]", "V4", "i4,f8", "g", ">i4,>f4", "G", "S0")
_SWAPPED = (">i4", ">f8", ">u2", ">c8", ">f2")


def _uploaded(draw: Draw) -> Setting:
    lengths = shape(draw)
    kind = draw.often((4, [dtype(draw)]), (1, ["STRUCT"]), (2, _SWAPPED), (2, _FOREIGN))
    if kind in _FOREIGN:
        source = f"np.zeros({lengths}, {kind!r})"
    else:
        source = host(kind, lengths, draw.number(0, 99), tame=False)
    layout = draw.pick(
        ["", "", ".T", "[..., ::2]" if lengths else "", ".copy('F')", "[::-1]" if lengths else ""]
    )
    return Setting((("h", f"{source}{layout}"),), kind, lengths)


def _untouched(draw: Draw) -> Setting:
    lengths = shape(draw)
    return Setting(
        (("h", host(dtype(draw), lengths, draw.number(0, 99), tame=False)),), "", lengths
    )


def _downloaded(draw: Draw) -> Setting:
    lengths = shape(draw) if draw.chance(60) else draw.pick([(), (1,), (1, 1)])
    kind = dtype(draw)
    other = host(draw.pick([kind, dtype(draw)]), draw.pick([lengths, lengths, (2,)]), 1)
    return Setting((("a", device(draw, kind, lengths, tame=False)), ("h", other)), kind, lengths)


def _literal(draw: Draw, setting: Setting) -> str:
    return draw.often(
        (3, [scalar(draw)]),
        (1, STRANGE),
        (3, ["[1, 2, 3]", "[[1, 2], [3, 4.5]]", "[]", "[[]]", "[[1], [2, 3]]", "(1, 2)", "['a']", "range(3)", "[h, h]", "[h]", "[None]",
             "{1, 2}", "bytearray(b'ab')", "[True, 2]", "[1, 2j]", "[np.int8(1), 2]", "[2**63]", "[2**70]", "[h, 1]", "[xp.asarray(1), 2]",
             "[xp.asarray(1), xp.asarray(2.5)]", "[[xp.arange(2)], [xp.arange(2)]]", "iter([1])", "[[1, 2], (3, 4)]", "[b'a']", "np.float32(1)"]),
    )  # fmt: skip


_TO = option(
    ", dtype=<dtype>",
    ", order='F'",
    ", order='C'",
    ", copy=False",
    ", dtype='>i2'",
    ", dtype='O'",
    ", order='K'",
    ", copy=True",
)
_KWARGS = {
    **SLOTS,
    "literal": _literal,
    "to_more": lambda draw, setting: _TO(draw, setting).replace("<dtype>", repr(dtype(draw))),
}  # fmt: skip

SUBJECTS = (
    Subject(
        "into the device",
        _uploaded,
        (
            *spread("xp.<name>(h<to_more>)", name="asarray array asanyarray"),
            *spread("xp.<name>(<literal><to_more>)", name="asarray array"),
            *spread("xp.<name>(<literal>)", name="asarray array"),
            "xp.array(h, ndmin=2)", "xp.asarray(h)", "xp.asarray(h, <to>)", "xp.array([h, h], <to>)", "xp.ascontiguousarray(h)", "xp.asfortranarray(h)",
            "xp.frombuffer(b'abcdefgh', dtype=<dtype>)", "xp.frombuffer(bytearray(8))", "xp.frombuffer(b'abc', 'u1', 2, 1)", "xp.frombuffer(h, 'u1')",
            "xp.fromiter([1, 2], dtype=<dtype>)", "xp.from_dlpack(h)", "xp.from_dlpack(h, copy=True)", "xp.zeros(h.shape, h.dtype).set(h)",
            "xp.zeros(h.shape, h.dtype)", "xp.empty(h.shape, h.dtype).set(h.T)", "xp.full(h.shape, h[()])", "xp.zeros_like(h)", "xp.array(memoryview(h))",
            "xp.asarray(h[:1])", "xp.array(h.tolist())", "xp.asarray(h.flat)", "xp.array(h[()])", "xp.asarray(np.broadcast_to(h, (2, *h.shape)))",
            "xp.array(list(h))", "xp.fromDlpack(h)",
        ),
        _KWARGS,
        tolerance=1e-6,
    ),
    Subject(
        "functions of host data",
        _untouched,
        (
            "xp.copyto(xp.zeros(h.shape), h)", "xp.stack([h, xp.zeros(h.shape)])", "xp.where(h, 1, 2)", "xp.asnumpy(h) is h", "xp.broadcast_to(h, (2,) + h.shape)",
            "xp.array_equal(h, h)", "xp.isclose(1, 1)", "xp.broadcast_arrays(h, xp.zeros((2,)))", "xp.expand_dims(h, 0)", "xp.reshape(h, -1)", "xp.tile(h, 2)",
            "xp.roll(h, 1)", "xp.pad(h, 1)", "xp.clip(h, 0, 1)", "xp.astype(h, 'f4')", "xp.moveaxis(h, 0, 0)", "xp.vstack([h])", "xp.result_type(h, 'f4')",
            "xp.can_cast(h, 'f4')", "xp.concatenate([h, h])", "xp.concatenate(h)", "xp.empty_like(h).shape", "xp.zeros(3) + h", "h + xp.zeros(3)", "xp.zeros(3) == h", "xp.take(xp.arange(3), h)",
            "xp.zeros(3)[h]", "xp.asnumpy(h, order='F')", "xp.asnumpy([h])", "xp.get_array_module(h).__name__", "xp.dot(h, h)", "xp.matmul(h, h)", "xp.add(1, 2)",
            "xp.maximum(h, h)", "xp.sqrt(4)", "xp.take(h, 0)", "xp.repeat(h, 2)", "xp.searchsorted(h, h)", "xp.may_share_memory(h, h)", "xp.isin(h, h)", "xp.append(h, h)",
            *spread("xp.<name>(h)", name="sum max add sqrt sort unique any transpose isnan zeros_like ndim ravel round mean squeeze atleast_1d copy shape size flip "
                    "nonzero cumsum diff count_nonzero abs negative argmax argsort std median nansum isfinite real conj iscomplexobj isscalar hstack diag tril trace "
                    "full_like ascontiguousarray allclose argwhere prod all min swapaxes nan_to_num histogram bincount packbits"),
        ),
        SLOTS,
        tolerance=1e-6,
    ),
    Subject(
        "out of the device",
        _downloaded,
        (
            "a.get()", *spread("a.get(order=<how>)", how="'F' 'A' 'C' 'K' 'f' 'x'"), "xp.asnumpy(a)", "xp.asnumpy(a, order='F')", "xp.asnumpy(a, out=h)\nr = h",
            "a.get(out=h)\nr = h", "a.get(out=h.T)\nr = h", "a.get(out=h[::-1])", "a.get(out=[1])", "a.get(blocking=False)", "a.set(h)\nr = a", "a.set([1])", "a.set(a)",
            "a.set(h.T)\nr = a", "bool(a)", "a.item()", "a.item(0)", "a.tolist()", "a.tobytes()", "a.tobytes('F')", "repr(a)", "str(a)", "format(a)", "f'{a}'", "f'{a:.2f}'", "'%s' % a",
            "np.asarray(a)", "np.array(a)", "np.array(a, copy=False)", "np.asarray(a, dtype='f4')", "a.__array__()", "np.asanyarray(a)", "np.ascontiguousarray(a)", "np.array([a])",
            "np.array([a, a])", "np.float64(a)", "np.from_dlpack(a)", "np.from_dlpack(a, device='cpu')", "np.from_dlpack(a, device='cpu', copy=False)", "xp.from_dlpack(a)",
            "xp.from_dlpack(a, copy=True)", "memoryview(a)", "bytes(a)", "bytearray(a)", "len(a)", "list(a)", "iter(a)", "hash(a)", "a.__reduce__()[1][0]",
            "1 in a", "int(a) if a.dtype.kind not in 'fc' else 1", "float(a) if a.dtype.kind != 'c' else complex(a)", "complex(a)", "[10, 20, 30][a]", "range(a)", "a.__index__()",
            "h[...] = a\nr = h", "h[a]", "h + a", "h += a\nr = h", "a += h\nr = a", "a == h", "h == a", "h < a", "a if a.any() else None", "a and 1", "xp.asnumpy([1, 2])", "xp.asnumpy([a])",
            "np.concatenate([h, a])", "np.add(a, 1, out=h)", "np.add(h, 1, out=a)", "import copy\nr = copy.copy(a)", "import copy\nr = copy.deepcopy(a)", "import pickle\nr = pickle.loads(pickle.dumps(a))",
            "a.dumps()[:2]", "np.isscalar(a)", "divmod(a, 2)", "next(iter(a))", "sorted(a.ravel()) if a.dtype.kind != 'c' else 1", "sum(a)", "max(a.ravel()) if a.dtype.kind != 'c' else 1",
            "a.tofile('/dev/null')", "np.save('/dev/null', a)", "xp.save('/dev/null', a)", "import io\nf = io.BytesIO()\nxp.save(f, a)\nf.seek(0)\nr = xp.load(f)",
            "import io\nf = io.BytesIO()\nxp.savez(f, a=a)\nf.seek(0)\nr = xp.load(f)['a']", "import io\nf = io.BytesIO()\nr = np.save(f, a)", "xp.array_repr(a)", "xp.array_str(a)", "xp.array2string(a)",
            "np.array_repr(a)", "a.tolist() == a.get().tolist()", "isinstance(a, np.ndarray)", "a.__array_interface__", "a.__array_struct__", "a.data.ptr % 512 if a.base is None else 0",
            "h.view(type(a))", "type(a)(h).shape", "h.astype(a.dtype)", "np.copyto(h, a)", "h.put([0], a)", "h.fill(a)", "np.where(h, a, a)",
        ),
        {**SLOTS, "how": of("'C'")},
        tolerance=1e-6,
    ),
)  # fmt: skip
