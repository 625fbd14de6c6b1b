"""Checks of which arrays a backend takes for its own, and whether its memory is the host's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from zarr_devbuf.backend import backend_names, get_backend
from zarr_devbuf.checks._assertions import class_name
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.backend.harness import grid, to_numpy
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.backend import Backend


@check("backend")
def check_array_type(backend: Backend, _: Backend) -> None:
    """``array_type`` is a class, the same one each time, and what ``xp`` allocates is of it.

    The reference classes compare classes, on every call. Source: `Backend.array_type`.
    """
    advice = "Let `array_type` be the class of the arrays that `xp` allocates, one and the same."
    with during("asking for array_type"):
        found: Any = backend.array_type
        again: Any = backend.array_type
    if not isinstance(found, type) or found is not again:
        raise violated(
            case="backend.array_type, twice",
            expected="one class",
            actual=f"{found!r}, then {again!r}",
            advice=advice,
        )
    for name in ("empty", "zeros", "ones"):
        with during(case := f"xp.{name}(3, dtype='u1')"):
            array: object = getattr(backend.xp, name)(3, dtype="u1")
        if not isinstance(array, found):
            raise violated(
                case=case,
                expected=f"an instance of array_type: {class_name(found)}",
                actual=f"a {class_name(type(array))}",
                advice=advice,
            )


@check("backend")
def check_owns(backend: Backend, _: Backend) -> None:
    """``owns`` is True for all arrays of the backend: allocated, copied from the host, views.

    Every other check asks `owns` where an array lives. Source: `Backend.owns`.
    """
    array = on_device(backend, grid("u1"))
    mine = {
        "from_host(array)": array,
        "a 0-dimensional array": on_device(backend, grid("u1", ())),
        "an empty array": on_device(backend, grid("u1", (0, 3))),
        "array[1:, ::2]": array[1:, ::2],
        "array.transpose()": array.transpose(),
        "view(array), a TestNDArrayLike": backend.view(array),
        "xp.zeros(3, dtype='u1')": backend.xp.zeros(3, dtype="u1"),
    }
    for case, each in mine.items():
        with during(f"owns({case})"):
            found: object = backend.owns(each)
        if found is not True:
            raise violated(
                case=f"owns({case})",
                expected="True",
                actual=f"{found!r}, for a {class_name(type(each))}",
                advice="Leave `owns` as `Backend` has it, and set `array_type` to the class of "
                "all arrays.",
            )


@check("backend")
def check_owns_no_other(backend: Backend, _: Backend) -> None:
    """``owns`` is False for what is no array, for other backends' arrays, and on a device NumPy's.

    A backend that takes everything for its own passes every check of where data is. An array of
    another backend counts as this one's only if its class derives from this one's `array_type`.
    Source: `Backend.owns`.
    """
    others: dict[str, object] = dict(_others(backend))
    if not backend.is_host:
        others["a numpy.ndarray"] = grid("u1")
        others["a NumPy scalar"] = np.uint8(1)
    for case, each in others.items():
        with during(f"owns({case})"):
            found: object = backend.owns(each)
        if found is not False:
            raise violated(
                case=f"owns({case})",
                expected="False",
                actual=repr(found),
                advice="Set `array_type` to a class that arrays of this backend alone have.",
            )


def _others(backend: Backend) -> Iterator[tuple[str, object]]:
    yield from {
        "None": None,
        "1": 1,
        "b'x'": b"x",
        "[1, 2]": [1, 2],
        "numpy.ndarray": np.ndarray,
    }.items()
    yield "the backend itself", backend
    for name in backend_names():
        other = get_backend(name)
        if other is backend or other.unavailable_reason() is not None:
            continue
        if not issubclass(other.array_type, backend.array_type):
            yield f"an array of backend {name!r}", on_device(other, grid("u1"))


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


@check("backend")
def check_owns_never_raises(backend: Backend, _: Backend) -> None:
    """``owns`` raises nothing, whatever it is asked about.

    It is asked about whatever a codec or a store returns. Source: `Backend.owns`: "Never raises".
    """
    odd = {"an unbound proxy": _Hostile(), "an object that raises": _PretendsToBeNothing()}
    for case, each in odd.items():
        try:
            found: object = backend.owns(each)
        except Exception as error:
            raise violated(
                case=f"owns({case})",
                expected="False",
                actual=f"{type(error).__name__}: {error}",
                advice="Decide in `owns` by the class alone; give `array_type` no metaclass that "
                "raises.",
            ) from error
        if found is not False:
            raise violated(
                case=f"owns({case})",
                expected="False",
                actual=repr(found),
                advice="Decide in `owns` by the class alone.",
            )


@check("backend")
def check_is_host(backend: Backend, _: Backend) -> None:
    """``is_host`` is True if and only if the backend's arrays are host memory, as NumPy's are.

    If it is True, ``numpy.asarray`` gives a view of an array's memory. If it is False, `array_type`
    is not ``numpy.ndarray`` itself, and ``from_host`` shares no memory with its source. Checks of
    transfers are skipped on a host backend, so a device that calls itself the host goes unchecked.
    Source: `Backend.is_host`.
    """
    advice = "Override `is_host`: True if nothing is ever transferred, False if anything is."
    with during("asking for is_host"):
        found: object = backend.is_host
    if not isinstance(found, bool):
        raise violated(case="backend.is_host", expected="a bool", actual=repr(found), advice=advice)
    if found:
        array = on_device(backend, grid("u1"))
        case = "numpy.asarray(array) on a backend with is_host = True"
        try:
            with unrecorded_transfers():
                view = np.asarray(array)
        except Exception as error:
            raise violated(
                case=case,
                expected="a view of the array's memory",
                actual=f"{type(error).__name__}: {error}",
                advice=advice,
            ) from error
        before = view.copy()
        with during(case), unrecorded_transfers():
            array[...] = 0
        if np.array_equal(view, before):
            raise violated(
                case=case,
                expected="a view of the array's memory",
                actual="a copy: what is written to the array is not seen in it",
                advice=advice,
            )
        return
    if backend.array_type is np.ndarray:
        raise violated(
            case="backend.array_type, with is_host = False",
            expected="a class of arrays in memory of the device",
            actual="numpy.ndarray",
            advice=advice,
        )
    source = grid("u1")
    with during(case := "from_host(source), with is_host = False"), unrecorded_transfers():
        array = backend.from_host(source)
    source[...] = 0
    if not to_numpy(backend, array).any():
        raise violated(
            case=case,
            expected="memory of the device",
            actual="the memory of the source: what is written to the source is seen in the array",
            advice=advice,
        )
