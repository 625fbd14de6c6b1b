"""The checks of arrays."""

from __future__ import annotations

from importlib import import_module

# In the order in which the checks run.
MODULES = (
    "reading",
    "writing",
    "drawn",
    "values",
    "fill_values",
    "out_argument",
    "shapes",
    "creating",
    "dtypes",
    "formats",
    "stored_by_hand",
    "codec_chains",
    "combinations",
    "shards",
    "prototypes",
    "aliasing_and_transfers",
    "concurrency",
    "invalid_selections",
    "array_protocol",
    "async_only_stores",
    "failing_stores",
    "slow_stores",
    "out_of_memory",
)

for _name in MODULES:
    import_module(f"{__name__}.{_name}")
