"""Short names for the options, if no other plugin or conftest uses them.

Many projects have an option ``--backend``. If this plugin registered one, a plugin or conftest that
registers its own later, even during collection, would fail. Therefore ``--backend`` is not
registered. After all plugins and initial conftests have registered their options, a ``--backend``
that is not registered is replaced by ``--devbuf-backend`` in the arguments.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from pytest_zarr_devbuf.devices import in_worker, needs_device, rotate_devices
from pytest_zarr_devbuf.options import look_for_gpu_marker, requested_backends
from pytest_zarr_devbuf.simulation import simulate_gpu

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator

__all__ = ["pytest_load_initial_conftests"]

ALIASES = {
    "--backend": "--devbuf-backend",
    "--require-backend": "--devbuf-require-backend",
}


# First and therefore outermost, so that options that other wrappers add late are known.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Replace the aliases that are not registered, and select a GPU for an xdist worker."""
    look_for_gpu_marker(early_config)
    # A conftest may use CuPy while it loads. So the GPU is selected before, on the assumption that
    # no conftest has an option with the name of an alias, and restored if one has.
    simulated = simulate_gpu(early_config)
    assumed = in_worker() and not simulated and _needs_device(early_config, parser, args)
    rotation = rotate_devices() if assumed else None
    result = yield
    translated = _translate(early_config, parser, args)
    if translated != args:
        _load_missed_conftests(early_config, parser, translated)
        args[:] = _translate(early_config, parser, args)
    if rotation is not None and not _needs_device(early_config, parser, args):
        rotation.undo()
    return result


def _translate(config: pytest.Config, parser: pytest.Parser, args: list[str]) -> list[str]:
    """Replace the aliases that are not registered as options by now."""
    end = args.index("--") if "--" in args else len(args)
    parts = [arg.partition("=") for arg in args[:end]]
    if not any(name in ALIASES for name, _, _ in parts):
        return args
    # Without spaces, because argparse treats an unknown argument with spaces as a path.
    packed = ["".join(arg.split()) if arg.partition("=")[0] in ALIASES else arg for arg in args]
    try:
        _, unknown = parser.parse_known_and_unknown_args(packed, copy.copy(config.option))
    except pytest.UsageError:
        # pytest reports the error itself, or accepts the arguments once it knows all options.
        return args
    unregistered = {flag.partition("=")[0] for flag in unknown}
    free = {alias: option for alias, option in ALIASES.items() if alias in unregistered}
    return [free.get(name, name) + sep + value for name, sep, value in parts] + args[end:]


def _load_missed_conftests(config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Load the initial conftests that pytest missed because of an argument ``--backend NAME``.

    pytest treats the name as a path, and loads the conftests of that path instead of those of
    `testpaths`. Conftests that are loaded already stay loaded.
    """
    try:
        paths = parser.parse_known_args(args, copy.copy(config.option)).file_or_dir
    except pytest.UsageError:
        return
    if paths != config.known_args_namespace.file_or_dir:
        config.known_args_namespace.file_or_dir = paths
        config.pytest_load_initial_conftests(early_config=config)


def _needs_device(config: pytest.Config, parser: pytest.Parser, args: list[str]) -> bool:
    option: argparse.Namespace = copy.copy(config.option)
    try:
        option = parser.parse_known_args(_translate(config, parser, args), option)
    except pytest.UsageError:
        option = config.known_args_namespace
    return needs_device(requested_backends(config, option))
