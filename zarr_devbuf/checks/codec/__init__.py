"""The checks of codecs."""

from __future__ import annotations

from importlib import import_module

# In the order in which the checks run.
MODULES = (
    "round_trip",
    "large_chunks",
    "exchange",
    "return_values",
    "transfers",
    "aliasing",
    "call_paths",
    "history",
    "prototypes",
    "serialization",
    "settings",
    "out_of_memory",
    "leaks",
    "damaged_input",
    "in_array",
    "parts",
)

for _name in MODULES:
    import_module(f"{__name__}.{_name}")
