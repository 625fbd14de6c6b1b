"""The names, members and signatures of nvCOMP, as `record_nvcomp_names.py` found them."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.simulator.nvcomp.record_nvcomp_names import RECORD, record
from zarr_devbuf.simulator import nvcomp
from zarr_devbuf.simulator.nvcomp._signatures import signatures_of

_RECORDED = json.loads(RECORD.read_text("utf-8"))
_NAMES = _RECORDED["6"]["names"]
_CLASSES = [name for name, entry in _NAMES.items() if entry[0] == "class"]


def test_the_record_is_not_empty() -> None:
    assert len(_NAMES) > 45
    assert len(_RECORDED["5"]["names"]) > 25
    assert len(_CLASSES) > 15


def test_the_module_has_the_names_of_nvcomp_and_no_others() -> None:
    public = {
        name
        for name, value in vars(nvcomp).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    public -= {"annotations", "TYPE_CHECKING", "Any"}
    assert public == set(_NAMES) == set(nvcomp.__all__)
    assert nvcomp.__version__ == _RECORDED["6"]["version"]
    assert nvcomp.__cuda_version__ == _RECORDED["6"]["cuda_version"]


@pytest.mark.parametrize("name", _NAMES)
def test_each_name_is_what_it_is_in_nvcomp(name: str) -> None:
    kind, detail = _NAMES[name]
    value = getattr(nvcomp, name)
    if kind == "member":
        assert repr(value) == detail
        return
    assert value.__module__ == "nvidia.nvcomp.nvcomp_impl"
    assert value.__name__ == name
    if kind == "function":
        assert list(signatures_of(value)) == detail


@pytest.mark.parametrize("name", _CLASSES)
def test_classes_have_the_members_of_nvcomps(name: str) -> None:
    cls = getattr(nvcomp, name)
    members = _NAMES[name][1]
    missing = {each for each in members if not hasattr(cls, each)}
    assert not missing
    public = {each for each in dir(cls) if not each.startswith("_")}
    assert public == {each for each in members if not each.startswith("_")}


@pytest.mark.parametrize("name", _CLASSES)
def test_members_have_the_kinds_and_signatures_of_nvcomps(name: str) -> None:
    cls = getattr(nvcomp, name)
    for member, entry in _NAMES[name][1].items():
        found = inspect.getattr_static(cls, member)
        if entry == "property":
            assert isinstance(found, property), member
            continue
        kind, detail = entry
        if kind == "value":
            assert int(getattr(cls, member)) == detail, member
        elif kind == "static":
            assert isinstance(found, staticmethod)
            assert list(signatures_of(found.__func__)) == detail
        elif detail and not member.startswith("__"):
            assert list(signatures_of(found)) == detail, member


def test_constructors_have_the_signatures_of_nvcomps() -> None:
    (array,) = _NAMES["Array"][1]["__init__"][1]
    assert signatures_of(nvcomp.Array.__init__) == (array,)
    (codec,) = _NAMES["Codec"][1]["__init__"][1]
    assert codec == "(self: Codec, **kwargs) -> None"
    assert list(inspect.signature(nvcomp.Codec.__init__).parameters) == ["self", "kwargs"]
    for name in ("BatchArray", "CompressConfig", "DecompressConfig", "CudaStream"):
        with pytest.raises(TypeError, match=f"{name}: No constructor defined!"):
            getattr(nvcomp, name)()


@pytest.mark.skipif(
    importlib.util.find_spec("nvidia") is None or importlib.util.find_spec("nvidia.nvcomp") is None,
    reason="the wheel nvidia-nvcomp-cu12 is not installed",
)
def test_the_record_is_that_of_the_installed_wheel() -> None:
    real: Any = importlib.import_module("nvidia.nvcomp")
    found = json.loads(json.dumps(record(real)))
    assert _RECORDED[real.__version__.partition(".")[0]] == found


_FIVE = """
import json, sys
from zarr_devbuf.simulator import simulate_gpu
with simulate_gpu(force=True):
    from nvidia import nvcomp
    public = sorted(name for name in vars(nvcomp) if not name.startswith("_"))
from zarr_devbuf.simulator.nvcomp._signatures import signatures_of
signatures = {
    "as_arrays": signatures_of(nvcomp.as_arrays),
    "encode": signatures_of(nvcomp.Codec.encode),
    "decode": signatures_of(nvcomp.Codec.decode),
    "decompression_config": signatures_of(nvcomp.Codec.decompression_config),
}
public.remove("nvcomp_impl")
print(json.dumps([nvcomp.__version__, public, signatures]))
"""


def test_version_5_has_the_names_of_nvcomp_5() -> None:
    environment = {**os.environ, "SIM_NVCOMP": "5"}
    output = subprocess.run(
        [sys.executable, "-c", _FIVE], env=environment, capture_output=True, text=True, check=True
    )
    version, names, signatures = json.loads(output.stdout)
    recorded = _RECORDED["5"]
    assert version == recorded["version"]
    assert names == sorted(recorded["names"])
    assert signatures.pop("as_arrays") == recorded["names"]["as_arrays"][1]
    for name, found in signatures.items():
        assert found == recorded["names"]["Codec"][1][name][1], name


def test_another_version_is_an_error() -> None:
    environment = {**os.environ, "SIM_NVCOMP": "4"}
    output = subprocess.run(
        [sys.executable, "-c", "import zarr_devbuf.simulator.nvcomp"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "SIM_NVCOMP must be 5 or 6, not '4'" in output.stderr


def test_the_module_can_be_imported_first_and_is_not_imported_by_the_simulator() -> None:
    lazy = (
        "import sys, zarr_devbuf.simulator.cupy; assert not any('nvcomp' in m for m in sys.modules)"
    )
    first = (
        "from zarr_devbuf.simulator import nvcomp as n; a = n.as_array(b'abc').cuda(); "
        "c = n.Codec(algorithm='Zstd'); assert bytes(c.decode(c.encode(a)).cpu()) == b'abc'"
    )
    for code in (lazy, first):
        subprocess.run([sys.executable, "-c", code], check=True)
