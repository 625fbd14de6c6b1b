"""Making programs at random: one function a subject."""

# ruff: noqa: E501 - tables of expressions read better a line a subject.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.operands import device, dtype, host, scalar, shape, some_operand
from tests.gpu.differential.running import Program

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

__all__ = ["CATEGORIES", "generate"]

_BINARY = ("+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=")
_EXACT = [
    "add",
    "subtract",
    "multiply",
    "true_divide",
    "floor_divide",
    "remainder",
    "fmod",
    "power",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "logical_and",
    "logical_or",
    "logical_xor",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "gcd",
    "lcm",
    "heaviside",
    "copysign",
    "divmod",
]
_UNARY_EXACT = [
    "negative",
    "positive",
    "absolute",
    "fabs",
    "sign",
    "square",
    "reciprocal",
    "conjugate",
    "rint",
    "floor",
    "ceil",
    "trunc",
    "fix",
    "invert",
    "logical_not",
    "isfinite",
    "isinf",
    "isnan",
    "signbit",
    "bitwise_count",
    "frexp",
    "modf",
]
_TRANSCENDENTAL = [
    "sqrt",
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arctan",
    "arcsinh",
    "sinh",
    "cosh",
    "tanh",
    "deg2rad",
    "rad2deg",
]
_TOLERANCE = 1e-5


def _operators(rng: random.Random) -> Program:
    lengths = shape(rng)
    kind = dtype(rng)
    other = some_operand(rng, lengths)
    operands = (("a", device(rng, kind, lengths, tame=rng.random() < 0.7)), ("b", other))
    sign = rng.choice(_BINARY)
    loose = sign in ("**", "/", "//", "%")
    form = rng.randrange(6)
    if form == 0 and sign not in ("==", "!=", "<", "<=", ">", ">="):
        action = f"a {sign}= b\nr = a"
    elif form == 1:
        action = f"r = b {sign} a"
    else:
        action = f"r = a {sign} b"
    return Program("operators", operands, action, _TOLERANCE if loose else 0.0)


def _unary(rng: random.Random) -> Program:
    operands = (("a", device(rng, dtype(rng), shape(rng), tame=rng.random() < 0.5)),)
    action = rng.choice(
        ["r = -a", "r = +a", "r = abs(a)", "r = ~a", "r = a.conj()", "r = a.real", "r = a.imag"]
        + [f"r = xp.{name}(a)" for name in _UNARY_EXACT]
        + [f"r = np.{name}(a)" for name in ("negative", "absolute", "isnan", "sign")]
    )
    return Program("unary", operands, action, 1e-6)


def _transcendental(rng: random.Random) -> Program:
    operands = (("a", device(rng, dtype(rng, "biuf"), shape(rng))),)
    name = rng.choice(_TRANSCENDENTAL)
    return Program("transcendental", operands, f"r = {rng.choice(['xp', 'np'])}.{name}(a)", 1e-2)


def _ufunc_calls(rng: random.Random) -> Program:
    lengths = shape(rng)
    kind = dtype(rng)
    name = rng.choice(_EXACT)
    out_kind = dtype(rng)
    operands = [
        ("a", device(rng, kind, lengths)),
        ("b", some_operand(rng, lengths)),
        ("out", device(rng, out_kind, lengths, own=True)),
    ]
    module = rng.choice(["xp", "xp", "np"])
    extra = rng.choice(
        ["", "", "", ", out=out", ", out", f", dtype='{out_kind}'", ", out=out, casting='unsafe'",
         ", out=np.zeros(3)", ", where=True", ", foo=1"]
    )  # fmt: skip
    if name == "divmod":
        extra = ""
    first, second = ("a", "b") if rng.random() < 0.8 else ("b", "a")
    return Program(
        "ufunc calls", tuple(operands), f"r = {module}.{name}({first}, {second}{extra})", 1e-5
    )


_REDUCTIONS = [
    "sum",
    "prod",
    "max",
    "min",
    "mean",
    "var",
    "std",
    "all",
    "any",
    "argmax",
    "argmin",
    "ptp",
]


def _axis(rng: random.Random, ndim: int) -> str:
    choices = ["None", "None", "0", "-1", "1", "5", "(0,)", "()", "(0, 1)", "(0, 0)", "(-1, 0)"]
    return rng.choice(choices)


def _reductions(rng: random.Random) -> Program:
    lengths = shape(rng)
    kind = dtype(rng)
    name = rng.choice(_REDUCTIONS)
    arguments = [f"axis={_axis(rng, len(lengths))}"]
    if rng.random() < 0.4:
        arguments.append("keepdims=True")
    if rng.random() < 0.3 and name in ("sum", "prod", "mean"):
        arguments.append(f"dtype='{dtype(rng)}'")
    operands = [
        ("a", device(rng, kind, lengths, tame=name in ("prod", "var", "std", "mean", "sum")))
    ]
    if rng.random() < 0.15:
        operands.append(
            ("out", device(rng, dtype(rng), rng.choice([(), lengths[1:], (3,)]), own=True))
        )
        arguments.append("out=out")
    call = ", ".join(arguments)
    action = rng.choice(
        [f"r = a.{name}({call})", f"r = xp.{name}(a, {call})", f"r = np.{name}(a, {call})"]
    )
    if action.startswith("r = np") and "out=out" in action:
        action = f"r = xp.{name}(a, {call})"
    return Program("reductions", tuple(operands), action, 2e-3 if kind == "f2" else 1e-4)


