"""Programs with kernels give the same on CuPy and on the simulator."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from tests.simulator.kernels import test_programs  # noqa: F401 - it fills the table
from tests.simulator.kernels.program import PROGRAMS, compare
from zarr_devbuf import get_backend
from zarr_devbuf.simulator._kernels.compiler import find_compiler


@pytest.fixture(scope="module")
def cupy() -> Any:
    backend = get_backend("gpu")
    reason = backend.unavailable_reason()
    if reason is not None:
        pytest.skip(reason)
    try:
        find_compiler()
    except NotImplementedError as error:
        pytest.skip(str(error))
    return backend.xp


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_the_same_on_both(name: str, cupy: Any) -> None:
    program = PROGRAMS[name]
    if program.missing and "CUDAEMU_RUN" in os.environ:
        pytest.skip(f"the emulated device lacks {program.missing}")
    real = program.check(cupy)
    simulated = program.check(get_backend("sim").xp)
    assert len(real) == len(simulated)
    for one, other in zip(real, simulated, strict=True):
        if isinstance(one, np.ndarray):
            assert one.flags.c_contiguous == other.flags.c_contiguous
        compare(other, one, program.tolerance)
