"""The checks of backends: what `Backend` and docs/backends.md promise of one."""

from __future__ import annotations

from importlib import import_module

# In the order in which the checks run: what the others build on comes first.
MODULES = (
    "identity",
    "dtypes",
    "host_conversion",
    "ownership",
    "creation",
    "attributes",
    "views",
    "copies",
    "assignment",
    "functions",
    "kinds_of_input",
    "reference_classes",
    "transfers",
)

for _name in MODULES:
    import_module(f"{__name__}.{_name}")
