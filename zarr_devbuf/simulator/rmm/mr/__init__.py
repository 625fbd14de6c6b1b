"""``rmm.mr``: memory resources; the names are those of ``rmm.pylibrmm.memory_resource``."""

from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource import *  # noqa: F403
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource import __all__ as __all__
