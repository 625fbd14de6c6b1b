"""Which version of nvCOMP's Python API is simulated: 6, or 5."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["CUDA_VERSION", "VERSIONS", "api_version", "set_api_version"]

VERSIONS: Final = {5: "5.3.0", 6: "6.0.0"}
CUDA_VERSION: Final = 12090


def _from_environment() -> int:
    text = os.environ.get("SIM_NVCOMP", "6")
    if text not in map(str, VERSIONS):
        raise ValueError(f"SIM_NVCOMP must be 5 or 6, not {text!r}")
    return int(text)


_version = _from_environment()


def api_version() -> int:
    """Return the simulated major version.

    It is 6, or what the environment variable ``SIM_NVCOMP`` says. nvCOMP 5 takes and returns lists
    of arrays where nvCOMP 6 takes and returns a ``BatchArray``, and rejects lists.
    """
    return _version


def set_api_version(version: int) -> None:
    """Simulate another major version from now on.

    The names of the module are those of the version with which it was imported.

    Parameters
    ----------
    version
        5 or 6.
    """
    global _version  # noqa: PLW0603
    if version not in VERSIONS:
        raise ValueError(f"the version must be 5 or 6, got {version!r}")
    _version = version
