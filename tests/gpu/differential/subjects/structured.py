"""Structured dtypes: aligned, packed, nested, with sub-arrays; and plain bytes."""

# ruff: noqa: E501 - tables of operations read better a subject a block.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.slots import SLOTS, of
from tests.gpu.differential.subject import Setting, Subject, spread

if TYPE_CHECKING:
    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]

_DTYPES = (
    "STRUCT", "'i4,f4'", "'f8,i8'", "[('a', 'i2'), ('b', 'i2,i2')]", "[('a', 'i4', (2,))]", "'?,f8'", "np.dtype('?,f8', align=True)", "'V4'", "[('a', '>i4'), ('b', '>f4')]",
    "'c8,?'", "xp.make_aligned_dtype('c8,?')", "[('a', 'u1'), ('b', 'u1')]",
)  # fmt: skip


def _records(draw: Draw) -> Setting:
    lengths = draw.pick([(3,), (1,), (2, 3), (0,), (4,)])
    operands = []
    first = draw.pick(_DTYPES)
    for name, kind in (("a", first), ("b", draw.pick([first, first, draw.pick(_DTYPES)]))):
        # The byte of a bool is 0 or 1.
        fill = f"np.arange({max(1, 16 * _size(lengths))}, dtype='u1') % {2 if '?' in kind else 3}"
        source = f"np.resize({fill}, {_size(lengths)} * np.dtype({kind}).itemsize).view(np.dtype({kind})).reshape({lengths})"
        operands.append((name, f"xp.asarray({source})"))
    return Setting(tuple(operands), "i4", lengths)


def _size(lengths: tuple[int, ...]) -> int:
    size = 1
    for length in lengths:
        size *= length
    return size


SUBJECTS = (
    Subject(
        "structured",
        _records,
        (
            *spread("a <op> b", op="== != < <= + & @"), *spread("a <op> <other>", op="== != +"), "~a", "-a", "a == b.get()", "xp.equal(a, b)", "xp.array_equal(a, b)", "xp.array_equiv(a, b)",
            "a[<field>]", "a[<field>].copy()", "a[<field>] + 1", "a[[<field>]]", "a[<key>]", "a[<key>][<field>]", "a.copy()", "a.copy('F')", "a.get()", "a.T", "a.ravel()", "a.flatten()", "a.reshape(-1)",
            "a.astype(b.dtype)", "a.astype(<to>)", "a.view(<to>)", "a.view(b.dtype)", "a.view('u1')", "a.tolist()", "a.tobytes()", "a.item()", "a.nonzero()", "a.repeat(2)", "a.take(<index>)", "a.squeeze()",
            *spread("a.<name>()", name="sum max min mean all any argmax argsort cumsum round conj diagonal byteswap"), "a.sort(); r = a", "a.fill(<other>); r = a", "a.fill(b); r = a",
            *spread("a<where> = <other>; r = a", where="[...] [0] [<key>] [<field>]"), *spread("a<where> = b<where>; r = a", where="[...] [0] [<key>] [<field>]"), "a[a == b] = b[a == b]; r = a",
            *spread("xp.<name>(a)", name="zeros_like ones_like flip unique atleast_2d ascontiguousarray asfortranarray asarray array asnumpy nonzero sort isnan abs count_nonzero ravel squeeze fliplr iscomplexobj"),
            *spread("xp.<name>([a, b])", name="concatenate stack vstack hstack asarray array broadcast_arrays"), "xp.full_like(a, <other>)", "xp.full(3, <other>, a.dtype)", "xp.where(a == b, a, b)", "xp.where(True, a, b)",
            "xp.tile(a, 2)", "xp.roll(a, 1)", "xp.repeat(a, 2)", "xp.take(a, <index>)", "xp.broadcast_to(a, (2, *a.shape))", "xp.zeros(2, a.dtype)", "xp.ones(2, a.dtype)", "xp.empty(2, a.dtype).shape", "xp.can_cast(a, b.dtype)",
            "xp.promote_types(a.dtype, b.dtype)", "xp.result_type(a, b)", "xp.make_aligned_dtype(a.dtype)", "xp.make_aligned_dtype(a.dtype, alignment=<alignment>)", "xp.may_share_memory(a, b)", "xp.copyto(a, b); r = a", "xp.putmask(a, a == b, b); r = a",
            "xp.append(a, b)", "xp.delete(a, 0)", "xp.diag(a)", "xp.searchsorted(a, b)", "xp.choose(xp.asarray([0, 1]), [a, b])", "xp.compress([True], a)", "xp.extract(a == b, a)", "xp.place(a, a == b, b); r = a", "xp.asarray(a.get().tolist(), a.dtype)",
            "xp.frombuffer(a.tobytes(), a.dtype)", "xp.asarray(a, <to>)", "xp.array(a, order='F')", "a.data.mem.size", "a.nbytes", "a.itemsize", "a.__cuda_array_interface__['descr']", "xp.asarray(foreign(a))", "np.concatenate([a, b])", "a.put([0], b); r = a",
        ),
        {
            **SLOTS,
            "field": of("'f0'", "'f1'", "'a'", "'b'", "'c'", "'nothing'"),
            "index": of("0", "[0]", "xp.asarray([0, 0])", "[5]", "-1"),
            "key": of("0", ":1", "::2", "None", "...", "[0]", "xp.asarray([0, 0])", "a == a", "xp.asarray(True)", "(0, 0)", "-1:", "np.asarray([0])"),
            "other": of("0", "1", "(1, 2)", "None", "a[()].get()[()]", "b.get()", "xp.asarray(1)", "np.zeros((), b.dtype)[()]", "np.zeros((), b.dtype)", "'x'", "[(1, 2)]", "2.5"),
            "alignment": of("1", "4", "16", "64", "3", "-1", "0"),
        },
    ),
)  # fmt: skip
