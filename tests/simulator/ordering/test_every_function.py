"""Functions that compute with an array read it, and methods that change it write it."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zarr_devbuf.simulator import StreamHazardError, check_streams, cupy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Functions that look at no values: of dtypes and shapes, of what is new, and makers of functions.
NO_ACCESS = {
    *("cupy." + name for name in (
        "broadcast", "byte_bounds", "can_cast", "common_type", "diag_indices_from", "empty_like",
        "full_like", "fuse", "get_array_module", "iscomplexobj", "isfortran", "isrealobj",
        "isscalar", "issubdtype", "iterable", "may_share_memory", "memoize", "min_scalar_type",
        "ndim", "ones_like", "printoptions", "promote_types", "result_type", "shape",
        "shares_memory", "size", "tril_indices_from", "triu_indices_from", "zeros_like",
        # Of real arrays new zeros; of a single key zero.
        "imag", "lexsort",
    )),
    "ndarray.toDlpack",
}  # fmt: skip
MODULES = (cupy, cupy.fft, cupy.linalg)


def call_forms(array: Any) -> list[tuple[Any, ...]]:
    return [(array,), (array, array), (array, 1), (array, 0, 1), ([array, array],),
            (array > -1, array), (array.astype("i8"),), (array[:, ::2],), (array[1],),
            (array[1], array[2]), (array[1], array[1], array[2])]  # fmt: skip


FORMS = range(11)


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in MODULES:
        for name in dir(module):
            value = getattr(module, name, None)
            if not name.startswith("_") and callable(value) and not inspect.isclass(value):
                yield f"{module.__name__.rpartition('.')[2]}.{name}", value
    for name in dir(cupy.ndarray):
        if not name.startswith("_") and callable(getattr(cupy.ndarray, name)):
            yield f"ndarray.{name}", getattr(cupy.ndarray, name)


FUNCTIONS = dict(functions())


def shares(result: Any, array: Any) -> bool:
    if isinstance(result, (list, tuple)):
        return any(shares(part, array) for part in result)
    return isinstance(result, cupy.ndarray) and bool(cupy.may_share_memory(result, array))


def outcome(function: Callable[..., Any], form: int) -> str:
    """Call a function on one stream with an array that another one has written."""
    with check_streams():
        maker, user = (cupy.cuda.Stream(non_blocking=True) for _ in "ab")
        with maker:
            array = cupy.arange(1.0, 10).reshape(3, 3)
            arguments = call_forms(array)[form]
        with user:
            try:
                result = function(*arguments)
            except StreamHazardError:
                return "read"
            except Exception:
                return "error"
        parts = [part for one in arguments for part in (one if isinstance(one, list) else [one])]
        if any(shares(result, part) for part in parts if isinstance(part, cupy.ndarray)):
            return "view"
        return "nothing"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, set[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            name: {outcome(function, form) for form in FORMS}
            for name, function in FUNCTIONS.items()
        }


def test_what_computes_reads(outcomes: dict[str, set[str]]) -> None:
    assert {name for name, found in outcomes.items() if "nothing" in found} <= NO_ACCESS
    assert sum("read" in found for found in outcomes.values()) > 350


def test_views_access_nothing(outcomes: dict[str, set[str]]) -> None:
    of_module = (
        "diagonal", "expand_dims", "real", "rollaxis", "swapaxes", "transpose", "squeeze", "ravel",
        "vsplit", "flipud", "atleast_3d", "asarray",
    )  # fmt: skip
    views = [f"cupy.{name}" for name in of_module]
    views += [f"ndarray.{name}" for name in ("view", "ravel", "diagonal", "squeeze")]
    assert [name for name in views if "view" not in outcomes[name]] == []


IN_PLACE: dict[str, Callable[[Any], Any]] = {
    "item": lambda a: a.__setitem__(0, 1),
    "slice": lambda a: a.__setitem__(slice(None), 1),
    "array": lambda a: a.__setitem__(slice(None), cupy.ones(3)),
    "index": lambda a: a.__setitem__([0, 1], 1),
    "two_indices": lambda a: a.__setitem__(([0, 1], [0, 1]), 1),
    "mask": lambda a: a.__setitem__(cupy.ones((3, 3), bool), 1),
    "add": lambda a: a.__iadd__(1),
    "out": lambda a: cupy.negative(cupy.ones((3, 3)), out=a),
    "sum_out": lambda a: cupy.ones((3, 3, 3)).sum(0, out=a),
    "cumsum_out": lambda a: cupy.ones((3, 3)).cumsum(0, out=a),
    "dot_out": lambda a: cupy.dot(cupy.ones((3, 3)), cupy.ones((3, 3)), out=a),
    "take_out": lambda a: cupy.ones((3, 3)).take(cupy.arange(3), 0, out=a),
    "clip_out": lambda a: cupy.ones((3, 3)).clip(0, 1, out=a),
    "concatenate_out": lambda a: cupy.concatenate([cupy.ones((1, 3)), cupy.ones((2, 3))], out=a),
    "median_out": lambda a: cupy.median(cupy.ones((3, 3, 3)), 0, out=a),
    "fill": lambda a: a.fill(1),
    "sort": lambda a: a.sort(),
    "partition": lambda a: a.partition(1),
    "byteswap": lambda a: a.byteswap(True),
    "put": lambda a: a.put([0], [1]),
    "set": lambda a: a.set(np.ones((3, 3))),
    "real": lambda a: setattr(a, "real", 1),
    "flat": lambda a: a.flat.__setitem__(slice(None), 1),
    "copyto": lambda a: cupy.copyto(a, cupy.ones((3, 3))),
    "copyto_scalar": lambda a: cupy.copyto(a, 1),
    "copyto_where": lambda a: cupy.copyto(a, 1, where=cupy.ones((3, 3), bool)),
    "putmask": lambda a: cupy.putmask(a, cupy.ones((3, 3), bool), 1.0),
    "place": lambda a: cupy.place(a, cupy.ones((3, 3), bool), 1.0),
    "fill_diagonal": lambda a: cupy.fill_diagonal(a, 1),
    "at": lambda a: cupy.add.at(a, [0, 0], 1),
    "shuffle": cupy.random.shuffle,
    "memset": lambda a: a.data.memset_async(0, 8),
    "copy_from": lambda a: a.data.copy_from_device_async(cupy.ones(3).data, 24),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_changes_an_array_writes(name: str) -> None:
    with check_streams():
        reader, writer = (cupy.cuda.Stream(non_blocking=True) for _ in "ab")
        with writer:
            IN_PLACE[name](cupy.ones((3, 3)))
        with reader:
            array = cupy.ones((3, 3))
        cupy.cuda.Device().synchronize()
        with reader:
            array + 1
        with writer, pytest.raises(StreamHazardError, match="write after read"):
            IN_PLACE[name](array)
