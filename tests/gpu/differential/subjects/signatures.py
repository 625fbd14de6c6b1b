"""Calls written from the signatures: host and device arguments mixed, ``out=``, and keywords."""

# ruff: noqa: E501 - tables of expressions read better a line a subject.
from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import zarr_devbuf.simulator.cupy as simulated
from tests.gpu.differential.operands import device, dtype, host, scalar, shape
from tests.gpu.differential.slots import SLOTS, of
from tests.gpu.differential.subject import Setting, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gpu.differential.drawing import Draw

__all__ = ["SUBJECTS"]


def _like(draw: Draw) -> Setting:
    lengths, kind = shape(draw), dtype(draw)
    operands = (
        ("a", device(draw, kind, lengths)),
        ("h", host(draw.pick([kind, dtype(draw)]), lengths, draw.number(0, 99))),
    )
    return Setting(operands, kind, lengths)


def _mixed(draw: Draw, setting: Setting) -> str:
    """Return an argument that is on the device, on the host, or a number."""
    return draw.often(
        (4, ["a", "a.copy()", "xp.asarray(h)"]),
        (4, ["h", "np.asarray(2)", "np.asarray([1, 2, 3])", "[1, 2, 3]", "[[1, 2, 3]]", "(1, 2)", "[a, a]", "[h, h]", "list(h)" if setting.lengths else "[h]"]),
        (2, [scalar(draw), "xp.asarray(2)", "None", "foreign(a)"]),
    )  # fmt: skip


def _on_device(draw: Draw, setting: Setting) -> str:
    return draw.often(
        (5, ["a"]), (1, ["a.copy()", "xp.asarray(h)", "xp.asarray(2)", "xp.arange(3)"])
    )


def _out(draw: Draw, setting: Setting) -> str:
    lengths, kind = setting.lengths, setting.kind
    other = draw.pick([kind, kind, dtype(draw)])
    fitting = draw.pick(
        [lengths, lengths, lengths, (), lengths[1:], lengths[:-1], (7,), (1, *lengths)]
    )
    return draw.often(
        (6, [f"xp.zeros({fitting}, '{other}')"]),
        (2, [f"xp.zeros({fitting}, '{other}', order='F')", f"xp.zeros({(*fitting, 2)}, '{other}')[..., 0]"]),
        (2, [f"np.zeros({fitting}, '{other}')", "None", "(None,)", f"(xp.zeros({fitting}, '{other}'),)", "1", "[a]"]),
    )  # fmt: skip


_COUNT = of("1", "0", "2", "-1", "3", "(0, 1)", "2.0", "None", "np.int8(1)", "xp.asarray(1)", "'a'", "True")  # fmt: skip
_INDEX = of("[0, 1]", "0", "xp.asarray([0, 2])", "np.asarray([0, 1])", "a", "h", "xp.asarray([[0], [1]])", "-1", "[]", "np.asarray(0)", "xp.asarray([True, False])", "[7]", "(0,)")  # fmt: skip
_MASK = of("a > 0", "h > 0", "a", "[True, False, True]", "xp.asarray(True)", "True", "xp.asarray([True, False, True])", "np.asarray(True)")  # fmt: skip

_SLOTS = {
    **SLOTS,
    "mixed": _mixed,
    "dev": _on_device,
    "out": _out,
    "count": _COUNT,
    "index": _INDEX,
    "mask": _MASK,
    "flag": of("True", "False", "None", "1"),
    "shape": of("3", "(2, 3)", "()", "(0,)", "[2, 2]", "-1", "a.shape", "None", "(3, -1)", "2.0", "xp.asarray(3)", "np.asarray([3])", "(1, 3, 1)"),
    "letter": of("'C'", "'F'", "'K'", "'A'", "None", "'x'"),
    "mode": of("'wrap'", "'raise'", "'clip'", "'same'", "'full'", "'valid'", "'x'", "None", "'constant'", "'edge'"),
    "method": of("'linear'", "'nearest'", "'lower'", "'higher'", "'midpoint'", "'x'", "None", "'hazen'"),
    "side": of("'left'", "'right'", "'x'", "None"),
    "trim": of("'fb'", "'f'", "'b'", "'x'"),
    "bitorder": of("'big'", "'little'", "'x'"),
    "sort": of("None", "'stable'", "'quicksort'", "'x'"),
    "number": of("1", "0", "0.5", "-1", "2.5", "xp.asarray(1.0)", "np.asarray(1.0)", "np.float32(2)", "None", "a", "h", "1j", "100"),
}  # fmt: skip

