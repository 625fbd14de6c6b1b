"""The options on the command line and in the configuration file, and the resulting settings."""

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
    "look_for_gpu_marker",
    "pytest_addoption",
    "pytest_configure",
    "requested_backends",
    "settings",
    "simulates",
    "unknown_names",
]

# Known without the registry, which would import zarr.
BUILT_IN = ("cpu", "gpu", "sim")

# Available on every machine, so there is no need to test them.
ON_HOST = frozenset({"cpu", "sim"})

MARKERS = (
    "gpu: skip the test, with the reason, if the zarr-devbuf backend 'gpu' is unavailable.",
    "backends(*names): run the test only on these zarr-devbuf backends (fixture 'backend').",
    "max_transfers(d2h=…, h2d=…, nbytes=…): fail the test if it exceeds these limits.",
)


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run.

    Attributes
    ----------
    backends : tuple of str
        The selected backends, available or not, in the given order.
    require : bool
        Whether tests fail, instead of being skipped, if a backend is unavailable.
    owns_gpu_marker : bool
        Whether the marker `gpu` is ours; False if the project declares its own.
    """

    backends: tuple[str, ...]
    require: bool
    owns_gpu_marker: bool


_SETTINGS = pytest.StashKey[Settings]()
_HAS_GPU_MARKER = pytest.StashKey[bool]()


def settings(config: pytest.Config) -> Settings:
    """Return the settings of a configured run."""
    return config.stash[_SETTINGS]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options by their long names; the short names are in `aliases`."""
    group = parser.getgroup("zarr-devbuf", "zarr-devbuf: run the same tests with and without a GPU")
    group.addoption(
        "--devbuf-backend",
        # None means the ini value. The last option on the command line wins, so that it can
        # override `addopts`.
        default=None,
        metavar="NAME[,NAME...]",
        help="backends for the fixture 'backend': cpu, gpu, sim, any registered backend, or 'all'. "
        "--backend is the same, unless another plugin or conftest has an option of that name.",
    )
    group.addoption(
        "--devbuf-require-backend",
        action="store_true",
        default=None,
        help="fail instead of skipping if a selected backend, or one that a marker requires, is "
        "unavailable. --require-backend is the same, unless another plugin or conftest has it.",
    )
    group.addoption(
        "--simulate-gpu",
        action="store_true",
        default=None,
        help="simulate a GPU for the whole run: `import cupy` gives zarr-devbuf's simulator, and "
        "the backend 'gpu' uses it.",
    )
    parser.addini(
        "devbuf_backends", "backends for the fixture 'backend'", type="args", default=["cpu"]
    )
    parser.addini(
        "devbuf_require_backend",
        "fail if a selected backend is unavailable",
        type="bool",
        default=False,
    )
    parser.addini(
        "devbuf_simulate_gpu",
        "simulate a GPU",
        type="bool",
        default=False,
    )


def simulates(config: pytest.Config) -> bool:
    """Return whether to simulate a GPU; known before conftests are loaded."""
    given: bool | None = getattr(config.known_args_namespace, "simulate_gpu", None)
    return bool(config.getini("devbuf_simulate_gpu") if given is None else given)


def look_for_gpu_marker(config: pytest.Config) -> None:
    """Store whether the project's configuration file declares a marker `gpu`.

    In a project in which `gpu` has another meaning, such as zarr itself, the marker must work as
    without this plugin. Call it before plugins declare markers: that of zarr does, in every project
    in which zarr is installed.
    """
    names = {re.split(r"[:(]", line)[0].strip() for line in config.getini("markers")}
    config.stash[_HAS_GPU_MARKER] = "gpu" in names


# Last, so that a conftest can register a backend in its pytest_configure.
@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Resolve the options, reject unknown names, and declare the markers."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    require = config.getoption("devbuf_require_backend")
    config.stash[_SETTINGS] = Settings(
        backends=_resolve(requested_backends(config, config.option)),
        require=config.getini("devbuf_require_backend") if require is None else require,
        owns_gpu_marker=not config.stash.get(_HAS_GPU_MARKER, False),
    )


def requested_backends(config: pytest.Config, option: Any) -> tuple[str, ...]:
    """Return the names from the parsed options, or from the ini value if there is no option."""
    given: str | None = getattr(option, "devbuf_backend", None)
    values: Iterable[str] = config.getini("devbuf_backends") if given is None else [given]
    names = (name.strip() for value in values for name in value.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _resolve(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise pytest.UsageError(
            "zarr-devbuf: no backend selected; the valid values of --devbuf-backend and the ini "
            f"value devbuf_backends are: {', '.join(_known())}, and 'all'"
        )
    if "all" in names:
        return _known()
    if message := unknown_names(names):
        raise pytest.UsageError(
            f"--devbuf-backend, or the ini value devbuf_backends: {message}, and 'all'"
        )
    return names


def unknown_names(names: Iterable[object]) -> str:
    """Return a message about unknown names that lists the known ones; empty if all are known."""
    foreign = [name for name in names if name not in BUILT_IN]
    known = _known() if foreign else ()
    unknown = [repr(name) for name in foreign if name not in known]
    if not unknown:
        return ""
    return f"no zarr-devbuf backend is named {', '.join(unknown)}; known names: {', '.join(known)}"


def _known() -> tuple[str, ...]:
    from zarr_devbuf import backend_names  # noqa: PLC0415 - it imports zarr

    return backend_names()
