"""Checks of which arrays a backend takes for its own, and whether its memory is the host's."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from zarr_devbuf.backend import backend_names, get_backend
from zarr_devbuf.checks._assertions import class_name
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks._inputs import grid
from zarr_devbuf.checks.backend.harness import BackendHarness, backend_check
from zarr_devbuf.checks.errors import during

if TYPE_CHECKING:
    from collections.abc import Iterable


@backend_check(
    severity="read wrong",
    advice="Let `array_type` be the class of the arrays that `xp` allocates, one and the same.",
)
def check_array_type(harness: BackendHarness) -> None:
    """``array_type`` is a class, the same one each time, and what ``xp`` allocates is of it.

    The reference classes compare classes, on every call. Source: `Backend.array_type`.
    """
    with during("asking for array_type"):
        found: Any = harness.backend.array_type
        again: Any = harness.backend.array_type
    if not isinstance(found, type) or found is not again:
        actual = f"{found!r}, then {again!r}"
        raise harness.violated("backend.array_type, twice", "one class", actual)
    for name in ("empty", "zeros", "ones"):
        with during(f"xp.{name}(3, dtype='u1')") as case:
            array: object = getattr(harness.xp, name)(3, dtype="u1")
        if not isinstance(array, found):
            expected = f"an instance of array_type: {class_name(found)}"
            raise harness.violated(case, expected, f"a {class_name(type(array))}")


def _assert_owned(
    harness: BackendHarness, objects: Iterable[tuple[str, object]], expected: bool
) -> None:
    """Assert what `owns` answers about each of these objects."""
    for name, each in objects:
        with during(f"owns({name})") as case:
            found: object = harness.backend.owns(each)
        harness.assert_answer(found, expected, case)


@backend_check(
    severity="read wrong",
    advice="Leave `owns` as `Backend` has it, and set `array_type` to the class of all arrays.",
)
def check_owns(harness: BackendHarness) -> None:
    """``owns`` is True for all arrays of the backend: allocated, copied from the host, views.

    Every other check asks `owns` where an array lives. Source: `Backend.owns`.
    """
    array = harness.array(grid("u1"))
    mine = {
        "from_host(array)": array,
        "a 0-dimensional array": harness.array(grid("u1", ())),
        "an empty array": harness.array(grid("u1", (0, 3))),
        "array[1:, ::2]": array[1:, ::2],
        "array.transpose()": array.transpose(),
        "view(array), a TestNDArrayLike": harness.backend.view(array),
        "xp.zeros(3, dtype='u1')": harness.xp.zeros(3, dtype="u1"),
    }
    _assert_owned(harness, mine.items(), True)


@backend_check(
    severity="read wrong",
    advice="Set `array_type` to a class that arrays of this backend alone have.",
)
def check_owns_no_other(harness: BackendHarness) -> None:
    """``owns`` is False for what is no array, for other backends' arrays, and on a device NumPy's.

    A backend that takes everything for its own passes every check of where data is. An array of
    another backend counts as this one's only if its class derives from this one's `array_type`.
    Source: `Backend.owns`.
    """
    _assert_owned(harness, _others(harness), False)


def _others(harness: BackendHarness) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        *(("None", None), ("1", 1), ("b'x'", b"x"), ("[1, 2]", [1, 2])),
        *(("numpy.ndarray", np.ndarray), ("the backend itself", harness.backend)),
    ]
    if not harness.backend.is_host:
        found += [("a numpy.ndarray", grid("u1")), ("a NumPy scalar", np.uint8(1))]
    for name in backend_names():
        other = get_backend(name)
        if other is harness.backend or other.unavailable_reason() is not None:
            continue
        if not issubclass(other.array_type, harness.backend.array_type):
            with suppress(Exception):  # that another backend is broken is not this one's fault
                found.append((f"an array of backend {name!r}", on_device(other, grid("u1"))))
    return found


class _Hostile:
    """Raises if it is asked for its class or for any attribute, as an unbound proxy does."""

    @property  # type: ignore[misc]  # that it raises is the point
    def __class__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("this proxy is not bound")

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"this proxy is not bound, and has no {name}")


class _PretendsToBeNothing:
    """Raises if it is converted, compared or asked for its truth."""

    def _raise(self, *_: object) -> NoReturn:
        raise RuntimeError("no array")

    __array__ = __bool__ = __eq__ = __len__ = _raise
    __hash__ = None  # type: ignore[assignment]


@backend_check(
    severity="read wrong",
    advice="Decide in `owns` by the class alone; give `array_type` no metaclass that raises.",
)
def check_owns_never_raises(harness: BackendHarness) -> None:
    """``owns`` raises nothing, whatever it is asked about.

    It is asked about whatever a codec or a store returns. Source: `Backend.owns`: "Never raises".
    """
    odd = {"an unbound proxy": _Hostile(), "an object that raises": _PretendsToBeNothing()}
    for name, each in odd.items():
        try:
            found: object = harness.backend.owns(each)
        except Exception as error:
            actual = f"{type(error).__name__}: {error}"
            raise harness.violated(f"owns({name})", "False", actual) from error
        harness.assert_answer(found, False, f"owns({name})")


@backend_check(
    severity="read wrong",
    advice="Override `is_host`: True if nothing is ever transferred, False if anything is.",
)
def check_is_host(harness: BackendHarness) -> None:
    """``is_host`` is True if and only if the backend's arrays are host memory, as NumPy's are.

    If it is True, ``numpy.asarray`` gives a view of an array's memory. If it is False, `array_type`
    is not ``numpy.ndarray`` itself, and ``from_host`` shares no memory with its source. Checks of
    transfers are skipped on a host backend, so a device that calls itself the host goes unchecked.
    Source: `Backend.is_host`.
    """
    with during("asking for is_host"):
        found: object = harness.backend.is_host
    if not isinstance(found, bool):
        raise harness.violated("backend.is_host", "a bool", repr(found))
    (_assert_host if found else _assert_device)(harness)


def _assert_host(harness: BackendHarness) -> None:
    array = harness.array(grid("u1"))
    case = "numpy.asarray(array) on a backend with is_host = True"
    expected = "a view of the array's memory"
    try:
        with harness.calling(case):
            view = np.asarray(array)
    except Exception as error:
        raise harness.violated(case, expected, f"{type(error).__name__}: {error}") from error
    before = view.copy()
    with harness.calling(case):
        array[...] = 0
    if np.array_equal(view, before):
        actual = "a copy: what is written to the array is not seen in it"
        raise harness.violated(case, expected, actual)


def _assert_device(harness: BackendHarness) -> None:
    if harness.backend.array_type is np.ndarray:
        case, expected = "backend.array_type, with is_host = False", "a class of a device's arrays"
        raise harness.violated(case, expected, "numpy.ndarray")
    source = grid("u1")
    with harness.calling("from_host(source), with is_host = False") as case:
        array = harness.backend.from_host(source)
    source[...] = 0
    if not harness.to_host(array).any():
        actual = "the memory of the source: what is written to the source is seen in the array"
        raise harness.violated(case, "memory of the device", actual)
