"""Arguments: converted as pybind11 converts them, or rejected with all signatures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr_devbuf.simulator.nvcomp._signatures import signature, signatures_of


@signature(
    "(count: int, name: str = '', flag: bool = True) -> object", "(names: list[object]) -> int"
)
def function(*values: Any) -> Any:
    """Return the values."""
    return values


def test_the_first_signature_that_fits_counts() -> None:
    assert function(3) == (3, "", True)
    assert function(name="a", count=np.int64(3)) == (3, "a", True)
    assert function(3, b"a", None) == (3, "a", False)
    assert function(3, "a", np.bool_(False)) == (3, "a", False)
    assert function(["x"]) == (["x"],)
    assert function(names=("x", "y")) == (["x", "y"],)
    assert function.__name__ == "function"
    assert function.__doc__ == "Return the values."
    assert signatures_of(function)[1] == "(names: list[object]) -> int"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), {}),
        ((1.5,), {}),
        (("x",), {}),
        ((3, 4), {}),
        ((3, "a", object()), {}),
        ((3,), {"other": 1}),
        ((3, "a", True, 5), {}),
        ((), {"names": "xy"}),
    ],
)
def test_other_arguments_are_rejected(arguments: Any, named: Any) -> None:
    with pytest.raises(TypeError) as caught:
        function(*arguments, **named)
    message = str(caught.value)
    assert message.startswith("function(): incompatible function arguments.")
    assert "    1. (count: int" in message
    assert "    2. (names: list[object]) -> int\n\nInvoked with: " in message
    assert ("kwargs: " in message) == bool(named)