def _cumulative(rng: random.Random) -> Program:
    kind = dtype(rng)
    operands = (("a", device(rng, kind, shape(rng))),)
    name = rng.choice(["cumsum", "cumprod"])
    arguments = rng.choice(
        ["", "axis=0", "axis=-1", "axis=1", "axis=7", f"dtype='{dtype(rng, 'iuf')}'"]
    )
    action = rng.choice([f"r = a.{name}({arguments})", f"r = xp.{name}(a, {arguments})"])
    return Program(
        "cumulative", operands, action.replace(", )", ")"), 2e-2 if kind == "f2" else 1e-4
    )


def _index_part(rng: random.Random, length: int) -> str:
    last = max(length - 1, 0)
    return rng.choice(
        [
            str(rng.randint(-length - 1, length)), "0", "-1", f"np.int64({last})", ":", "::2", "1:", ":-1",
            "::-1", "5:1", "-2:", "10:20", "None", "...", f"[0, {last}]", "[0, 1, 7]", "[-1]", "[]",
            "[True, False]", f"np.array([{last}, 0])", f"np.array([{last}, -9], dtype='u1')"
            if last < 200 else "0", f"xp.array([{last}, 0, -1])", "xp.asarray(0)", "np.asarray(0)",
            f"xp.asarray(data('?', ({length},), 3))", f"data('?', ({length},), 3)", "True", "False",
            "np.bool_(True)", "1.5", "'x'", "b'y'", "np.array([0.5])", "xp.array([0.5])", "(0, 1)",
            "np.array(['a'])", "object()", "[[0], [1]]", "[1, [2]]", "xp.array([[0, 1], [1, 0]])",
            "slice(None, xp.asarray(2))", "slice(1.0, 3)", "slice('a', 3)", "slice(None, None, 0)",
            "range(2)", "np.int8(0)", "xp.zeros((0,), int)", "[xp.asarray(0)]", "{}",
        ]
    )  # fmt: skip


_TAME_PARTS = ("0", "-1", ":", "::2", "1:", "::-1", "...", "None", "[0, 1]", "xp.array([1, 0, 1])")


def _key(rng: random.Random, lengths: tuple[int, ...], prefix: str = "") -> str:
    form = rng.randrange(10)
    if form < 3 or not lengths:
        return _index_part(rng, lengths[0] if lengths else 1)
    if form == 3 and prefix:
        return f"{prefix} > 1"
    if form == 4:
        return f"xp.asarray(data('?', {lengths}, {rng.randrange(9)}))"
    if form == 5:
        return f"data('?', {lengths}, {rng.randrange(9)})"
    count = rng.randint(1, len(lengths) + (rng.random() < 0.1))
    parts = [
        _index_part(rng, lengths[index] if index < len(lengths) else 1)
        if rng.random() < 0.5
        else rng.choice(_TAME_PARTS)
        for index in range(count)
    ]
    return ", ".join(parts) + ("," if count == 1 else "")


def _getitem(rng: random.Random) -> Program:
    lengths = shape(rng)
    operands = (("a", device(rng, dtype(rng), lengths)),)
    return Program("indexing", operands, f"r = a[{_key(rng, lengths, 'a')}]")


def _setitem(rng: random.Random) -> Program:
    lengths = shape(rng, empty=False)
    kind = dtype(rng)
    fitting = rng.choice([lengths, lengths[1:], (), (1,), (2,)])
    values = [
        scalar(rng), scalar(rng), device(rng, dtype(rng), fitting), device(rng, kind, fitting),
        host(dtype(rng), fitting, 5), some_operand(rng, lengths), "[1, 2]", "a", "a[::-1]", "np.asarray(3)",
        "-0.0", "xp.asarray(2.5)",
    ]  # fmt: skip
    operands = (("a", device(rng, kind, lengths, own=rng.random() < 0.7)),)
    if "broadcast_to" in operands[0][1]:
        operands = (("a", device(rng, kind, lengths, own=True)),)
    key = _key(rng, lengths, "a")
    return Program("assignment", operands, f"v = {rng.choice(values)}\na[{key}] = v\nr = None")


