"""A subject of the audit: its kind, its name, and where to load it from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from zarr_devbuf.checks.registry import Kind

__all__ = ["KINDS", "Subject", "imported", "load_path"]

# The kinds that are audited, in this order.
KINDS: tuple[Kind, ...] = ("prototype", "codec", "store", "array")

type Source = Literal["registered", "known", "json", "import", "url"]


@dataclass(frozen=True, slots=True)
class Subject:
    """
    A subject to audit: only named, not loaded, so that it can be pickled.

    Attributes
    ----------
    kind : {"prototype", "codec", "store", "array"}
        The kind of subject.
    name : str
        Its name in reports. Names are unique within a kind.
    package : str
        The distribution that it comes from.
    source : {"registered", "known", "json", "import", "url"}
        How it was found: registered with zarr, known to the audit, or given by the user as JSON, as
        an import path or as a URL.
    target : str
        What to load: ``"package.module:Class"``, the JSON, the URL.
    codec_name : str
        The name of the codec in zarr's registry; empty if it was given as an import path.
    only_backend : str
        The backend that it needs; empty if it can run on any.
    aliases : tuple of str
        Other names under which the same class is registered.
    """

    kind: Kind
    name: str
    package: str
    source: Source
    target: str
    codec_name: str = ""
    only_backend: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All the names that users may type: ``"zstd (package:Zstd)"`` is also ``"zstd"``."""
        known = (self.name, self.name.partition(" (")[0], self.codec_name, *self.aliases)
        return tuple(dict.fromkeys(name for name in known if name))

    def runs_on(self, backend: str) -> bool:
        """Return whether the subject can run on the backend with this name."""
        return self.only_backend in ("", backend)


def load_path(path: str) -> Any:
    """Import the object that ``"package.module:attribute"`` names."""
    return EntryPoint(name="", value=path, group="").load()


def imported(path: str) -> object:
    """Return what an import path names if its module is loaded, else None; import nothing."""
    module, _, attributes = path.partition(":")
    found: object = sys.modules.get(module.strip())
    for attribute in attributes.split("[")[0].strip().split("."):
        found = getattr(found, attribute, None)
    return found
