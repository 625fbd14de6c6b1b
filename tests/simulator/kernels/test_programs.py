"""Programs with kernels, on the simulator; ``tests/gpu/test_kernels.py`` runs them on CuPy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.kernels import (  # noqa: F401 - they fill the table
    block_programs,
    error_programs,
    generated_programs,
    raw_programs,
)
from tests.simulator.kernels.program import PROGRAMS
from zarr_devbuf import get_backend, record_transfers


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_is_expected(name: str, compiler: Any) -> None:
    PROGRAMS[name].check(get_backend("sim").xp)


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 60


def test_launches_are_no_transfers(compiler: Any) -> None:
    cupy = get_backend("sim").xp
    f = cupy.ElementwiseKernel("T x, T k", "T y", "y = x + k", "plus")
    x = cupy.arange(10)
    with record_transfers() as log:
        f(f(x, 1), 2)
    assert not list(log)
