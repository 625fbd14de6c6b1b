"""`tests.shared.ndbuffer`, on CuPy."""

from tests.shared.ndbuffer import *  # noqa: F403