def _views(rng: random.Random) -> Program:
    lengths = shape(rng)
    operands = (("a", device(rng, dtype(rng), lengths)),)
    new = rng.choice(
        [
            "-1",
            "(-1,)",
            "(2, -1)",
            "(3, 2)",
            "(4, 3)",
            "()",
            "(0,)",
            "(1, -1, 1)",
            "(-1, -1)",
            "6",
            "(12,)",
            "7",
        ]
    )
    order = rng.choice(
        [
            "",
            ", order='F'",
            ", order='A'",
            ", order='C'",
            ", order='K'",
            ", copy=False",
            ", copy=True",
        ]
    )
    axes = rng.choice(["", "1, 0", "(1, 0)", "0, 1", "2, 0, 1", "None", "0", "-1, 0", "0, 0"])
    action = rng.choice(
        [
            f"a.reshape({new}{order})", f"xp.reshape(a, {new}{order})", f"np.reshape(a, {new})",
            f"a.transpose({axes})", "a.T", "a.ravel()", "a.ravel('F')", "a.ravel('K')", "a.ravel('A')",
            "a.flatten()", "a.flatten('F')", "a.flatten('K')", "a.squeeze()", "a.squeeze(0)",
            "a.squeeze(-1)", "a.squeeze((0, 1))", "a.swapaxes(0, 1)", "a.swapaxes(0, -1)",
            "a.view()", "xp.expand_dims(a, 0)", "xp.expand_dims(a, (0, -1))", "xp.expand_dims(a, 5)",
            "xp.moveaxis(a, 0, -1)", "xp.rollaxis(a, 1)", "xp.flip(a)", "xp.flip(a, 0)",
            "xp.atleast_1d(a)", "xp.atleast_2d(a)", "xp.atleast_3d(a)", "xp.broadcast_to(a, (2, 3, 4))",
            "xp.broadcast_to(a, (3, 4))", "a.diagonal()", "a.diagonal(1)", "a.diagonal(-1)", "a.mT",
            "xp.squeeze(a)", "xp.swapaxes(a, 0, 1)", "xp.fliplr(a)", "xp.flipud(a)", "xp.rot90(a)",
            "xp.array_split(a, 2)", "xp.split(a, 2)", "xp.array_split(a, [1, 2])", "a.reduced_view()",
            "xp.broadcast_arrays(a, xp.zeros((2, 3, 4)))", "list(a)", "a[0]", "xp.matrix_transpose(a)",
            "xp.vsplit(a, 2)", "xp.hsplit(a, 2)", "xp.dsplit(a, 2)", "a.trace()", "xp.diagonal(a)",
        ]
    )  # fmt: skip
    return Program("views", operands, f"r = {action}", 1e-3)


def _casts(rng: random.Random) -> Program:
    lengths = shape(rng)
    operands = (("a", device(rng, dtype(rng), lengths)),)
    to = rng.choice(
        [
            repr(dtype(rng)),
            repr(dtype(rng)),
            "'>i4'",
            "'S3'",
            "'O'",
            "'M8[s]'",
            "float",
            "int",
            "bool",
            "STRUCT",
            "'U2'",
            "'>f8'",
            "'g'",
        ]
    )
    action = rng.choice(
        [
            f"a.astype({to})", f"a.astype({to}, copy=False)", f"a.astype({to}, order='F')",
            f"a.astype({to}, 'C')", f"a.view({to})", f"a.view({to}).copy()", "a.copy()", "a.copy('F')",
            "a.copy('K')", "a.copy('A')", "xp.ascontiguousarray(a)", "xp.asfortranarray(a)",
            f"xp.ascontiguousarray(a, {to})", f"xp.array(a, dtype={to})", f"xp.asarray(a, dtype={to})",
            "xp.array(a, copy=False)", "xp.array(a, ndmin=3)", "xp.asarray(a, order='F')",
            f"xp.array(a, {to}, copy=False)", "a.astype(int, casting='safe')", "a.byteswap()",
            f"xp.astype(a, {to})", "xp.copy(a)", "xp.array([a, a])", "xp.array([[a], [a]])",
            "xp.array([a, 1])", "a.view(xp.ndarray)", "a.view(np.ndarray)", "xp.asarray(a, copy=True)",
            "xp.array(a, order='Q')", "xp.array([a] * 9)",
        ]
    )  # fmt: skip
    return Program("casts", operands, f"r = {action}")


