"""Put mixins before reference classes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from zarr_devbuf import Backend

__all__ = ["Mixin", "derive", "is_device"]

# The base of all mixins. They call methods of the class that they are mixed with, which mypy
# cannot know.
Mixin: Any = object


def derive(mixin: type, base: type, backend: Backend) -> type:
    """Put a mixin before a class, in this module and under its own name, as pickle requires."""
    name = f"{mixin.__name__}On{backend.name.capitalize()}"
    made = globals().get(name)
    if made is None or not issubclass(made, base):
        made = type(name, (mixin, base), {"__module__": __name__, "__qualname__": name})
        if not getattr(mixin, "hidden", False):
            setattr(sys.modules[__name__], name, made)
    return made


def is_device(array: Any) -> bool:
    return not isinstance(array, np.ndarray)
