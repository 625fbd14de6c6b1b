"""Mutants that a person has found to change nothing that anybody can observe."""

from __future__ import annotations

import tomllib
from pathlib import Path

__all__ = ["EQUIVALENT", "load_equivalent"]

EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def load_equivalent(path: Path) -> dict[str, str]:
    """
    Read the ids of equivalent mutants, each with its reason.

    Raises
    ------
    ValueError
        If an entry has no id, no reason, or an id that another one has.
    """
    found: dict[str, str] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []):
        if not entry.get("id") or not entry.get("reason") or entry["id"] in found:
            raise ValueError(f"{path.name}: expected one id and its reason, got {entry!r}")
        found[entry["id"]] = entry["reason"]
    return found
