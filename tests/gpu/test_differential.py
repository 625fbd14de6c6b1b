"""The simulated device behaves as CuPy: generated programs run on both and are compared.

``DIFFERENTIAL_EXAMPLES`` sets the number of programs for each operation, which are new each time.
Without it, a few fixed programs of each subject run. The generation and comparison are tested
without CuPy, in ``tests/simulator/test_programs.py``.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.gpu.differential.catalogue import SUBJECTS
from tests.gpu.differential.survey import Summary, compare
from zarr_devbuf import get_backend

_EXAMPLES = os.environ.get("DIFFERENTIAL_EXAMPLES")
_OF_A_SUBJECT = 15


@pytest.fixture(scope="module")
def cupy() -> Any:
    backend = get_backend("gpu")
    reason = backend.unavailable_reason()
    if reason is not None:
        pytest.skip(reason)
    return backend.xp


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_programs_behave_as_with_cupy(subject: str, cupy: Any) -> None:
    summary = Summary()
    if _EXAMPLES is None:
        compare(summary, cupy, subject, count=_OF_A_SUBJECT, always_the_same=True)
    else:
        for operation in SUBJECTS[subject].operations:
            compare(summary, cupy, subject, operation, count=int(_EXAMPLES))
    assert summary.compared > summary.programs // 2
