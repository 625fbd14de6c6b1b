"""Timing by turns, so that what else the machine does slows every candidate alike."""

from __future__ import annotations

import random
import timeit
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["best_times", "turns"]


def best_times(
    candidates: Mapping[str, Callable[[], object]], *, slot: float = 2e-3, rounds: int = 25
) -> dict[str, float]:
    """Return the best time of one call of each candidate, in seconds.

    Every round gives each candidate a slot of that many seconds, in `turns`. The best of all
    rounds is what the call takes when nobody interferes.
    """
    timers = {name: timeit.Timer(function) for name, function in candidates.items()}
    numbers = {name: _calls_within(slot, timer) for name, timer in timers.items()}
    best = dict.fromkeys(timers, float("inf"))
    for name in turns(timers, rounds):
        number = numbers[name]
        best[name] = min(best[name], timers[name].timeit(number) / number)
    return best


def turns(names: Iterable[str], rounds: int) -> Iterator[str]:
    """Give all names in every round, each time in another order.

    What ran just before leaves its mark on caches and on the memory that is free.
    """
    order = list(names)
    shuffle = random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        yield from order


def _calls_within(slot: float, timer: timeit.Timer) -> int:
    timer.timeit(1)  # the first call may import, compile and allocate
    number = 1
    while (taken := timer.timeit(number)) < slot / 2 and number < 1_000_000:
        number = min(number * 10, max(number * 2, int(number * slot / (taken + 1e-9))))
    return number
