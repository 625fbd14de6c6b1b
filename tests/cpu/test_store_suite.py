from __future__ import annotations

from tests.shared.store_suite import (
    ExpectingLocalStoreSuite,
    ExpectingMemoryStoreSuite,
    ReferenceStoreSuite,
)


class TestReferenceStore(ReferenceStoreSuite):
    backend_name = "cpu"


class TestExpectingMemoryStore(ExpectingMemoryStoreSuite):
    backend_name = "cpu"


class TestExpectingLocalStore(ExpectingLocalStoreSuite):
    backend_name = "cpu"
