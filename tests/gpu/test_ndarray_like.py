"""`zarr_devbuf.gpu.TestNDArrayLike`: the arrays from before a session are accounted for as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zarr_devbuf import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf import Backend


@pytest.fixture
def old(backend: Backend) -> Any:
    return backend.NDBufferUsingTestNDArrayLike.from_numpy_array(
        np.arange(8, dtype="f4")
    ).as_ndarray_like()


def test_get_and_set_are_explicit(old: Any) -> None:
    with record_transfers() as log:
        old.get()
        old[::2].get()
        old.set(np.zeros(8, "f4"))
    assert [(t.direction, t.nbytes, t.explicit) for t in log] == [
        ("d2h", 32, True),
        ("d2h", 16, True),
        ("h2d", 32, True),
    ]


def test_conversions_to_scalars_are_implicit(old: Any) -> None:
    with record_transfers() as log:
        assert not bool(old[0])
        assert int(old[1]) == 1
        assert float(old[2]) == 2.0
    assert [(t.direction, t.nbytes, t.explicit) for t in log] == [("d2h", 4, False)] * 3


def test_nothing_counts_twice(backend: Backend, old: Any) -> None:
    buffer = backend.NDBufferUsingTestNDArrayLike.from_ndarray_like(old)
    with record_transfers() as log:
        new = backend.NDBufferUsingTestNDArrayLike.from_numpy_array(np.zeros(8, "f4"))
        new.as_numpy_array()
        buffer.as_numpy_array()
        new.as_ndarray_like().get()  # type: ignore[attr-defined]
    assert [(t.direction, t.nbytes) for t in log] == [("h2d", 32)] + [("d2h", 32)] * 3


def test_the_probe_is_no_transfer(backend: Backend) -> None:
    fresh: Any = type(backend)()
    with record_transfers() as log:
        assert fresh.unavailable_reason() is None
    assert len(log) == 0
