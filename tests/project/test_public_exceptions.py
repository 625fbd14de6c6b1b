"""Exceptions show the module from which users import them, not a private one."""

from __future__ import annotations

import importlib

import zarr_devbuf
import zarr_devbuf.simulator
import zarr_devbuf.transfers
from tests.project.test_public import MODULES


def is_private(module: str) -> bool:
    return any(part.startswith("_") for part in module.split("."))


def public_exceptions() -> set[type[BaseException]]:
    """Return the exception classes of this project that a public module contains."""
    found: set[type[BaseException]] = set()
    for name in MODULES:
        module = importlib.import_module(name)
        names = {*vars(module), *getattr(module, "__all__", ())}
        values = [getattr(module, name) for name in names if not name.startswith("_")]
        found |= {
            value
            for value in values
            if isinstance(value, type)
            and issubclass(value, BaseException)
            and value.__module__.startswith(("zarr_devbuf", "cupy"))
        }
    return found


def test_public_exceptions_show_public_modules() -> None:
    exceptions = public_exceptions()
    assert {
        zarr_devbuf.simulator.OutOfMemoryError,
        zarr_devbuf.BackendUnavailableError,
    } < exceptions
    with zarr_devbuf.simulate_gpu():  # what is CuPy's is in modules of its own
        for exception in exceptions:
            assert not is_private(exception.__module__), exception
            # Users can import it from there, and so can pickle.
            module = importlib.import_module(exception.__module__)
            assert getattr(module, exception.__qualname__) is exception


def test_public_classes_of_transfers_and_the_simulator_show_public_modules() -> None:
    for module in (zarr_devbuf.transfers, zarr_devbuf.simulator):
        classes = [
            value for name in module.__all__ if isinstance(value := getattr(module, name), type)
        ]
        assert len(classes) > 3
        for one in classes:
            assert not is_private(one.__module__), one
