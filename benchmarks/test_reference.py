"""The same operations with pytest-benchmark, with the ratios to zarr's classes.

The ratios are from interleaved runs; pytest-benchmark measures the candidates one after another.
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.interleaved import best_times
from benchmarks.operations import BUFFER, NDBUFFER, OURS, SIDES, SIZES, candidates
from benchmarks.whole import array_times, create_times, import_times

OPERATIONS = {
    f"{kind}: {name}": operation
    for kind, operations in (("Buffer", BUFFER), ("NDBuffer", NDBUFFER))
    for name, operation in operations.items()
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(benchmark: Any, name: str, size: str, side: str) -> None:
    benchmark.group = f"{name}, {size}"
    functions = candidates(OPERATIONS[name], SIZES[size])
    if side == OURS:
        benchmark.extra_info["ratios"] = _ratios(best_times(functions, rounds=5))
    benchmark(functions[side])


@pytest.mark.parametrize("times", [create_times, array_times, import_times])
def test_whole(benchmark: Any, times: Any) -> None:
    benchmark.group = times.__name__
    found = benchmark.pedantic(times, rounds=1)
    benchmark.extra_info["ratios"] = _ratios(found)


def _ratios(times: dict[str, float]) -> dict[str, float]:
    return {name: times[OURS] / taken for name, taken in times.items() if name != OURS}