def _creation(rng: random.Random) -> Program:
    lengths = rng.choice(
        [
            "3",
            "(2, 3)",
            "()",
            "(0,)",
            "[2, 2]",
            "(2.0,)",
            "-1",
            "(True,)",
            "None",
            "np.int64(2)",
            "'ab'",
            "(2, -1)",
        ]
    )
    kind = rng.choice(
        [
            repr(dtype(rng)),
            repr(dtype(rng)),
            "float",
            "None",
            "'>i4'",
            "'O'",
            "'S3'",
            "STRUCT",
            "'M8[s]'",
            "'V4'",
            "'U1'",
        ]
    )
    order = rng.choice(["", ", order='F'", ", order='C'", ", order='K'", ", order=None"])
    fill = rng.choice([scalar(rng), "xp.asarray(2.5)", "np.asarray(3)", "[1, 2]", "None", "'x'"])
    operands: tuple[tuple[str, str], ...] = (("a", device(rng, dtype(rng), shape(rng))),)
    ends = rng.choice(
        [
            "5",
            "2, 8",
            "2, 8, 2",
            "5, 0",
            "0",
            "0, 1, 0.25",
            "3.0",
            "5, 1, -1",
            "np.int8(4)",
            "True",
            "0, 5, 0",
        ]
    )
    action = rng.choice(
        [
            f"xp.zeros({lengths}, {kind}{order})", f"xp.ones({lengths}, {kind}{order})",
            f"xp.full({lengths}, {fill}, {kind}{order})", f"xp.full({lengths}, {fill})",
            f"xp.empty({lengths}, {kind}{order}).shape", "xp.zeros_like(a)", "xp.ones_like(a)",
            f"xp.zeros_like(a, dtype={kind})", "xp.zeros_like(a, order='F')", "xp.zeros_like(a, order='C')",
            f"xp.full_like(a, {fill})", "xp.empty_like(a).strides", "xp.zeros_like(a, shape=(2, 5))",
            "np.zeros_like(a)", "np.ones_like(a)", f"xp.arange({ends})", f"xp.arange({ends}, dtype={kind})",
            "xp.linspace(0, 1, 5)", "xp.linspace(0, 10, 3, endpoint=False)", "xp.eye(3)", "xp.eye(2, 3, 1)",
            "xp.identity(2, 'i4')", "xp.tri(3)", "xp.diag(xp.arange(3))", "xp.diag(a)", "xp.tril(a)", "xp.triu(a, 1)",
            "xp.indices((2, 2))", "xp.meshgrid(xp.arange(2), xp.arange(3))", "xp.diagflat(a)",
            f"xp.ndarray({lengths}, {kind}).dtype", "np.full_like(a, 3)", "np.empty_like(a).shape",
            "xp.linspace(0, 5, 6, dtype=int)", "xp.logspace(0, 2, 3)", "xp.vander(xp.arange(3))",
        ]
    )  # fmt: skip
    return Program("creation", operands, f"r = {action}", 1e-6)


_ON_HOST = (
    "xp.copyto(xp.zeros(h.shape), h)", "xp.sum(h)", "xp.max(h)",
    "xp.concatenate([h, h])", "xp.stack([h, xp.zeros(h.shape)])", "xp.add(h, 1)", "xp.sqrt(h)",
    "xp.where(h, 1, 2)", "xp.asnumpy(h) is h", "xp.sort(h)", "xp.unique(h)", "xp.any(h)", "xp.transpose(h)",
    "xp.broadcast_to(h, (2,) + h.shape)", "xp.isnan(h)", "xp.array_equal(h, h)", "xp.isclose(1, 1)",
    "xp.broadcast_arrays(h, xp.zeros((2,)))", "xp.expand_dims(h, 0)", "xp.zeros_like(h)", "xp.ndim(h)",
    "xp.reshape(h, -1)", "xp.ravel(h)", "xp.tile(h, 2)", "xp.roll(h, 1)", "xp.pad(h, 1)", "xp.round(h)",
    "xp.clip(h, 0, 1)", "xp.mean(h)", "xp.astype(h, 'f4')", "xp.squeeze(h)", "xp.moveaxis(h, 0, 0)",
    "xp.atleast_1d(h)", "xp.vstack([h])", "xp.result_type(h, 'f4')", "xp.can_cast(h, 'f4')", "xp.copy(h)",
    "xp.shape(h)", "xp.size(h)", "xp.flip(h)", "xp.nonzero(h)", "xp.cumsum(h)", "xp.diff(h)", "xp.count_nonzero(h)",
)  # fmt: skip


def _into(rng: random.Random) -> Program:
    kind = rng.choice(
        [
            dtype(rng),
            dtype(rng),
            ">i4",
            ">f8",
            ">u2",
            "S3",
            "U2",
            "O",
            "M8[s]",
            "m8[ns]",
            "V4",
            "i4,f8",
            "g",
            "STRUCT",
        ]
    )
    lengths = shape(rng)
    if kind in ("S3", "U2", "O", "M8[s]", "m8[ns]", "V4", "i4,f8", "g"):
        source = f"np.zeros({lengths}, {kind!r})"
    else:
        source = host(kind, lengths, rng.randrange(99), tame=False)
    layout = rng.choice(
        ["h", "h", "h.T", "h[..., ::2]" if lengths else "h", "np.asfortranarray(h)"]
    )
    to = rng.choice(
        [
            "",
            "",
            f", dtype='{dtype(rng)}'",
            ", order='F'",
            ", order='C'",
            ", copy=False",
            ", dtype='>i2'",
            ", dtype='O'",
            ", ndmin=2",
        ]
    )
    value = rng.choice(
        [
            scalar(rng),
            "[1, 2, 3]",
            "[[1, 2], [3, 4.5]]",
            "[]",
            "[[1], [2, 3]]",
            "(1, 2)",
            "'text'",
            "None",
            "['a']",
            "range(3)",
            "[h, h]",
            "[h]",
            "object()",
            "b'ab'",
            "[None]",
            "{1, 2}",
            "memoryview(b'abcd')",
            "bytearray(b'ab')",
        ]
    )
    action = rng.choice(
        [
            f"xp.asarray({layout}{to})", f"xp.array({layout}{to})", f"xp.asarray({layout})",
            f"xp.array({value}{to})", f"xp.asarray({value})", "xp.frombuffer(b'abcdefgh', dtype='u2')",
            "xp.frombuffer(bytearray(8))", "xp.frombuffer(b'abc', 'u1', 2, 1)", "xp.asanyarray(h)",
            "xp.ascontiguousarray(h)", f"xp.fromiter([1, 2], dtype='{dtype(rng, 'iuf')}')",
            "xp.zeros(h.shape, h.dtype).set(h)",
        ]
    )  # fmt: skip
    if rng.random() < 0.5:
        # What the namespace's functions do with host data of their own kind.
        source = host(dtype(rng), lengths, rng.randrange(99), tame=False)
        action = rng.choice(_ON_HOST)
    return Program("into", (("h", source),), f"r = {action}", 1e-6)


