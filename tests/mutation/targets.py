"""Which modules of zarr are broken, of which kind they are, and which subjects notice it first."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Kind", "Target", "find_files", "subject_applies", "target_of"]

type Kind = Literal["array", "codec", "store", "prototype"]


@final
@dataclass(frozen=True, slots=True)
class Target:
    """
    Modules that are broken.

    Attributes
    ----------
    pattern : str
        Matches paths relative to the package zarr.
    kind : str
        The kind of subject that the modules implement; its checks run first.
    subjects : tuple of str
        Patterns of subjects that run before the others of that kind.
    """

    pattern: str
    kind: Kind
    subjects: tuple[str, ...] = ()


# The first pattern that matches counts.
_TARGETS = (
    Target("codecs/__init__.py", "codec"),
    Target("codecs/_deprecated_enum.py", "codec"),
    Target("codecs/_v2.py", "array"),
    Target("codecs/blosc.py", "codec", ("blosc",)),
    Target("codecs/bytes.py", "codec", ("bytes",)),
    Target("codecs/cast_value.py", "codec", ("cast_value",)),
    Target("codecs/crc32c_.py", "codec", ("crc32c",)),
    Target("codecs/gzip.py", "codec", ("gzip",)),
    Target("codecs/scale_offset.py", "codec", ("scale_offset",)),
    Target("codecs/sharding.py", "codec", ("sharding_indexed",)),
    Target("codecs/transpose.py", "codec", ("transpose",)),
    Target("codecs/vlen_utf8.py", "codec", ("vlen-*",)),
    Target("codecs/zstd.py", "codec", ("zstd",)),
    Target("codecs/numcodecs/*.py", "codec", ("numcodecs.*",)),
    Target("core/_coalesce.py", "array"),
    Target("core/array.py", "array"),
    Target("core/array_spec.py", "array"),
    Target("core/chunk_grids.py", "array"),
    Target("core/chunk_key_encodings.py", "array"),
    Target("core/chunk_utils.py", "array"),
    Target("core/codec_pipeline.py", "array"),
    Target("core/common.py", "array"),
    Target("core/indexing.py", "array"),
    Target("core/sync.py", "array"),
    Target("core/buffer/*.py", "prototype", ("zarr.buffer.*",)),
    Target("storage/_common.py", "store"),
    Target("storage/_fsspec.py", "store", ("FsspecStore*",)),
    Target("storage/_local.py", "store", ("LocalStore",)),
    Target("storage/_memory.py", "store", ("*MemoryStore",)),
    Target("storage/_obstore.py", "store", ("ObjectStore*",)),
    Target("storage/_wrapper.py", "store", ("WrapperStore", "LoggingStore")),
    Target("storage/_zip.py", "store", ("ZipStore",)),
    Target("experimental/cache_store.py", "store", ("CacheStore",)),
    Target("abc/store.py", "store"),
    Target("abc/codec.py", "codec"),
    Target("abc/buffer.py", "prototype"),
)

# Twenty subjects that run the same code: only for the modules that they are about.
_MANY_OF_A_KIND = "numcodecs.*"


def target_of(file: str) -> Target | None:
    """Return the target that a path relative to zarr belongs to, if any."""
    return next((each for each in _TARGETS if fnmatchcase(file, each.pattern)), None)


def find_files(package: Path) -> list[str]:
    """List the modules of an installed zarr that are broken, relative to it."""
    files = (path.relative_to(package).as_posix() for path in package.rglob("*.py"))
    return sorted(file for file in files if target_of(file) is not None)


def subject_applies(target: Target, subject: str) -> bool:
    """Whether the checks of a subject are run on a mutant of the target's modules."""
    return _MANY_OF_A_KIND in target.subjects or not fnmatchcase(subject, _MANY_OF_A_KIND)
