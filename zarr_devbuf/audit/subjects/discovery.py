"""Find the subjects that zarr and other installed packages register, ship and define."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from zarr_devbuf._backends.zarr_internals import registered_codecs
from zarr_devbuf.audit.subjects.known_stores import MAKERS, ONLY_ON, distribution_of, find_stores
from zarr_devbuf.audit.subjects.subject import ENABLE_GPU, Subject, imported, load_path
from zarr_devbuf.backend import backend_names

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_subjects", "registered_class"]


def find_subjects() -> tuple[Subject, ...]:
    """
    Find the subjects that are audited by default; imports only zarr's own stores.

    Returns
    -------
    tuple of Subject
        Prototypes, codecs, stores and arrays, in this order; of each kind zarr's own first. If
        several packages implement a codec of one name, each is a subject, with the class in its
        name. A class that is registered under several names is one subject, with aliases.
    """
    return (*_prototypes(), *_codecs(), *_stores(), *_ARRAYS)


# Arrays with the reference classes, and with the buffers that users of GPUs configure.
_ARRAYS = (
    Subject("array", "zarr.Array", "zarr", "known", ""),
    Subject("array", "zarr.Array (enable_gpu)", "zarr", "known", ENABLE_GPU, only_backend="gpu"),
)


def _stores() -> Iterator[Subject]:
    for cls in find_stores():
        for shown in MAKERS.get(cls.__name__, (cls.__name__,)):
            package, only = distribution_of(cls), ONLY_ON.get(cls.__name__, "")
            yield Subject("store", shown, package, "known", _path(cls), only_backend=only)


def _prototypes() -> Iterator[Subject]:
    for name in ("cpu", "gpu"):
        path = f"zarr.buffer.{name}"
        yield Subject(
            "prototype", path, "zarr", "known", f"{path}:buffer_prototype", only_backend=name
        )
    for name in backend_names():
        # The reference classes of a backend. The module of a third party's is unknown.
        ours = name in ("cpu", "gpu", "sim")
        shown, package = (
            (f"zarr_devbuf.{name}", "zarr-devbuf") if ours else (f"backend {name}", name)
        )
        yield Subject("prototype", shown, package, "known", name, only_backend=name)
    yield from _registered_prototypes()


def _registered_prototypes() -> Iterator[Subject]:
    """Pair the classes that packages register: those of one module are a prototype."""
    pairs: dict[str, dict[str, EntryPoint]] = {}
    for group in ("zarr.buffer", "zarr.ndbuffer"):
        for entry_point in entry_points(group=group):
            module = entry_point.value.partition(":")[0]
            pairs.setdefault(module, {})[group] = entry_point
    for module, found in sorted(pairs.items()):
        if len(found) == 2:
            buffer, nd_buffer = found["zarr.buffer"], found["zarr.ndbuffer"]
            package = _distribution(buffer) or _root(module)
            target = f"{buffer.value}+{nd_buffer.value}"
            yield Subject("prototype", module, package, "registered", target)


def _codecs() -> tuple[Subject, ...]:
    found: dict[str, dict[str, str]] = {}
    for entry_point in _codec_entry_points():
        package = _distribution(entry_point) or _root(entry_point.value)
        name = entry_point.group.removeprefix("zarr.codecs").removeprefix(".") or entry_point.name
        found.setdefault(name, {})[entry_point.value] = package
    for name, classes in registered_codecs().items():
        known = found.setdefault(name, {})
        loaded = [imported(path) for path in known]
        for cls in classes:
            if cls not in loaded:
                known[_path(cls)] = _root(cls.__module__)
    names: dict[tuple[str, str], list[str]] = {}
    for name, paths in found.items():
        for path, package in paths.items():
            # A name with several implementations is not an alias: it is shown with the class.
            key = (path, package) if len(paths) == 1 else (path, name)
            names.setdefault(key, []).append(name)
    subjects = [
        Subject(
            "codec",
            first if len(found[first]) == 1 else f"{first} ({path})",
            found[first][path],
            "registered",
            path,
            first,
            aliases=tuple(aliases),
        )
        for (path, _), (first, *aliases) in names.items()
    ]
    return tuple(sorted(subjects, key=lambda s: (s.package != "zarr", s.package, s.name)))


def registered_class(codec_name: str, path: str) -> Any:
    """Load the implementation at `path` of a registered codec, as zarr does."""
    # A class that was registered by a call may not be importable (defined in a function).
    for cls in registered_codecs().get(codec_name, ()):
        if _path(cls) == path:
            return cls
    return load_path(path)


def _codec_entry_points() -> list[EntryPoint]:
    found = entry_points()
    groups = sorted(g for g in found.groups if g == "zarr.codecs" or g.startswith("zarr.codecs."))
    return [entry_point for group in groups for entry_point in found.select(group=group)]


def _path(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _distribution(entry_point: EntryPoint) -> str | None:
    try:
        return entry_point.dist.name if entry_point.dist else None
    # If metadata is missing or damaged, the error depends on the version of Python.
    except Exception:  # noqa: BLE001
        return None


def _root(path: str) -> str:
    return path.partition(":")[0].partition(".")[0]
