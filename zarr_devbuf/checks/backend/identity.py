"""Checks of what a backend says of itself: its name, its devices, whether it can be used."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


@check("backend")
def check_name(backend: Backend, _: Backend) -> None:
    """The name is an identifier, and ``get_backend(name)`` gives this very backend.

    Users select a backend by its name, on command lines where a comma separates names, and pickles
    refer to it by its name. Source: `Backend.name`, `register_backend`.
    """
    advice = "Register the instance by its name: `register_backend(backend)`, or an entry point."
    name: object = backend.name
    if not isinstance(name, str) or not name.isidentifier():
        raise violated(
            case="backend.name",
            expected="an identifier: letters, digits and underscores, no digit first",
            actual=repr(name),
            advice=advice,
        )
    case = f"get_backend({name!r})"
    try:
        found = get_backend(name)
    except ValueError as error:
        raise violated(
            case=case, expected=f"{backend!r}", actual=f"ValueError: {error}", advice=advice
        ) from error
    if found is not backend:
        raise violated(
            case=case,
            expected=f"{backend!r} of class {type(backend).__qualname__}, the one that is checked",
            actual=f"another one: {found!r} of class {type(found).__qualname__}",
            advice=advice,
        )


@check("backend")
def check_available(backend: Backend, _: Backend) -> None:
    """``unavailable_reason()`` is None and ``require()`` returns, on any thread.

    Zarr's pipelines work in threads of their own, and every method of a backend may be called from
    any thread. Source: `Backend`, `Backend.unavailable_reason`.
    """

    def reason() -> object:
        backend.require()
        return backend.unavailable_reason()

    with during("asking why the backend is unavailable, on this thread"):
        found = [reason()]
    with (
        during("asking why the backend is unavailable, on another thread"),
        ThreadPoolExecutor(1, thread_name_prefix="check_available") as pool,
    ):
        found.append(pool.submit(reason).result())
    for each, thread in zip(found, ("this thread", "another thread"), strict=True):
        if each is not None:
            raise violated(
                case=f"backend.unavailable_reason() on {thread}",
                expected="None, as before",
                actual=repr(each),
                advice="Find out once whether the device works, and keep the result for all "
                "threads.",
            )


@check("backend")
def check_pickling(backend: Backend, _: Backend) -> None:
    """A pickled backend is this very backend when it is unpickled.

    Reference buffers and stores refer to their backend, and Dask sends them to other processes.
    Source: `Backend.__reduce__` pickles by the name.
    """
    with during("pickling the backend"):
        data = pickle.dumps(backend)
    with during("unpickling the backend"):
        found = pickle.loads(data)  # noqa: S301 - our own
    if found is not backend:
        raise violated(
            case="pickle.loads(pickle.dumps(backend))",
            expected=f"{backend!r}, the same object",
            actual=f"{found!r}, another object",
            advice="Keep `Backend.__reduce__`, which pickles the name of the backend.",
        )


@check("backend")
def check_devices(backend: Backend, _: Backend) -> None:
    """There is at least one device, and each has a name or none has.

    ``zarr-devbuf backends`` and the pytest plugin list them. Source: `Backend.device_count`,
    `Backend.device_names`.
    """
    advice = "Count the devices that can be used, and name each or none."
    with during("counting the devices"):
        count: object = backend.device_count()
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise violated(
            case="backend.device_count()",
            expected="an int, at least 1: the backend is available",
            actual=repr(count),
            advice=advice,
        )
    with during("naming the devices"):
        names: object = backend.device_names()
    is_tuple = isinstance(names, tuple) and all(isinstance(each, str) for each in names)
    if not is_tuple or len(names) not in (0, count):  # type: ignore[arg-type]
        raise violated(
            case="backend.device_names()",
            expected=f"a tuple of {count} str, or an empty one",
            actual=repr(names),
            advice=advice,
        )


@check("backend")
def check_versions(backend: Backend, _: Backend) -> None:
    """``versions()`` gives a dict of names and versions, all of them strings.

    Reports show them, so that a finding can be reproduced. Source: `Backend.versions`.
    """
    with during("asking for the versions"):
        found: object = backend.versions()
    if not isinstance(found, dict) or not all(
        isinstance(text, str) for item in found.items() for text in item
    ):
        raise violated(
            case="backend.versions()",
            expected="a dict of str to str",
            actual=repr(found),
            advice="Write versions as strings: `str(module.__version__)`.",
        )


@check("backend")
def check_synchronize(backend: Backend, _: Backend) -> None:
    """``synchronize()`` returns, whether or not any work is queued.

    Benchmarks and the checks of streams call it. Source: `Backend.synchronize`.
    """
    for case in ("synchronize() the first time", "synchronize() once more"):
        with during(case):
            found: object = backend.synchronize()  # type: ignore[func-returns-value]
        if found is not None:
            raise violated(
                case=case,
                expected="None, once all queued work is done",
                actual=repr(found),
                advice="Wait for the device within `synchronize()`; return nothing that the caller "
                "would have to wait for.",
            )
