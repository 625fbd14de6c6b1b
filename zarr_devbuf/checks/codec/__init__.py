"""The checks of codecs."""

from __future__ import annotations

from importlib import import_module

# In the order in which the checks run.
MODULES = (
    "round_trip",
    "return_values",
    "transfers",
    "aliasing",
    "call_paths",
    "prototypes",
    "serialization",
    "out_of_memory",
    "in_array",
)

for _name in MODULES:
    import_module(f"{__name__}.{_name}")
