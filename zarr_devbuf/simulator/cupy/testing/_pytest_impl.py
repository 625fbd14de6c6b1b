"""What needs pytest, which is imported only if it is there."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from zarr_devbuf.simulator.cupy.testing._case_name import case_name

__all__ = ["check_available", "is_available", "parameterize", "skip_exceptions"]


def is_available() -> bool:
    """Return whether pytest is installed."""
    return find_spec("pytest") is not None


def check_available(feature: str) -> None:
    """Raise ``RuntimeError`` if pytest is not installed."""
    if not is_available():
        raise RuntimeError(
            f"cupy.testing: {feature} is not available.\n\nReason: pytest is not installed."
        )


def skip_exceptions() -> tuple[type[BaseException], ...]:
    """Return the exceptions that skip a test."""
    import unittest  # noqa: PLC0415 - needed by tests alone

    if not is_available():
        return (unittest.SkipTest,)
    import pytest  # noqa: PLC0415 - optional

    return unittest.SkipTest, pytest.skip.Exception


def parameterize(*params: dict[str, Any], _ids: bool = True) -> Any:
    """Run each test of a class once for each set of attributes."""
    check_available("parameterize")
    import pytest  # noqa: PLC0415 - optional

    cases = [
        pytest.param(param, id=case_name("", i, param) if _ids else str(i))
        for i, param in enumerate(params)
    ]

    def decorate(cls: Any) -> Any:
        if getattr(cls, "_cupy_testing_parameterized", False):
            raise RuntimeError("do not `@testing.parameterize` twice")

        def set_attributes(self: Any, _cupy_testing_param: dict[str, Any]) -> None:
            vars(self).update(_cupy_testing_param)

        def show(self: Any) -> str:
            return f"<{cls.__repr__(self)}  parameter: {vars(self)}>"

        members = {
            "__module__": cls.__module__,
            "__repr__": show,
            "_cupy_testing_parameterized": True,
            "_cupy_testing_parameterize": pytest.fixture(autouse=True)(set_attributes),
        }
        # Before the class itself in the order of look-up, so that its own fixtures see attributes.
        new = type(cls.__name__, (cls,), members)
        return pytest.mark.parametrize("_cupy_testing_param", cases)(new)

    return decorate
