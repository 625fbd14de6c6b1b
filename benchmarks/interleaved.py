"""Interleaved timing, so that other work on the machine affects all candidates equally."""

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

    In each round, every candidate runs for `slot` seconds, in the order of `turns`. The best time
    of all rounds is the time of the call without interference.
    """
    timers = {name: timeit.Timer(function) for name, function in candidates.items()}
    numbers = {name: _calls_within(slot, timer) for name, timer in timers.items()}
    best = dict.fromkeys(timers, float("inf"))
    for name in turns(timers, rounds):
        number = numbers[name]
        best[name] = min(best[name], timers[name].timeit(number) / number)
    return best


def turns(names: Iterable[str], rounds: int) -> Iterator[str]:
    """Yield all names in each round, in a different order each time.

    The order varies because the previous candidate affects caches and free memory.
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
