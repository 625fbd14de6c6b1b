"""Calls with unusual arguments: CuPy does what the table says of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shared.argument_conversion import RAISES, VALUES, evaluate
from zarr_devbuf import get_backend


@pytest.fixture(scope="module")
def cupy() -> Any:
    backend = get_backend("gpu")
    reason = backend.unavailable_reason()
    if reason is not None:
        pytest.skip(reason)
    return backend.xp


@pytest.mark.parametrize(("expression", "error", "message"), RAISES)
def test_arguments_are_checked(
    expression: str, error: type[Exception], message: str, cupy: Any
) -> None:
    with pytest.raises(error) as caught:
        evaluate(expression, cupy)
    assert message in str(caught.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_results(expression: str, expected: Any, cupy: Any) -> None:
    found = evaluate(expression, cupy)
    assert getattr(found, "tolist", lambda: found)() == expected
