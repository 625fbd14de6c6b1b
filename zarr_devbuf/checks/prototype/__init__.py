"""The checks of buffer prototypes: a class of flat bytes and one of n-dimensional arrays."""

from __future__ import annotations

from importlib import import_module

# In the order in which the checks run: `Buffer` before `NDBuffer`, creation before all else.
MODULES = (
    "buffer_creation",
    "buffer_to_host",
    "buffer_slicing_and_combine",
    "nd_creation",
    "nd_host_conversion",
    "nd_reshape_and_astype",
    "nd_indexing",
    "nd_all_equal",
    "transfers",
    "aliasing",
    "pickling_and_threads",
)

for _name in MODULES:
    import_module(f"{__name__}.{_name}")
