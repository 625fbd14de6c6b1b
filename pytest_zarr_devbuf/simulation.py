"""``--simulate-gpu``: the simulated device in CuPy's place for a whole run."""

from __future__ import annotations

import pytest

from pytest_zarr_devbuf.options import simulates

__all__ = ["simulate_gpu"]


def simulate_gpu(config: pytest.Config) -> bool:
    """Start the simulation if this run wants one, until the run ends; tell whether it does.

    To be called before conftests are loaded: they, and test modules, may bind ``cupy``. Each worker
    of pytest-xdist does so for itself.
    """
    if not simulates(config):
        return False
    from zarr_devbuf import simulate_gpu  # noqa: PLC0415 - it imports zarr

    simulation = simulate_gpu()
    try:
        simulation.__enter__()
    except RuntimeError as error:
        raise pytest.UsageError(
            f"--simulate-gpu: {error}. To simulate on such a machine, hide its devices: "
            "CUDA_VISIBLE_DEVICES= pytest --simulate-gpu"
        ) from None
    config.add_cleanup(lambda: simulation.__exit__(None, None, None))
    return True
