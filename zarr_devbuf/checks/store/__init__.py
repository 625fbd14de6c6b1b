"""The checks of stores, in the order in which they run."""

from __future__ import annotations

# The order of the imports is that of the checks: what later ones rely on, earlier ones have judged.
# ruff: noqa: I001

from zarr_devbuf.checks.store.reading import (
    check_get,
    check_get_many,
    check_get_partial_values,
    check_get_ranges,
    check_get_ranges_sync,
    check_get_sync,
    check_missing_keys,
)
from zarr_devbuf.checks.store.byte_ranges import (
    check_byte_ranges,
    check_byte_ranges_of_many_keys,
    check_byte_ranges_sync,
    check_many_ranges,
)
from zarr_devbuf.checks.store.writing import (
    check_bad_values,
    check_overwriting,
    check_set,
    check_set_if_not_exists,
    check_set_many,
    check_set_sync,
)
from zarr_devbuf.checks.store.aliasing import (
    check_frees_memory,
    check_keeps_no_memory_of_callers,
    check_reads_stay_as_they_are,
)
from zarr_devbuf.checks.store.prototypes import (
    check_configured_prototype,
    check_metadata_stays_on_host,
    check_prototypes_in_turn,
    check_shard_reads,
)
from zarr_devbuf.checks.store.sync_and_async import (
    check_sync_and_async_agree,
    check_sync_overrides,
    check_sync_surface,
)
from zarr_devbuf.checks.store.transfers import (
    check_implicit_transfers,
    check_transfers,
)
from zarr_devbuf.checks.store.listing_and_deleting import (
    check_clear,
    check_delete,
    check_exists,
    check_listing,
    check_sizes,
)
from zarr_devbuf.checks.store.object_protocol import (
    check_equality,
    check_pickle,
    check_read_only,
    check_with_read_only,
)
from zarr_devbuf.checks.store.concurrency import (
    check_tasks,
    check_threads,
)
from zarr_devbuf.checks.store.out_of_memory import (
    check_failed_read,
    check_failed_write,
    check_out_of_device_memory,
)
from zarr_devbuf.checks.store.wrapper_faults import (
    check_failure_beneath,
    check_latency_beneath,
    check_short_read_beneath,
)
from zarr_devbuf.checks.store.in_array import (
    check_arrays,
)

__all__ = [
    "check_arrays",
    "check_bad_values",
    "check_byte_ranges",
    "check_byte_ranges_of_many_keys",
    "check_byte_ranges_sync",
    "check_clear",
    "check_configured_prototype",
    "check_delete",
    "check_equality",
    "check_exists",
    "check_failed_read",
    "check_failed_write",
    "check_failure_beneath",
    "check_frees_memory",
    "check_get",
    "check_get_many",
    "check_get_partial_values",
    "check_get_ranges",
    "check_get_ranges_sync",
    "check_get_sync",
    "check_implicit_transfers",
    "check_keeps_no_memory_of_callers",
    "check_latency_beneath",
    "check_listing",
    "check_many_ranges",
    "check_metadata_stays_on_host",
    "check_missing_keys",
    "check_out_of_device_memory",
    "check_overwriting",
    "check_pickle",
    "check_prototypes_in_turn",
    "check_read_only",
    "check_reads_stay_as_they_are",
    "check_set",
    "check_set_if_not_exists",
    "check_set_many",
    "check_set_sync",
    "check_shard_reads",
    "check_short_read_beneath",
    "check_sizes",
    "check_sync_and_async_agree",
    "check_sync_overrides",
    "check_sync_surface",
    "check_tasks",
    "check_threads",
    "check_transfers",
    "check_with_read_only",
]
