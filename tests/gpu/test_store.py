from __future__ import annotations

from tests.shared.store import *  # noqa: F403
