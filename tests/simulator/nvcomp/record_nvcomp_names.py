"""Record the names, members and signatures of nvCOMP's Python API.

Run with the wheel ``nvidia-nvcomp-cu12`` installed, of version 6 or 5; no device is needed:
``python tests/simulator/nvcomp/record_nvcomp_names.py``. It writes ``nvcomp_names.json`` beside it,
for that version.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

RECORD = Path(__file__).with_name("nvcomp_names.json")
# What each class of pybind11 has, and each class of Python.
COMMON = {"_pybind11_conduit_v1_", "__doc__", "__module__", "__entries", "__members__"}


def signatures(value: Any, name: str) -> list[str]:
    """Return the signatures that a docstring states, without the name of the module."""
    text = (getattr(value, "__doc__", None) or "").replace("nvidia.nvcomp.nvcomp_impl.", "")
    found = re.findall(rf"^(?:\d+\. )?{re.escape(name)}(\(.*\) -> .*)$", text, re.MULTILINE)
    return [each for each in found if not each.startswith("(*args")]


def member(cls: type, name: str) -> Any:
    """Return what a member of a class is."""
    value = vars(cls)[name]
    if isinstance(value, property):
        return "property"
    if isinstance(value, cls):
        return ["value", int(value)]  # type: ignore[call-overload]
    if isinstance(value, staticmethod):
        return ["static", signatures(value.__func__, name)]
    return ["method", signatures(value, name)]


def record(module: ModuleType) -> dict[str, Any]:
    """Return the names of the module."""
    names: dict[str, Any] = {}
    for name in sorted(vars(module)):
        value = getattr(module, name)
        if name.startswith("_") or isinstance(value, ModuleType):
            continue
        if isinstance(value, type):
            members = [each for each in vars(value) if each not in COMMON]
            names[name] = ["class", {each: member(value, each) for each in members}]
        elif hasattr(type(value), "__members__"):
            names[name] = ["member", repr(value)]
        else:
            names[name] = ["function", signatures(value, name)]
    return {
        "version": module.__version__,
        "cuda_version": module.__cuda_version__,
        "names": names,
    }


if __name__ == "__main__":
    import importlib

    nvcomp = importlib.import_module("nvidia.nvcomp")

    recorded = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    recorded[nvcomp.__version__.partition(".")[0]] = record(nvcomp)
    text = json.dumps(recorded, separators=(",", ":"), sort_keys=True)
    RECORD.write_text(text.replace('"]]},"', '"]]},\n"').replace(']}],"', ']}],\n"') + "\n")
