"""Short names for the options, where nobody else has them.

Many projects have a ``--backend`` of their own. Were ours an option, a plugin or conftest that
registers theirs later, even in the midst of collection, would fail. So it never is one: when all
plugins and initial conftests have registered their options, a ``--backend`` that is nobody's is
handed to pytest as ``--devbuf-backend``.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from pytest_zarr_devbuf.devices import in_worker, needs_device, rotate_devices
from pytest_zarr_devbuf.options import asked_for, look_for_gpu_marker
from pytest_zarr_devbuf.simulation import simulate_gpu

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator

__all__ = ["pytest_load_initial_conftests"]

ALIASES = {
    "--backend": "--devbuf-backend",
    "--require-backend": "--devbuf-require-backend",
}


# First, hence outermost: options that other wrappers add late are seen as well.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Replace the aliases that are free, and give an xdist worker a GPU of its own."""
    look_for_gpu_marker(early_config)
    # A conftest may use CuPy while it loads. So the GPU is chosen before, on the guess that no
    # conftest has an option of an alias' name, and given up again where one has.
    simulated = simulate_gpu(early_config)
    guessed = in_worker() and not simulated and _needs_device(early_config, parser, args)
    rotation = rotate_devices() if guessed else None
    result = yield
    translated = _translate(early_config, parser, args)
    if translated != args:
        _load_missed_conftests(early_config, parser, translated)
        args[:] = _translate(early_config, parser, args)
    if rotation is not None and not _needs_device(early_config, parser, args):
        rotation.undo()
    return result


def _translate(config: pytest.Config, parser: pytest.Parser, args: list[str]) -> list[str]:
    """Put our options in place of those aliases that, by now, are no option's name."""
    end = args.index("--") if "--" in args else len(args)
    parts = [arg.partition("=") for arg in args[:end]]
    if not any(name in ALIASES for name, _, _ in parts):
        return args
    # Without spaces, as argparse takes an argument it does not know for a path if it has some.
    packed = ["".join(arg.split()) if arg.partition("=")[0] in ALIASES else arg for arg in args]
    try:
        _, unknown = parser.parse_known_and_unknown_args(packed, copy.copy(config.option))
    except pytest.UsageError:
        # pytest itself is about to say so, or will understand once it knows all options.
        return args
    unowned = {flag.partition("=")[0] for flag in unknown}
    free = {alias: option for alias, option in ALIASES.items() if alias in unowned}
    return [free.get(name, name) + sep + value for name, sep, value in parts] + args[end:]


def _load_missed_conftests(config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Load the initial conftests that pytest missed, as it took ``--backend NAME`` for a path NAME.

    Without that path it may look elsewhere, in `testpaths` above all. What is loaded stays so.
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
    return needs_device(asked_for(config, option))
