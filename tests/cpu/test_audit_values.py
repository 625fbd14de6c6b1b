"""How values are compared: strictly, or fairly where a codec is lossy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr_devbuf.audit.values import loss, reference_fault, value_fault

RAMP = np.linspace(0, 1, 101)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(5),
        np.array([1.5, np.nan]),
        np.array([True, False]),
        np.array(["a", "b"], dtype=np.dtypes.StringDType()),
        np.array([b"a", b"bc"], dtype=object),
        np.array([1 + 2j]),
        np.array(3),
        np.full(4, 7),
    ],
    ids=lambda values: str(values.dtype),
)
def test_equal_values_lose_nothing(values: np.ndarray[Any, Any]) -> None:
    assert loss(values, values.copy()) == (0, 0)


def test_loss_is_a_share_of_the_range() -> None:
    assert loss(np.array([0, 100]), np.array([0, 90])) == (0.05, 0.1)


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (np.array([True, False]), np.array([True, True])),
        (np.array([b"a"], dtype=object), np.array([b"b"], dtype=object)),
        (np.array([1.0, 2.0]), np.array([1.0, np.nan])),
        (np.zeros(3), np.zeros(4)),
    ],
)
def test_what_has_no_distance_is_lost_entirely(sent: Any, got: Any) -> None:
    assert loss(sent, got) == (np.inf, np.inf)


def test_unsigned_differences_do_not_wrap() -> None:
    assert loss(np.array([0, 200], np.uint8), np.array([1, 200], np.uint8))[1] == 1 / 200


def test_lossless_codec_must_be_exact() -> None:
    off_by_little = RAMP + 1e-9
    assert reference_fault(RAMP, off_by_little, lossless=False) is None
    fault = reference_fault(RAMP, off_by_little, lossless=True)
    assert fault is not None
    assert "101 of 101 differ" in fault


def test_lossy_codec_may_not_return_something_else() -> None:
    fault = reference_fault(RAMP, RAMP[::-1], lossless=False)
    assert fault is not None
    assert "at least roughly" in fault
    assert "at (0,) 1.0 instead of 0.0" in fault


def test_lossless_result_must_be_that_of_the_host() -> None:
    assert value_fault(RAMP, RAMP, RAMP.copy()) is None
    fault = value_fault(RAMP, RAMP, RAMP + 1e-9)
    assert fault is not None
    assert "expected the values that plain host memory gives" in fault


def test_lossy_result_may_differ_from_the_hosts_by_about_as_much_as_that_is_off() -> None:
    reference = np.round(RAMP, 1)
    assert value_fault(RAMP, reference, np.floor(RAMP * 10) / 10) is None
    assert value_fault(RAMP, reference, np.round(RAMP)) is not None


def test_shape_is_told() -> None:
    fault = value_fault(RAMP, RAMP, RAMP[:7])
    assert fault is not None
    assert "of shape (101,), got shape (7,)" in fault
