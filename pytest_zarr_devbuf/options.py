"""The options, on the command line and in the configuration file, and what they come to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ON_HOST",
    "Settings",
    "asked_for",
    "look_for_gpu_marker",
    "pytest_addoption",
    "pytest_configure",
    "settings",
    "simulates",
    "unknown_names",
]

# Known without asking the registry, which would import zarr.
BUILT_IN = ("cpu", "gpu", "sim")

# These work on every machine: nobody need probe them.
ON_HOST = frozenset({"cpu", "sim"})

MARKERS = (
    "gpu: runs only where the zarr-devbuf backend 'gpu' is available; skipped with the reason.",
    "backends(*names): the zarr-devbuf backends that the fixture 'backend' may take here.",
    "max_transfers(d2h=…, h2d=…, nbytes=…): fails if more transfers, or bytes, than that are made.",
)


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """What this run asks for.

    Attributes
    ----------
    backends : tuple of str
        The chosen backends, available or not, in the order in which they were named.
    require : bool
        Whether an unavailable one is a failure, instead of a reason to skip.
    owns_gpu_marker : bool
        Whether the marker `gpu` is ours: it is not where the project declares one itself.
    """

    backends: tuple[str, ...]
    require: bool
    owns_gpu_marker: bool


_SETTINGS = pytest.StashKey[Settings]()
_HAS_GPU_MARKER = pytest.StashKey[bool]()


def settings(config: pytest.Config) -> Settings:
    """Give the settings of a configured run."""
    return config.stash[_SETTINGS]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options under names that are ours alone; the short ones are in `aliases`."""
    group = parser.getgroup("zarr-devbuf", "zarr-devbuf: the same tests with and without a GPU")
    group.addoption(
        "--devbuf-backend",
        # None asks the ini value. The last one on the command line counts, so that a run can
        # override what `addopts` says.
        default=None,
        metavar="NAME[,NAME...]",
        help="backends for the fixture 'backend': cpu, gpu, sim, any registered one, or 'all'. "
        "--backend is the same where no other plugin or conftest has an option of that name.",
    )
    group.addoption(
        "--devbuf-require-backend",
        action="store_true",
        default=None,
        help="fail where a chosen backend, or one that a marker asks for, is unavailable, instead "
        "of skipping. --require-backend is the same where nobody else has it.",
    )
    group.addoption(
        "--simulate-gpu",
        action="store_true",
        default=None,
        help="put zarr-devbuf's simulated device in CuPy's place for the whole run: `import cupy` "
        "gives the simulator, and the backend 'gpu' works on it.",
    )
    parser.addini(
        "devbuf_backends", "backends for the fixture 'backend'", type="args", default=["cpu"]
    )
    parser.addini(
        "devbuf_require_backend",
        "fail where a chosen backend is unavailable",
        type="bool",
        default=False,
    )
    parser.addini(
        "devbuf_simulate_gpu",
        "put the simulated device in CuPy's place",
        type="bool",
        default=False,
    )


def simulates(config: pytest.Config) -> bool:
    """Tell whether the simulator is wanted in CuPy's place; known before conftests are loaded."""
    given: bool | None = getattr(config.known_args_namespace, "simulate_gpu", None)
    return bool(config.getini("devbuf_simulate_gpu") if given is None else given)


def look_for_gpu_marker(config: pytest.Config) -> None:
    """Note whether the project's configuration file declares a marker `gpu`.

    A project whose `gpu` means something else, zarr's own is one, must run as it would without us.
    To be called before plugins declare markers: zarr's does, in every project that has zarr.
    """
    names = {re.split(r"[:(]", line)[0].strip() for line in config.getini("markers")}
    config.stash[_HAS_GPU_MARKER] = "gpu" in names


# Last, so that a conftest can register a backend of its own in its pytest_configure.
@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Resolve the options, refusing unknown names, and declare the markers."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    require = config.getoption("devbuf_require_backend")
    config.stash[_SETTINGS] = Settings(
        backends=_resolve(asked_for(config, config.option)),
        require=config.getini("devbuf_require_backend") if require is None else require,
        owns_gpu_marker=not config.stash.get(_HAS_GPU_MARKER, False),
    )


def asked_for(config: pytest.Config, option: Any) -> tuple[str, ...]:
    """Give the names as the user wrote them, from the parsed options, else from the ini value."""
    given: str | None = getattr(option, "devbuf_backend", None)
    values: Iterable[str] = config.getini("devbuf_backends") if given is None else [given]
    names = (name.strip() for value in values for name in value.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _resolve(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise pytest.UsageError(
            "zarr-devbuf: no backend chosen; --devbuf-backend and the ini value devbuf_backends "
            f"take names out of: {', '.join(_known())}, or 'all'"
        )
    if "all" in names:
        return _known()
    if complaint := unknown_names(names):
        raise pytest.UsageError(
            f"--devbuf-backend, or the ini value devbuf_backends: {complaint}, and 'all'"
        )
    return names


def unknown_names(names: Iterable[object]) -> str:
    """Say which of the names are no backend's, and which ones are; say nothing if all are."""
    strange = [name for name in names if name not in BUILT_IN]
    known = _known() if strange else ()
    unknown = [repr(name) for name in strange if name not in known]
    if not unknown:
        return ""
    return f"no zarr-devbuf backend is named {', '.join(unknown)}; there are: {', '.join(known)}"


def _known() -> tuple[str, ...]:
    from zarr_devbuf import backend_names  # noqa: PLC0415 - it imports zarr

    return backend_names()
