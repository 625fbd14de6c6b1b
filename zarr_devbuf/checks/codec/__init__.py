"""The checks of codecs, in the order in which they run."""

from __future__ import annotations

# The order of the imports is that of the checks.
# ruff: noqa: I001

from zarr_devbuf.checks.codec.round_trip import (
    check_byte_orders,
    check_chunk_shapes,
    check_memory_layouts,
    check_odd_lengths,
    check_round_trip,
    check_special_values,
)
from zarr_devbuf.checks.codec.return_values import (
    check_encoded_size,
    check_prototype_buffers,
    check_resolved_metadata,
)
from zarr_devbuf.checks.codec.transfers import (
    check_implicit_transfers,
    check_transfers,
)
from zarr_devbuf.checks.codec.aliasing import (
    check_chunks_are_independent,
    check_input_unchanged,
    check_no_memory_of_input,
)
from zarr_devbuf.checks.codec.call_paths import (
    check_batches,
    check_paths_agree,
    check_threads,
)
from zarr_devbuf.checks.codec.prototypes import (
    check_between_devices,
    check_prototype_of_the_spec,
    check_prototypes_in_turn,
    check_specs_in_turn,
)
from zarr_devbuf.checks.codec.serialization import check_dict_form, check_pickle
from zarr_devbuf.checks.codec.out_of_memory import check_recovers
from zarr_devbuf.checks.codec.in_array import (
    check_configuration_switched,
    check_in_array,
    check_in_shards,
    check_prototype_argument,
)

__all__ = [
    "check_batches",
    "check_between_devices",
    "check_byte_orders",
    "check_chunk_shapes",
    "check_chunks_are_independent",
    "check_configuration_switched",
    "check_dict_form",
    "check_encoded_size",
    "check_implicit_transfers",
    "check_in_array",
    "check_in_shards",
    "check_input_unchanged",
    "check_memory_layouts",
    "check_no_memory_of_input",
    "check_odd_lengths",
    "check_paths_agree",
    "check_pickle",
    "check_prototype_argument",
    "check_prototype_buffers",
    "check_prototype_of_the_spec",
    "check_prototypes_in_turn",
    "check_recovers",
    "check_resolved_metadata",
    "check_round_trip",
    "check_special_values",
    "check_specs_in_turn",
    "check_threads",
    "check_transfers",
]
