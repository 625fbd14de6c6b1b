"""The expressions from which slots (words in angle brackets) are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.keys import key
from tests.gpu.differential.operands import device, dtype, host, scalar, some_operand

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gpu.differential.drawing import Draw
    from tests.gpu.differential.subject import Setting, Slot

__all__ = ["SLOTS", "of", "option"]


def of(*options: str) -> Slot:
    """Return a slot for one of several expressions."""
    return lambda draw, setting: draw.pick(options)


def option(*options: str) -> Slot:
    """Return a slot for optional arguments; half of the time, there are none."""
    return lambda draw, setting: draw.pick(("",) * len(options) + options)


def _quoted(kinds: str) -> Slot:
    return lambda draw, setting: repr(dtype(draw, kinds))


def _value(draw: Draw, setting: Setting) -> str:
    lengths = setting.lengths
    fitting = draw.pick([lengths, lengths[1:], (), (1,), (2,)])
    choices: list[Callable[[], str]] = [
        lambda: scalar(draw),
        lambda: scalar(draw),
        lambda: device(draw, dtype(draw), fitting),
        lambda: device(draw, setting.kind, fitting),
        lambda: host(dtype(draw), fitting, 5),
        lambda: some_operand(draw, lengths),
        lambda: draw.pick(["[1, 2]", "[]", "[[1], [2]]", "(1,)", "[xp.asarray(1)]"]),
        lambda: draw.pick(["a.copy()", "a.copy()[::-1]", "a.copy().T"]) if lengths else "a.copy()",
        lambda: draw.pick(["np.asarray(3)", "-0.0", "xp.asarray(2.5)", "np.asarray([[7]])"]),
    ]
    return draw.pick(choices)()


SLOTS: dict[str, Slot] = {
    "any": lambda draw, setting: some_operand(draw, setting.lengths),
    "axis": of("None", "0", "-1", "1", "5", "(0,)", "()", "(0, 1)", "(0, 0)", "(-1, 0)", "[0]",
               "1.0", "'a'", "np.int64(0)", "xp.asarray(0)"),
    "casting": of("'unsafe'", "'safe'", "'same_kind'", "'no'", "'equiv'", "'x'"),
    "dtype": _quoted("ifbuc"),
    "integer": _quoted("iu"),
    "key": lambda draw, setting: key(draw, setting.lengths),
    "one_axis": of("0", "-1", "1", "None", "7"),
    "order": option(", order='F'", ", order='C'", ", order='K'", ", order='A'", ", order=None",
                    ", order='Q'", ", order='fortran'"),
    "real": _quoted("if"),
    "scalar": lambda draw, setting: scalar(draw),
    "to": lambda draw, setting: draw.often(
        (3, [repr(dtype(draw))]),
        (1, ["'>i4'", "'S3'", "'O'", "'M8[s]'", "float", "int", "bool", "STRUCT", "'U2'", "'>f8'",
             "'g'", "complex", "None", "'V4'", "'nonsense'", "np.float32", "'(2,)i4'",
             "xp.ndarray"]),
    ),
    "value": _value,
}  # fmt: skip
"""The slots that several subjects use."""
