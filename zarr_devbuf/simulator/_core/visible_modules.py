"""The modules that programs see in the place of CuPy's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["ORIGIN", "visible_module"]

ORIGIN = "simulated by zarr_devbuf"
"""The origin in the specification of each module that replaces one of CuPy's."""


def visible_module(name: str, own: ModuleType) -> Any:
    """Return the module that programs see under a name, because they may have patched it.

    Parameters
    ----------
    name
        A module of CuPy.
    own
        The module of the simulator, which is returned if CuPy is not replaced.
    """
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    return module if spec is not None and spec.origin == ORIGIN else own
