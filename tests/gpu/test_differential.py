"""The simulated device does what CuPy does: random programs, run on both and compared.

``DIFFERENTIAL_EXAMPLES`` sets how many programs of each category run; with it set they are new
ones every time, without it always the same.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zarr_devbuf.simulator.namespace as simulated
from tests.gpu.differential.comparing import difference, refused
from tests.gpu.differential.exclusions import excluded
from tests.gpu.differential.programs import CATEGORIES, generate
from tests.gpu.differential.running import run
from zarr_devbuf import get_backend

_EXAMPLES = os.environ.get("DIFFERENTIAL_EXAMPLES")
_PER_CATEGORY = int(_EXAMPLES or 30)
_REFUSED_AT_MOST = 0.02


@pytest.fixture(scope="module")
def cupy() -> Any:
    backend = get_backend("gpu")
    reason = backend.unavailable_reason()
    if reason is not None:
        pytest.skip(reason)
    return backend.xp


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_programs_do_the_same(category: str, cupy: Any) -> None:
    compared = 0

    @settings(
        max_examples=_PER_CATEGORY,
        deadline=None,
        database=None,
        derandomize=_EXAMPLES is None,
        suppress_health_check=list(HealthCheck),
    )
    @given(rng=st.randoms(use_true_random=False))
    def compare(rng: random.Random) -> None:
        nonlocal compared
        program = generate(rng, category)
        if excluded(program):
            return
        ours, theirs = run(program, simulated), run(program, cupy)
        if refused(ours, theirs):
            return
        found = difference(ours, theirs, program.tolerance)
        assert found is None, f"\n{program}\n{found}"
        compared += 1

    compare()
    assert compared >= _PER_CATEGORY // 2


def test_few_programs_are_refused(cupy: Any) -> None:
    rng = random.Random(7)
    programs = [generate(rng, category) for category in CATEGORIES for _ in range(20)]
    kept = [program for program in programs if not excluded(program)]
    refusals = [program for program in kept if refused(run(program, simulated), run(program, cupy))]
    assert len(kept) > 300
    assert len(refusals) < _REFUSED_AT_MOST * len(kept), "\n".join(map(str, refusals))
