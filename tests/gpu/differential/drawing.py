"""Choices made by hypothesis, so that it can shrink a failing program."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Draw"]


@functools.cache
def _numbers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


class Draw:
    """Makes every choice of a program.

    A failing program shrinks to the first options, so the simplest option of a table is the first.

    Parameters
    ----------
    draw
        The argument of a function decorated with ``hypothesis.strategies.composite``.
    """

    __slots__ = ("_draw",)

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        """Choose a number; both bounds are included."""
        return self._draw(_numbers(low, high))

    def pick[T](self, options: Sequence[T]) -> T:
        """Choose one of several."""
        return options[self.number(0, len(options) - 1)]

    def often[T](self, *weighted: tuple[int, Sequence[T]]) -> T:
        """Choose one of several groups by their weights, then one of the group."""
        chosen = self.number(1, sum(weight for weight, _ in weighted))
        for weight, options in weighted:
            chosen -= weight
            if chosen <= 0:
                return self.pick(options)
        raise AssertionError("the weights do not add up")

    def chance(self, percent: int) -> bool:
        """Return True with a probability in percent."""
        return self.number(0, 99) >= 100 - percent