def _out_of(rng: random.Random) -> Program:
    lengths = shape(rng) if rng.random() < 0.5 else rng.choice([(), (1,), (1, 1)])
    kind = dtype(rng)
    operands = (
        ("a", device(rng, kind, lengths, tame=False)),
        ("h", host(rng.choice([kind, dtype(rng)]), rng.choice([lengths, lengths, (2,)]), 1)),
    )
    action = rng.choice(
        [
            "r = a.get()", "r = a.get(order='F')", "r = a.get(order='A')", "r = xp.asnumpy(a)",
            "r = xp.asnumpy(a, order='F')", "a.get(out=h)\nr = h", "a.get(out=h.T)\nr = h",
            "a.set(h)\nr = a", "a.set([1])\nr = a", "r = bool(a)", "r = a.item()", "r = a.tolist()",
            "r = a.tobytes()", "r = repr(a)", "r = str(a)", "r = format(a)", "r = np.asarray(a)", "r = np.array(a)",
            "r = memoryview(a)", "r = bytes(a)", "r = len(a)", "r = list(a)", "r = hash(a)",
            "r = a.__reduce__()[1][0]", "r = 1 in a", "r = int(a)" if kind[0] not in "fc" else "r = 1",
            "r = float(a)" if kind[0] != "c" else "r = complex(a)", "r = np.from_dlpack(a, device='cpu')",
            "r = [10, 20, 30][a]", "r = range(a)", "h[...] = a\nr = h", "r = np.float64(a)", "r = h + a",
            "h += a\nr = h", "r = a if a.any() else None", "r = a.get(out=[1])", "r = xp.asnumpy([1, 2])",
            "r = np.concatenate([h, a])", "r = np.concatenate([a, a])", "r = a == h", "r = h == a",
            "r = a.get(order='K')", "r = np.array(a, copy=False)", "r = np.asarray(a, dtype='f4')", "r = a.__array__()",
            "import copy\nr = copy.copy(a)", "import copy\nr = copy.deepcopy(a)",
            "import pickle\nr = pickle.loads(pickle.dumps(a))", "r = a.dumps()[:2]", "r = np.isscalar(a)",
            "r = a.__index__()", "r = round(a)", "r = divmod(a, 2)", "r = a @ a if a.dtype.kind in 'iu' else 1",
            "r = next(iter(a))", "r = sorted(a.ravel())" if kind[0] != "c" else "r = 1", "r = sum(a)",
        ]
    )  # fmt: skip
    return Program("out of", operands, action, 1e-6)


def _dispatched(rng: random.Random) -> Program:
    lengths = shape(rng, least=1)
    kind = dtype(rng)
    operands = (
        ("a", device(rng, kind, lengths)),
        ("b", device(rng, rng.choice([kind, dtype(rng)]), lengths)),
    )
    action = rng.choice(
        [
            "np.concatenate([a, b])", "np.stack([a, b])", "np.vstack([a, b])", "np.hstack([a, b])",
            "np.where(a > 1, a, b)", "np.sum(a)", "np.sort(a)", "np.clip(a, 1, 3)", "np.mean(a, axis=0)",
            "np.array_equal(a, b)", "np.array_equal(a, a)", "np.reshape(a, -1)", "np.transpose(a)",
            "np.take(a, 0)", "np.broadcast_to(a, (2, *a.shape))", "np.expand_dims(a, 0)", "np.ravel(a)",
            "np.allclose(a, a)", "np.isclose(a, b)", "np.any(a)", "np.all(a)", "np.nonzero(a)", "np.unique(a)",
            "np.argsort(a)", "np.count_nonzero(a)", "np.copyto(a, 1)", "np.round(a)", "np.pad(a, 1)",
            "np.tile(a, 2)", "np.repeat(a, 2)", "np.flip(a)", "np.roll(a, 1)", "np.split(a, 1)", "np.squeeze(a)",
            "np.shape(a)", "np.ndim(a)", "np.size(a)", "np.result_type(a, b)", "np.can_cast(a.dtype, 'f4')",
            "np.may_share_memory(a, a)", "np.shares_memory(a, b)", "np.copy(a)", "np.asarray(a)", "np.append(a, b)",
            "np.diff(a)", "np.cumsum(a)", "np.maximum(a, b)", "np.add.reduce(a)", "np.add.outer(a, b)",
            "np.multiply.accumulate(a)", "np.isin(a, b)", "np.median(a)", "np.linalg.norm(a)", "np.einsum('i->', a.ravel())",
            "np.nansum(a)", "np.ptp(a)", "np.var(a)", "np.searchsorted(a, b)", "np.iscomplexobj(a)", "np.amax(a)",
            "np.atleast_2d(a)", "np.moveaxis(a, 0, -1)", "np.swapaxes(a, 0, -1)", "np.array_split(a, 2)",
            "np.full_like(a, 2)", "np.nan_to_num(a)", "np.average(a)", "np.isreal(a)", "np.apply_along_axis(len, 0, a)",
            "np.save('/dev/null', a)", "np.delete(a, 0)", "np.insert(a, 0, 1)", "np.lexsort(a)", "np.array([a])",
            "np.block([a, b])", "np.trim_zeros(a)", "np.rot90(a)", "np.concat([a, b])", "np.spacing(a)", "np.dot(a, b)",
        ]
    )  # fmt: skip
    return Program("dispatched", operands, f"r = {action}", 1e-3)


