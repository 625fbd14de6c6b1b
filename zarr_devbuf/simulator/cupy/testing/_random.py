"""Tests with the same random numbers in each run."""

# ruff: noqa: NPY002 - the state that tests share is the global one.
from __future__ import annotations

import functools
import os
import random
import types
import unittest
from typing import Any

import numpy as np

from zarr_devbuf.simulator.cupy.testing._helper import cupy_module

__all__ = ["do_setup", "do_teardown", "fix_random", "generate_seed"]

_MAX_SEED = 0x7FFFFFFF

_depth = 0
_saved: tuple[Any, Any] | None = None


def do_setup(deterministic: bool = True) -> None:
    """Save the states of the generators, and seed them."""
    global _saved  # noqa: PLW0603 - the states are global, too
    _saved = random.getstate(), np.random.get_state()
    seeds = (99, 100, 101) if deterministic else (None, None, None)
    random.seed(seeds[0])
    np.random.seed(seeds[1])
    cupy_module().random.seed(seeds[2])


def do_teardown() -> None:
    """Restore the states of the generators."""
    global _saved  # noqa: PLW0603
    if _saved is not None:
        random.setstate(_saved[0])
        np.random.set_state(_saved[1])
    _saved = None


def _setup_random() -> None:
    global _depth  # noqa: PLW0603
    if _depth == 0:
        do_setup(not int(os.environ.get("CUPY_TEST_RANDOM_NONDETERMINISTIC", "0")))
    _depth += 1


def _teardown_random() -> None:
    global _depth  # noqa: PLW0603
    if _depth == 0:
        raise AssertionError("_setup_random has not been called")
    _depth -= 1
    if _depth == 0:
        do_teardown()


def generate_seed() -> int:
    """Return a seed, inside a test with `fix_random`."""
    if _depth == 0:
        raise AssertionError("random is not set up")
    return int(np.random.randint(_MAX_SEED))


def fix_random() -> Any:
    """Return a decorator of tests, or of classes of tests, that seeds the generators."""

    def decorate(impl: Any) -> Any:
        if isinstance(impl, types.FunctionType) and impl.__name__.startswith("test_"):
            return _fixed(impl)
        if isinstance(impl, type) and issubclass(impl, unittest.TestCase):
            return _fixed_class(impl)
        raise ValueError(f"Can't apply fix_random to {impl}")

    return decorate


def _fixed(impl: Any) -> Any:
    @functools.wraps(impl)
    def test(self: Any, *args: Any, **kwargs: Any) -> None:
        _setup_random()
        try:
            impl(self, *args, **kwargs)
        finally:
            _teardown_random()

    return test


def _fixed_class(cls: Any) -> Any:
    set_up, tear_down = cls.setUp, cls.tearDown

    def new_set_up(self: Any) -> None:
        _setup_random()
        set_up(self)

    def new_tear_down(self: Any) -> None:
        try:
            tear_down(self)
        finally:
            _teardown_random()

    cls.setUp, cls.tearDown = new_set_up, new_tear_down
    return cls
