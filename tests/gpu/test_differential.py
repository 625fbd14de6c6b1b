"""The simulated device does what CuPy does: generated programs, run on both and compared.

``DIFFERENTIAL_EXAMPLES`` sets how many programs of each operation run, new ones every time.
Without it a few of each subject run, always the same. What makes and compares them is tested
without CuPy, in ``tests/simulator/test_programs.py``.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.gpu.differential.account import Account, compare
from tests.gpu.differential.catalogue import SUBJECTS
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
def test_programs_do_the_same(subject: str, cupy: Any) -> None:
    account = Account()
    if _EXAMPLES is None:
        compare(account, cupy, subject, count=_OF_A_SUBJECT, always_the_same=True)
    else:
        for operation in SUBJECTS[subject].operations:
            compare(account, cupy, subject, operation, count=int(_EXAMPLES))
    assert account.compared > account.programs // 2
