"""``--simulate-gpu``: a simulated GPU for a whole run."""

from __future__ import annotations

import pytest

from pytest_zarr_devbuf.options import simulates

__all__ = ["simulate_gpu"]


def simulate_gpu(config: pytest.Config) -> bool:
    """Start the simulation if it is requested, until the run ends; return whether it is requested.

    Call it before conftests are loaded, because conftests and test modules may import ``cupy``.
    Each worker of pytest-xdist calls it too.
    """
    if not simulates(config):
        return False
    from zarr_devbuf import simulate_gpu as start  # noqa: PLC0415 - it imports zarr

    simulation = start()
    try:
        simulation.__enter__()
    except RuntimeError as error:
        raise pytest.UsageError(
            f"--simulate-gpu: {error} With pytest: CUDA_VISIBLE_DEVICES= pytest --simulate-gpu"
        ) from None
    config.add_cleanup(lambda: simulation.__exit__(None, None, None))
    return True
