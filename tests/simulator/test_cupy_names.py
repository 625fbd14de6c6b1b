"""The names of CuPy's modules, as `record_cupy_names.py` found them, in the simulator's."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from zarr_devbuf.simulator import simulate_gpu
from zarr_devbuf.simulator._replace.cupy_names import cupy_names, placeholder, unknown_modules

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = cupy_names()


@pytest.fixture(scope="module", autouse=True)
def simulated() -> Iterator[None]:
    with simulate_gpu(force=True):
        yield


def test_the_record_is_not_empty() -> None:
    assert len(_NAMES) > 70
    assert sum(map(len, _NAMES.values())) > 2500
    assert _NAMES["cupy"]["ndarray"] == "class"


@pytest.mark.parametrize("module", _NAMES)
def test_modules_have_the_names_of_cupy_and_no_others(module: str) -> None:
    found = importlib.import_module(module)
    unknown = {name.rpartition(".")[2] for name in unknown_modules()}
    public = {name for name in vars(found) if not name.startswith("_")}
    public |= set(vars(found).get("_LAZY_NAMES", ()))
    assert public - unknown == set(_NAMES[module]) - unknown
    assert set(getattr(found, "__all__", ())) <= {*vars(found), "__version__"}


@pytest.mark.parametrize("module", _NAMES)
def test_names_are_of_the_kind_of_cupys(module: str) -> None:
    found = importlib.import_module(module)
    for name, entry in _NAMES[module].items():
        value = getattr(found, name)
        if entry == "function":
            assert callable(value), name
        elif entry in ("class", "exception", "warning"):
            assert isinstance(value, type), name
        if entry in ("exception", "warning"):
            assert issubclass(value, BaseException), name
        if isinstance(entry, list) and entry[0] == "module" and entry[1] in _NAMES:
            assert value is sys.modules[entry[1]], name


@pytest.mark.parametrize("module", unknown_modules())
def test_modules_without_recorded_names_raise_with_the_name(module: str) -> None:
    found = importlib.import_module(module)
    with pytest.raises(NotImplementedError, match=rf"{module}\.anything is not implemented"):
        _ = found.anything
    assert not hasattr(found, "__wrapped__")


@pytest.mark.parametrize("kind", ["function", "class", "other"])
def test_what_is_not_modelled_raises_with_its_name(kind: str) -> None:
    found = placeholder("cupyx.some.name", kind)
    with pytest.raises(NotImplementedError, match=r"cupyx\.some\.name is not implemented"):
        found()


def test_an_object_that_is_not_modelled_can_be_printed_only() -> None:
    found: Any = placeholder("cupyx.some.name", "other")
    assert "cupyx.some.name" in repr(found)
    for use in (
        lambda: found.attribute,
        lambda: found[0],
        lambda: bool(found),
        lambda: list(found),
    ):
        with pytest.raises(NotImplementedError, match=r"cupyx\.some\.name"):
            use()
    with pytest.raises(NotImplementedError), found:
        pass


def test_exceptions_that_are_not_modelled_can_be_caught() -> None:
    error = placeholder("cupy.some.Error", "exception")
    warning = placeholder("cupy.some.Caution", "warning")
    assert issubclass(error, Exception)
    assert issubclass(warning, Warning)
    assert placeholder("cupy.some.value", ["value", 3]) == 3


@pytest.mark.parametrize(
    "name",
    [
        "cupyx.scipy.signal.convolve",
        "cupyx.scipy.ndimage.zoom",
        "cupyx.scipy.sparse.linalg.spsolve",
        "cupyx.jit.rawkernel",
    ],
)
def test_functions_of_other_modules_raise_with_their_names(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    found = importlib.import_module(module)
    assert isinstance(found, ModuleType)
    with pytest.raises(NotImplementedError, match="is not implemented"):
        getattr(found, attribute)(1)