def _joins(rng: random.Random) -> Program:
    lengths = shape(rng, least=1)
    kind = dtype(rng)
    other = rng.choice([kind, dtype(rng)])
    second = rng.choice([lengths, lengths, (lengths[0] + 1, *lengths[1:]), (*lengths, 1)])
    operands = (
        ("a", device(rng, kind, lengths)),
        (
            "b",
            rng.choice(
                [device(rng, other, second)] * 5 + [host(other, second, 3), "[1, 2]", "3", "None"]
            ),
        ),
        ("o", device(rng, dtype(rng), (2 * lengths[0], *lengths[1:]), own=True)),
    )
    axis = rng.choice(["", ", 0", ", -1", ", axis=1", ", axis=None", ", axis=5"])
    many = rng.choice([9, 12])
    action = rng.choice(
        [
            f"xp.concatenate([a, b]{axis})", f"xp.concatenate((a, b){axis})", f"xp.concatenate([a, a, b]{axis})",
            f"xp.stack([a, b]{axis})", "xp.vstack([a, b])", "xp.hstack([a, b])", "xp.dstack([a, b])",
            "xp.column_stack([a, b])", "xp.concatenate([])", "xp.concatenate([a, b], out=o)", f"xp.concatenate([a] * {many})",
            f"xp.concatenate([a.copy()] * {many}, -1)", f"xp.concatenate([a, b, a, b, a, b, a, b, a]{axis})",
            "xp.concatenate([a, b], dtype='f4')", "xp.concatenate([a, b], dtype='f4', casting='unsafe')", "xp.append(a, b)",
            "xp.append(a, b, 0)", "xp.concatenate(a)", "xp.concat([a, b])", "xp.stack(a)", "xp.hstack(a)",
            "xp.concatenate([xp.asarray(1), a])", "xp.tile(a, 2)", "xp.tile(a, (2, 1))", "xp.repeat(a, 2)", "a.repeat(2, 0)",
            "a.repeat([1, 2, 3])", "xp.repeat(a, xp.asarray([2]))", "a.repeat(xp.arange(a.shape[0]), 0)", "xp.roll(a, 1)",
            "xp.roll(a, (1, 2), (0, -1))", "xp.pad(a, 1)", "xp.pad(a, 1, mode='edge')", "xp.pad(a, 2, constant_values=3)",
        ]
    )  # fmt: skip
    return Program("joins", operands, f"r = {action}")


def _structured(rng: random.Random) -> Program:
    lengths = shape(rng)
    operands = (
        ("s", device(rng, "STRUCT", lengths, own=rng.random() < 0.5)),
        ("t", f"xp.asarray({host('STRUCT', lengths, 5)})"),
    )
    action = rng.choice(
        [
            "r = s['a']", "r = s['b']", "r = s[['a', 'c']]", "r = s['z']", "r = s[0]", "r = s[::2]", "r = s.copy()",
            "r = s.astype(STRUCT)", "r = s.T", "r = s.reshape(-1)", "s['a'] = 5\nr = s", "s['b'] = s['a']\nr = s",
            "s[...] = t\nr = s", "s[0] = t[0]\nr = s", "r = s == t", "r = s != t", "r = s + 1", "r = s.get()", "r = s.sum()",
            "r = s[[0, 1]]", "r = s['a'].flags.c_contiguous", "r = xp.concatenate([s, t])", "r = xp.zeros_like(s)",
            "r = s.view('u1')", "r = s['a', 0]", "r = s['c'] + 1", "r = s['a'].copy()", "s.fill(0)\nr = s", "r = s.ravel()",
            "r = s.dtype", "r = s['b'].sum()", "r = xp.asnumpy(s['b'])", "s['c'] = xp.asarray(3)\nr = s", "s[0] = 0\nr = s",
            "r = s.tobytes()", "r = s.item()", "r = s[xp.asarray([0])]", "r = xp.empty((2,), STRUCT).dtype",
            "r = xp.array([(1, 2., 3)], dtype=STRUCT)", "r = xp.zeros(3, np.dtype('u1,i4'))", "r = xp.zeros(3, np.dtype('u1,i4'))['f1'] + 1",
            "r = xp.zeros(3, np.dtype('u1,i4')).copy()", "r = xp.zeros(2, np.dtype([('x', 'i4', (2,))]))", "r = xp.ones_like(s)",
        ]
    )  # fmt: skip
    return Program("structured", operands, action)


