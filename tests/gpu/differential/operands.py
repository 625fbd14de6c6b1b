"""Expressions for operands: device arrays of every layout, and everything else that may come."""

# ruff: noqa: E501 - tables of expressions read better a line a subject.
from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.differential.data import PLAIN

if TYPE_CHECKING:
    import random

__all__ = ["device", "dtype", "host", "scalar", "shape", "some_operand"]

_SHAPES: tuple[tuple[int, ...], ...] = (
    (), (1,), (3,), (5,), (0,), (2, 3), (3, 4), (4, 4), (1, 4), (3, 1), (0, 3), (2, 3, 4), (2, 1, 3),
)  # fmt: skip


def shape(rng: random.Random, *, least: int = 0, empty: bool = True) -> tuple[int, ...]:
    """Pick a shape."""
    found = [one for one in _SHAPES if len(one) >= least and (empty or 0 not in one)]
    return rng.choice(found)


def dtype(rng: random.Random, kinds: str = "biufc") -> str:
    """Pick a dtype of the kinds given."""
    names = {"b": "?", "i": "i1 i2 i4 i8", "u": "u1 u2 u4 u8", "f": "f2 f4 f8", "c": "c8 c16"}
    found = [name for kind in kinds for name in names[kind].split()]
    assert set(found) <= set(PLAIN)
    return rng.choice(found)


def host(kind: str, lengths: tuple[int, ...], seed: int, *, tame: bool = True) -> str:
    """Return an expression for a host array."""
    wild = "" if tame else ", tame=False"
    name = kind if kind == "STRUCT" else repr(kind)
    return f"data({name}, {lengths}, {seed}{wild})"


def device(
    rng: random.Random, kind: str, lengths: tuple[int, ...], *, tame: bool = True, own: bool = False
) -> str:
    """Return an expression for a device array, contiguous or not."""
    seed = rng.randrange(1000)
    plain = f"xp.asarray({host(kind, lengths, seed, tame=tame)})"
    if own:
        return plain
    layouts = [plain, plain, plain]
    if len(lengths) >= 2:
        turned = host(kind, lengths[::-1], seed, tame=tame)
        layouts += [
            f"xp.asarray({turned}).T",
            f"xp.array({host(kind, lengths, seed, tame=tame)}, order='F')",
        ]
    if lengths:
        wide = (*lengths[:-1], 2 * lengths[-1])
        layouts += [
            f"xp.asarray({host(kind, wide, seed, tame=tame)})[..., ::2]",
            f"{plain}[::-1]",
        ]
        if lengths[0] > 1:
            layouts.append(
                f"xp.broadcast_to(xp.asarray({host(kind, lengths[1:], seed, tame=tame)}), {lengths})"
            )
    return rng.choice(layouts)


def scalar(rng: random.Random) -> str:
    """Return an expression for a scalar, of Python or of NumPy."""
    return rng.choice(
        [
            "0", "1", "2", "-3", "100", "300", "2.5", "-0.5", "0.0", "1e30", "True", "False", "1+2j",
            "np.int8(3)", "np.uint8(200)", "np.int64(-5)", "np.float32(1.5)", "np.float64(2.5)",
            "np.float16(3)", "np.bool_(True)", "np.complex64(1j)", "np.uint64(7)",
        ]
    )  # fmt: skip


def some_operand(rng: random.Random, lengths: tuple[int, ...], kinds: str = "biufc") -> str:
    """Return an expression for an operand of whatever sort, mostly a device array."""
    sort = rng.randrange(20)
    if sort < 9:
        fitting = rng.choice([lengths, lengths, lengths, lengths[1:], (1,) * len(lengths), (7,)])
        return device(rng, dtype(rng, kinds), fitting)
    if sort < 14:
        return scalar(rng)
    if sort == 14:
        return host(dtype(rng, kinds), lengths, rng.randrange(100))
    if sort == 15:
        return f"np.asarray({scalar(rng)})"
    if sort == 16:
        return rng.choice(["[1, 2, 3]", "(1, 2, 3)", "[1.5]", "[]"])
    if sort == 17:
        return rng.choice(["None", "'text'", "b'bytes'", "object()", "...", "slice(1)", "{}"])
    if sort == 18:
        return rng.choice(
            [
                "np.datetime64('2020-01-01')",
                "np.str_('x')",
                "2**63",
                "2**70",
                "-2**70",
                "np.float64('nan')",
            ]
        )
    return f"xp.asarray({scalar(rng)})"
