"""The registry of backends, and the interface that a third party's backend inherits."""

from __future__ import annotations

import importlib
import pickle
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr_devbuf.backend as backend_module
from zarr_devbuf import (
    Backend,
    BackendUnavailableError,
    backend_names,
    get_backend,
    register_backend,
    use_backend,
)
from zarr_devbuf.cpu import BACKEND as CPU

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Backend]:
    """A copy of the registry, so that a test leaves nothing behind."""
    copy = dict(backend_module._backends)
    monkeypatch.setattr(backend_module, "_backends", copy)
    return copy


class Named(Backend):
    """A minimal backend."""

    xp = np
    array_type = np.ndarray
    TestNDArrayLike = np.ndarray

    def __init__(self, name: str) -> None:
        self.name = name

    def from_host(self, array: Any) -> Any:
        return array

    def to_host(self, array: Any) -> Any:
        return array


def test_built_in_backends_come_first() -> None:
    assert backend_names()[:3] == ("cpu", "gpu", "sim")
    assert get_backend("cpu") is CPU


def test_a_backend_is_found_by_name_and_pickles_by_name() -> None:
    mine = Named("mine")
    register_backend(mine)
    register_backend(mine)  # the same again is no conflict
    assert get_backend("mine") is mine
    assert "mine" in backend_names()
    assert pickle.loads(pickle.dumps(mine)) is mine
    assert repr(mine) == "<zarr_devbuf backend 'mine'>"


def test_a_name_that_is_taken_is_rejected_unless_replaced(registry: dict[str, Backend]) -> None:
    first, second = Named("mine"), Named("mine")
    register_backend(first)
    with pytest.raises(ValueError, match=r"named 'mine' is registered already.*replace=True"):
        register_backend(second)
    assert registry["mine"] is first
    register_backend(second, replace=True)
    assert registry["mine"] is second


def test_wrong_use() -> None:
    with pytest.raises(TypeError, match=r"takes an instance of zarr_devbuf\.Backend, not <class"):
        register_backend(Named)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a backend's name is a str, got None"):
        get_backend(None)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"no backend named 'gup'; there are: cpu, gpu, sim.* mean 'gpu'\?"
    ):
        get_backend("gup")


class Unavailable(Named):
    def unavailable_reason(self) -> str:
        return "the fan is missing"


def test_an_unavailable_backend_has_a_reason() -> None:
    mine = Unavailable("mine")
    register_backend(mine)
    with pytest.raises(BackendUnavailableError, match="'mine' is unavailable: the fan is missing"):
        mine.require()
    assert mine.owns(np.zeros(3)) is False
    with pytest.raises(BackendUnavailableError, match="the fan is missing"), use_backend("mine"):
        raise AssertionError("the block was entered")


def test_owns() -> None:
    assert CPU.owns(np.zeros(3))
    assert not CPU.owns([0, 0])
    assert not CPU.owns(None)


# -- entry points ---------------------------------------------------------------------------------


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Install a package of one module that offers backends by entry points."""

    def install(module: str, source: str, **entry_points: str) -> None:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in entry_points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[zarr_devbuf.backends]", *lines]))
        importlib.invalidate_caches()

    monkeypatch.syspath_prepend(tmp_path)
    yield install
    for name in [name for name in sys.modules if name.startswith("third_party")]:
        del sys.modules[name]


GOOD = """
    from tests.cpu.test_backend import Named

    class Mine(Named):
        def __init__(self):
            super().__init__("mine")

    INSTANCE = Mine()
"""


@pytest.mark.parametrize("value", ["third_party:Mine", "third_party:INSTANCE"])
def test_an_entry_point_is_loaded_when_it_is_used(install: Any, value: str) -> None:
    install("third_party", GOOD, mine=value)
    assert "mine" in backend_names()
    assert "third_party" not in sys.modules
    mine = get_backend("mine")
    assert mine.name == "mine"
    assert mine.unavailable_reason() is None
    assert get_backend("mine") is mine


@pytest.mark.parametrize(
    ("source", "value", "reason"),
    [
        (
            "raise ImportError('no such library\\nmore')",
            "third_party:Mine",
            "ImportError: no such library",
        ),
        ("import sys; sys.exit(3)", "third_party:Mine", "SystemExit: 3"),
        ("", "third_party:Mine", "AttributeError: "),
        ("", "third_party_missing:Mine", "ModuleNotFoundError: "),
        ("def Mine(): pass", "third_party:Mine", "gives <function Mine"),
        (
            "class Mine:\n        def __init__(self): raise OSError",
            "third_party:Mine",
            "OSError: no message",
        ),
        (
            GOOD.replace('"mine"', '"other"'),
            "third_party:Mine",
            "gives a backend that is named 'other'",
        ),
    ],
)
def test_an_entry_point_that_fails_is_listed_with_its_error(
    install: Any, source: str, value: str, reason: str
) -> None:
    install("third_party", source, mine=value)
    assert backend_names()[:3] == ("cpu", "gpu", "sim")
    mine = get_backend("mine")
    found = mine.unavailable_reason()
    assert found is not None
    assert reason in found
    assert "\n" not in found
    assert mine.device_count() == 0
    assert not mine.owns(np.zeros(1))
    for use in (
        lambda: mine.xp,
        lambda: mine.array_type,
        lambda: mine.TestNDArrayLike,
        lambda: mine.TestBuffer,
        lambda: mine.prototype,
        lambda: mine.StoreExpectingTestBuffer,
        lambda: mine.from_host(np.zeros(1)),
        lambda: mine.to_host(None),
    ):
        with pytest.raises(BackendUnavailableError, match="'mine' is unavailable"):
            use()


def test_an_entry_point_cannot_replace_a_built_in_backend(install: Any) -> None:
    install("third_party", GOOD, cpu="third_party:Mine")
    assert get_backend("cpu") is CPU
    assert backend_names().count("cpu") == 1


def test_two_packages_that_offer_one_name(install: Any) -> None:
    install("third_party", GOOD, mine="third_party:Mine")
    install("third_party_too", GOOD, mine="third_party_too:Mine")
    with pytest.warns(UserWarning, match="two packages offer a zarr_devbuf backend named 'mine'"):
        get_backend("mine")