def _attributes(rng: random.Random) -> Program:
    lengths = shape(rng)
    operands = (("a", device(rng, dtype(rng), lengths)),)
    action = rng.choice(
        [
            "r = a.shape, a.ndim, a.size, a.itemsize, a.nbytes", "r = a.dtype", "r = a.flags.owndata", "r = a.T",
            "r = a.base is None", "r = a.flags['C_CONTIGUOUS'], a.flags['F_CONTIGUOUS'], a.flags['OWNDATA']",
            "r = a.flags['WRITEABLE']", "r = a.flags.forc, a.flags.fnc", "r = a.device.id", "r = a.data.ptr != 0",
            "r = a.data.mem is a.T.data.mem", "a.shape = (-1,)\nr = a", "a.shape = (7, 7)\nr = a", "r = a.real", "r = a.imag",
            "a.real = 1\nr = a", "a.imag = 1\nr = a", "r = a.foo", "a.foo = 1", "a.dtype = 'i4'", "a.strides = (1,)", "r = a.data.device_id",
            "r = sorted(a.__cuda_array_interface__)", "r = a.__cuda_array_interface__['shape'], a.__cuda_array_interface__['strides']",
            "r = a.__cuda_array_interface__['typestr']", "r = hasattr(a, '__array_interface__'), hasattr(a, '__array_struct__')",
            "r = hasattr(a, '__array__'), hasattr(a, '__index__'), hasattr(a, '__len__'), hasattr(a, 'ctypes')",
            "r = a.__dlpack_device__()[0]", "r = type(a).__name__", "r = isinstance(a, xp.ndarray)", "r = xp.get_array_module(a) is xp",
            "r = a.__array_priority__", "r = repr(a.flags)", "r = xp.may_share_memory(a, a)", "r = xp.shares_memory(a, a.copy())",
            "r = xp.iscomplexobj(a), xp.isrealobj(a), xp.isfortran(a)", "r = xp.isscalar(a)", "r = xp.result_type(a, 1.5)",
            "r = xp.min_scalar_type(a)", "r = xp.ndim(a), xp.shape(a)", "r = xp.size(a)", "r = a.flags.writeable", "r = a.flat[0]",
            "r = a.data.ptr - a.data.mem.ptr", "r = str(a.device)", "r = hasattr(a, 'tostring'), hasattr(a, 'itemset')", "r = a.strides",
        ]
    )  # fmt: skip
    return Program("attributes", operands, action)


def _functions(rng: random.Random) -> Program:
    lengths = shape(rng)
    kind = dtype(rng)
    operands = (("a", device(rng, kind, lengths)), ("b", device(rng, kind, lengths)))
    axis = rng.choice(["", ", axis=0", ", axis=-1", ", axis=None", ", axis=1"])
    indices = rng.choice(
        [
            "0",
            "[0, 1]",
            "xp.asarray([1, 0, 5])",
            "np.array([0, -1])",
            "xp.asarray([[0]])",
            "-1",
            "1.5",
        ]
    )
    action = rng.choice(
        [
            f"xp.take(a, {indices}{axis})", f"a.take({indices}{axis})", f"xp.sort(a{axis})", f"xp.argsort(a{axis})", "xp.unique(a)",
            "xp.where(a)", "xp.where(a > 1, a, b)", "xp.where(a > 1, a, 0)", "xp.where(a, 1, 2.5)", "xp.nonzero(a)", "xp.argwhere(a)",
            "xp.flatnonzero(a)", "xp.count_nonzero(a)", "xp.isclose(a, b)", "xp.allclose(a, b)", "xp.array_equal(a, b)",
            "xp.array_equal(a, a, equal_nan=True)", "xp.array_equiv(a, b)", "a.clip(1, 3)", "xp.clip(a, 0, None)", "a.clip(None, 2.5)",
            "a.round()", "a.round(1)", "xp.around(a, -1)", "a.fill(3)", "a.fill(xp.asarray(2))", "a.fill(b)", "a.fill(-0.0)", "xp.copyto(a, b)",
            "xp.copyto(a, 5)", "xp.copyto(a, 2.5)", "xp.copyto(a, b, where=b > 1)", "a.sort()", "a.nonzero()", "a.put([0], 1)",
            "a.put([0, 9], [1, 2])", "xp.compress([True, False], a, axis=0)", "a.compress(xp.asarray([True]), axis=0)", "xp.extract(a > 1, a)",
            "xp.searchsorted(xp.arange(5), a)", f"xp.diff(a{axis})", "xp.isin(a, b)", "xp.bincount(a)", "xp.histogram(a)",
            "xp.maximum(a, b)", "xp.fmax(a, 1)", "xp.percentile(a, 50)", "xp.median(a)", "xp.average(a)", "xp.nansum(a)", "xp.nanmax(a)", "xp.nanmean(a)",
            "xp.packbits(a)", "xp.unpackbits(a)", "xp.tril(a)", "xp.trace(a)", "xp.outer(a, b)", "xp.inner(a, b)", "xp.dot(a, b)", "xp.kron(a, b)", "a.dot(b)",
            "xp.logical_and(a, b)", "xp.logical_not(a)", "xp.real(a)", "xp.imag(a)", "xp.angle(a)", "xp.conj(a)", "xp.iscomplex(a)", "xp.isreal(a)",
            "xp.take_along_axis(a, xp.zeros((1,) * a.ndim, int), -1)", "xp.delete(a, 0)", "xp.resize(a, (2, 2))", "xp.trim_zeros(a)", "xp.ediff1d(a)",
            "xp.nan_to_num(a)", "xp.isposinf(a)", "xp.partition(a, 0)", "xp.argpartition(a, 0)", "xp.lexsort(a)", "xp.cross(a, b)", "xp.gradient(a)",
            "xp.add.at(a, [0, 0], 1)", "xp.maximum.at(a, xp.asarray([0]), 3)", "xp.add.reduce(a)", "xp.multiply.reduce(a)", "xp.maximum.reduce(a)",
            "xp.add.accumulate(a)", "xp.fill_diagonal(a, 1)", "xp.place(a, a > 1, 0)", "xp.putmask(a, a > 1, b)", "xp.select([a > 1], [a])", "xp.interp(a, xp.arange(3), xp.arange(3))",
            "xp.digitize(a, xp.arange(3))", "xp.union1d(a, b)", "xp.intersect1d(a, b)", "xp.setdiff1d(a, b)", "xp.linalg.norm(a)", "a.choose(xp.stack([a, b]))",
            "xp.unravel_index(xp.arange(3), (2, 2))", "xp.ix_(xp.arange(2), xp.arange(3))", "xp.cumulative_sum(a)", "xp.nancumsum(a)", "xp.apply_along_axis(len, 0, a)",
            "xp.foo(a)", "a.argpartition(0)", "a.tofile('/dev/null')", "a.ptp()", "xp.nanargmax(a)", "xp.nanstd(a)", "xp.quantile(a, 0.5)", "xp.unwrap(a)", "xp.msort(a)",
        ]
    )  # fmt: skip
    return Program("functions", operands, f"r = {action}", 2e-3 if kind == "f2" else 1e-4)


