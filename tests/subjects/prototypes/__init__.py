"""
Broken prototypes, each with one defect, in a file for each module of checks; and clean ones.

A defect is a mixin before a reference class, so that it can be put on any backend. A class whose
name begins with ``ND`` is put before the `NDBuffer`, any other before the `Buffer`. It names
the checks that catch it::

    class CopiesTheArray(Mixin):
        caught_by: ClassVar = {"from_array_like"}

`caught_by` has the short names of exactly the checks that fail. On the host, those of them that
apply to devices only are skipped; if other checks fail there, `caught_on_host` has their names.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from tests.subjects.prototypes.derive import derive

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf import Backend

__all__ = ["DEVICES_ONLY", "Broken", "broken_prototypes"]

# The checks that are skipped on the host.
DEVICES_ONLY = frozenset(
    {"stays_on_device", "answers_on_device", "one_transfer", "host_arrays", "host_copies"}
)


@dataclass(frozen=True)
class Broken:
    """A defect, and the checks that catch it."""

    mixin: Any

    @property
    def name(self) -> str:
        return str(self.mixin.__name__)

    @property
    def caught_by(self) -> frozenset[str]:
        return frozenset(self.mixin.caught_by)

    def caught_on(self, backend: Backend) -> frozenset[str]:
        if not backend.is_host:
            return self.caught_by
        return frozenset(getattr(self.mixin, "caught_on_host", self.caught_by - DEVICES_ONLY))

    def on(self, backend: Backend) -> BufferPrototype:
        """Put the defect on a backend's reference class."""
        field: Literal["buffer", "nd_buffer"] = (
            "nd_buffer" if self.name.startswith("ND") else "buffer"
        )
        made = derive(self.mixin, getattr(backend.prototype, field), backend)
        return backend.prototype._replace(**{field: made})


def broken_prototypes() -> list[Broken]:
    """Return the classes of this package that have `caught_by`."""
    modules = [import_module(each.name) for each in pkgutil.iter_modules(__path__, f"{__name__}.")]
    return [
        Broken(cls)
        for module in modules
        for cls in vars(module).values()
        if getattr(cls, "__module__", "") == module.__name__ and "caught_by" in vars(cls)
    ]
