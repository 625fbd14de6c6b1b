"""`tests.shared.ndbuffer`, on the backends that `--backend` names."""

from tests.shared.ndbuffer import *  # noqa: F403