_ARRAYS = "a x b arr ary v m p a1 a2 ar1 ar2 arr1 arr2 array element test_elements y z val A filt ar obj values vals src dst fill_value a_min a_max start stop prototype bins repeats"
_REQUIRED = (
    dict.fromkeys(_ARRAYS.split(), "mixed")
    | dict.fromkeys(["tup", "keys", "condlist", "choicelist", "choices"], "sequence")
    | dict.fromkeys(["shape", "dims", "dimensions", "newshape", "new_shape"], "shape")
    | dict.fromkeys(["n", "N", "M", "num", "k", "kth", "reps", "shift", "pad_width", "axis1", "axis2", "source", "destination"], "count")
    | dict.fromkeys(["indices", "ind", "multi_index", "indices_or_sections"], "index")
    | {"q": "number", "axis": "one_axis", "condition": "mask", "mask": "mask", "dtype": "to", "from_": "to", "to": "to"}
)  # fmt: skip
_KEYWORDS = (
    dict.fromkeys(
        ["keepdims", "copy", "subok", "assume_unique", "equal_nan", "overwrite_input", "include_initial", "invert", "endpoint", "right", "returned", "retstep", "increasing", "return_index", "return_inverse", "return_counts", "return_indices", "wrap"],
        "flag",
    )
    | dict.fromkeys(["k", "decimals", "offset", "axis1", "axis2", "num", "minlength", "ndmin", "M", "N", "m", "n", "step"], "count")
    | dict.fromkeys(["weights", "default", "to_end", "to_begin", "prepend", "append", "y", "initial", "stop"], "mixed")
    | dict.fromkeys(["rtol", "atol", "nan", "posinf", "neginf", "dx", "ddof"], "number")
    | dict.fromkeys(["method", "interpolation"], "method")
    | {"axis": "axis", "dtype": "to", "out": "out", "order": "letter", "casting": "casting",
       "shape": "shape", "mode": "mode", "kind": "sort", "side": "side", "sorter": "index",
       "trim": "trim", "bitorder": "bitorder", "axes": "axis", "where": "mask", "x": "mixed"}
)  # fmt: skip

# Their results are not defined, are not on the device, or change what other programs do.
_LEFT_OUT = frozenset(
    [
        "byte_bounds",
        "empty",
        "empty_like",
        "asnumpy",
        "array_repr",
        "array_str",
        "array2string",
        "base_repr",
        "binary_repr",
        "load",
        "require",
    ]
)


def _slot(name: str) -> str | None:
    found = _REQUIRED.get(name)
    return "[<mixed>, <mixed>]" if found == "sequence" else f"<{found}>" if found else None


def _calls(prefix: str, name: str, function: Any, *, skip: int) -> Iterator[tuple[str, str]]:
    """Yield calls of a function, and what each is about: arguments, an output, or a keyword."""
    if isinstance(function, simulated.ufunc):
        return
    try:
        parameters = list(inspect.signature(function).parameters.values())[skip:]
    except ValueError:  # NumPy's compiled functions have one since NumPy 2.4
        return
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in parameters):
        return
    required = [one.name for one in parameters if one.default is one.empty]
    slots = [_slot(one) for one in required]
    if None in slots:
        return
    written = ", ".join(slot for slot in slots if slot)
    if "<mixed>" in written:
        yield "mixtures", f"{prefix}.{name}({written})"
    plain = written.replace("<mixed>", "<dev>")
    for one in parameters:
        keyword = _KEYWORDS.get(one.name) if one.default is not one.empty else None
        if keyword is not None:
            kind = "outputs" if one.name == "out" else "keywords"
            separator = ", " if plain else ""
            yield kind, f"{prefix}.{name}({plain}{separator}{one.name}=<{keyword}>)"


def _table() -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {"mixtures": [], "outputs": [], "keywords": []}
    for name in sorted(set(simulated.__all__) - _LEFT_OUT):
        function = getattr(simulated, name)
        if callable(function) and not isinstance(function, type):
            for kind, row in _calls("xp", name, function, skip=0):
                rows[kind].append(row)
    for name in sorted(dir(simulated.ndarray)):
        method = getattr(simulated.ndarray, name)
        if not name.startswith("_") and inspect.isfunction(method):
            for kind, row in _calls("a", name, method, skip=1):
                rows[kind].append(row)
    return rows


SUBJECTS = tuple(
    Subject(kind, _like, tuple(rows), _SLOTS, tolerance=1e-5, half=2e-3)
    for kind, rows in _table().items()
)
