"""`tests.shared.buffer`, on the backends that `--backend` names."""

from tests.shared.buffer import *  # noqa: F403
