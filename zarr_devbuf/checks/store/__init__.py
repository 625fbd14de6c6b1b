"""The checks of stores."""

from __future__ import annotations

from importlib import import_module

# In the order in which the checks run: what later ones rely on, earlier ones have checked.
MODULES = (
    "reading",
    "byte_ranges",
    "writing",
    "aliasing",
    "prototypes",
    "sync_and_async",
    "transfers",
    "listing_and_deleting",
    "object_protocol",
    "opening",
    "concurrency",
    "out_of_memory",
    "wrapper_faults",
    "in_array",
)

for _name in MODULES:
    import_module(f"{__name__}.{_name}")
