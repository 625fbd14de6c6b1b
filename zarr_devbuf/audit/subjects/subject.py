"""A subject of the audit: its kind, its name, and where to load it from."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any, Literal

from zarr_devbuf.checks.registry import KINDS as CHECKED_KINDS
from zarr_devbuf.checks.registry import Kind

__all__ = ["ENABLE_GPU", "KINDS", "Subject", "imported", "load_path"]

# The kinds of subjects. Backends are checked before the subjects on them.
KINDS: tuple[Kind, ...] = tuple(kind for kind in CHECKED_KINDS if kind != "backend")

# The target of arrays under `zarr.config.enable_gpu()`.
ENABLE_GPU = "enable_gpu"

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
    asked : str
        The text with which the user named it; empty if it is audited by default.
    by_pattern : bool
        Whether that text has wildcards, so that it names several subjects.
    reference : Subject or None
        For a codec: a host codec of the same format.
    """

    kind: Kind
    name: str
    package: str
    source: Source
    target: str
    codec_name: str = ""
    only_backend: str = ""
    aliases: tuple[str, ...] = ()
    # A subject that is named twice is audited once.
    asked: str = field(default="", compare=False)
    by_pattern: bool = field(default=False, compare=False)
    reference: Subject | None = field(default=None, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """All the names that users may type: ``"zstd (package:Zstd)"`` is also ``"zstd"``."""
        known = (self.name, self.name.partition(" (")[0], self.codec_name, *self.aliases)
        return tuple(dict.fromkeys(name for name in known if name))

    @property
    def is_of_gpu_users(self) -> bool:
        """Whether it is one of zarr's own classes for GPUs: those are simulated if need be."""
        return self.package == "zarr" and self.only_backend == "gpu"

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