def _subclasses(rng: random.Random) -> Program:
    lengths = shape(rng)
    kind = dtype(rng)
    make = "type('S', (xp.ndarray,), {})"
    operands = (("a", f"{device(rng, kind, lengths, own=True)}.view({make})"),)
    action = rng.choice(
        [
            "a[...]", "a[0]", "a[::2]", "a.reshape(-1)", "a.T", "a.transpose()", "a.ravel()", "a.squeeze()", "a.view()", "a.view('u1')",
            "a + 1", "1 + a", "a + a", "a == a", "-a", "xp.add(a, xp.zeros(a.shape))", "xp.add(xp.zeros(a.shape), a)", "np.add(a, 1)",
            "xp.asarray(a)", "xp.ascontiguousarray(a)", "a.astype('f4')", "a.astype(a.dtype, copy=False)", "a.copy()", "xp.array(a)", "a[[0]]",
            "a[a > 0]", "xp.concatenate([a, a])", "a.sum()", "a.max(0)", "xp.zeros_like(a)", "xp.empty_like(a).shape", "a.real", "a.imag", "a.conj()",
            "a.flatten()", "xp.where(a > 0, a, a)", "a.clip(0, 1)", "a.round()", "a.swapaxes(0, -1)", "a.diagonal()", "a.take([0])", "a.repeat(2)",
            "xp.expand_dims(a, 0)", "xp.broadcast_to(a, (2,) + a.shape)", "xp.atleast_2d(a)", "xp.sqrt(a)", "a.cumsum()", "a.argsort()", "xp.sort(a)",
            "xp.stack([a])", "a ** 2", "a.mean()", "xp.array_split(a, 2)", "xp.flip(a)", "a.get()", "type(a)((2, 2)).shape", "type(a)(3, dtype='i4').dtype",
            "xp.moveaxis(a, 0, -1)", "xp.asanyarray(a)", "xp.asfortranarray(a)", "a.mT", "a.all()", "xp.isnan(a)", "a.reduced_view()", "xp.full_like(a, 1)",
        ]
    )  # fmt: skip
    return Program("subclasses", operands, f"r = {action}", 1e-3)


CATEGORIES: dict[str, Callable[[random.Random], Program]] = {
    "operators": _operators,
    "unary": _unary,
    "transcendental": _transcendental,
    "ufunc calls": _ufunc_calls,
    "reductions": _reductions,
    "cumulative": _cumulative,
    "indexing": _getitem,
    "assignment": _setitem,
    "views": _views,
    "casts": _casts,
    "creation": _creation,
    "into": _into,
    "out of": _out_of,
    "dispatched": _dispatched,
    "joins": _joins,
    "structured": _structured,
    "attributes": _attributes,
    "functions": _functions,
    "subclasses": _subclasses,
}
"""What makes a program of each category."""


def generate(rng: random.Random, category: str) -> Program:
    """Make a program."""
    return CATEGORIES[category](rng)
