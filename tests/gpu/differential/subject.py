"""A subject of comparison: a table of operations, with operands and slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.gpu.differential.drawing import Draw
from tests.gpu.differential.running import Program

__all__ = ["Setting", "Slot", "Subject", "spread"]

_SLOT = re.compile(r"<([a-z]\w*)>")


@dataclass(frozen=True)
class Setting:
    """The operands of a program: named expressions, and the dtype and shape of the first."""

    operands: tuple[tuple[str, str], ...]
    kind: str = "f8"
    lengths: tuple[int, ...] = ()


type Slot = Callable[[Draw, Setting], str]


@dataclass(frozen=True)
class Subject:
    """A table of operations.

    Parameters
    ----------
    name
        Its name in pytest.
    setting
        Draws the operands.
    operations
        Lines of Python with one result each; ``r = `` is prepended if it is missing. A word in
        angle brackets is drawn from the slot of that name, each time again.
    slots
        Draw the words in angle brackets.
    tolerance
        The largest relative difference of values; 0 if they must be equal.
    half
        The tolerance for half precision; by default `tolerance`.
    """

    name: str
    setting: Callable[[Draw], Setting]
    operations: tuple[str, ...]
    slots: Mapping[str, Slot] = field(default_factory=dict)
    tolerance: float = 0.0
    half: float | None = None

    def draw(self, draw: Draw, operation: str | None = None) -> Program:
        """Draw a program of an operation; of any operation if none is given."""
        if operation is None:
            operation = draw.pick(self.operations)
        setting = self.setting(draw)

        def fill(match: re.Match[str]) -> str:
            return self.slots[match[1]](draw, setting)

        action = _SLOT.sub(fill, operation)
        if "r = " not in action:
            action = f"r = {action}"
        half = self.tolerance if self.half is None else self.half
        single = half if "f2" in f"{setting.operands}{action}" else self.tolerance
        return Program(self.name, operation, setting.operands, action, single, half)


def spread(template: str, **names: str) -> tuple[str, ...]:
    """Return a row of a table for each name of a space-separated list."""
    rows: tuple[str, ...] = (template,)
    for slot, listed in names.items():
        rows = tuple(row.replace(f"<{slot}>", name) for row in rows for name in listed.split())
    return rows
