"""Checks about a codec inside a zarr array: pipelines, shards, partial access, configuration.

Of format 3: what encodes an array of format 2 is a codec of numcodecs, never one of zarr's. What
zarr does not support without the codec is skipped.
"""

from __future__ import annotations

import numpy as np
from zarr.storage import MemoryStore

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.array_harness import ArrayHarness, array_check
from zarr_devbuf.config import use_backend


@array_check(
    (0, "C"),
    (0, "F"),
    owned=True,
    advice="Call the codec's methods directly, as the checks with single chunks do, to find the "
    "wrong one.",
    source="documented",
    severity="stored wrong",
)
def check_in_array(array: ArrayHarness) -> None:
    """In an array, each pipeline writes and reads through the codec what it does on the host.

    Whole and in part, with chunks at the edge, C- and F-ordered, with a fill value that occurs,
    into a store that accepts only buffers of the backend.
    """
    _write_and_read(array)


@array_check(
    (1, "C"),
    (2, "C"),
    (1, "F"),
    owned=True,
    advice="Support inner chunks, which are parts of one buffer, in every method of the codec.",
    source="documented",
    severity="stored wrong",
)
def check_in_shards(array: ArrayHarness) -> None:
    """In shards, each pipeline writes and reads through the codec what it does on the host.

    Inside a shard, inner chunks are parts of one buffer, are read by byte ranges, and are encoded
    and decoded by other code of zarr's; shards may be in shards.
    """
    _write_and_read(array)


def _write_and_read(array: ArrayHarness) -> None:
    made = array.create(array.backend.StoreExpectingTestBuffer())
    array.write(made, ..., array.part)
    array.assert_reads(made, ..., array.part)


@array_check(
    (0, "C"),
    advice="Use the prototype that is passed to each call, in partial decoding too.",
    source="documented",
    severity="raises",
)
def check_prototype_argument(array: ArrayHarness) -> None:
    """In an array, a prototype that is passed as an argument overrides zarr's configuration.

    ``array.get_basic_selection(..., prototype=...)`` under a configuration for the host.
    """
    array.require_host()
    prototype = array.backend.prototype
    with host_configuration():
        made = array.create(MemoryStore())
        array.write(made, ..., array.part, prototype=prototype)
        array.assert_reads(made, ..., array.part, prototype=prototype)


@array_check(
    (0, "C"),
    advice="Decide at each call whether its buffers are in host or device memory.",
    source="ours",
    severity="raises",
)
def check_configuration_switched(array: ArrayHarness) -> None:
    """An open array works for host and device in turn, as zarr's configuration is switched.

    zarr reads its configuration at each operation; the codec stays the same object. What one
    device has written in part, the other completes.
    """
    array.require_host()
    with host_configuration():
        made = array.create(MemoryStore())
    for when in ("on the device", "on the device again"):
        with host_configuration():
            made[...] = array.values()
        with use_backend(array.backend):
            array.write(made, array.part)
            array.assert_reads(made, ..., how=f" {when}")
        with host_configuration():
            array.assert_values(np.asarray(made[...]), array.about("read the whole on the host"))
