"""`tests.shared.buffer`, on CuPy."""

from tests.shared.buffer import *  # noqa: F403
