"""Checks of what a backend says of itself: its name, its devices, whether it can be used."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks.backend.harness import BackendHarness, backend_check
from zarr_devbuf.checks.errors import during


@backend_check(
    severity="raises",
    advice="Register the instance by its name: `register_backend(backend)`, or an entry point.",
)
def check_name(harness: BackendHarness) -> None:
    """The name is an identifier, and ``get_backend(name)`` gives this very backend.

    Users select a backend by its name, on command lines where a comma separates names, and pickles
    refer to it by its name. Source: `Backend.name`, `register_backend`.
    """
    name: object = harness.backend.name
    if not isinstance(name, str) or not name.isidentifier():
        expected = "an identifier: letters, digits and underscores, no digit first"
        raise harness.violated("backend.name", expected, repr(name))
    expected = f"{harness.backend!r} of class {type(harness.backend).__qualname__}, this very one"
    try:
        found = get_backend(name)
    except ValueError as error:
        case = f"get_backend({name!r})"
        raise harness.violated(case, expected, f"ValueError: {error}") from error
    if found is not harness.backend:
        another = f"another one: {found!r} of class {type(found).__qualname__}"
        raise harness.violated(f"get_backend({name!r})", expected, another)


@backend_check(
    severity="raises",
    advice="Find out once whether the device works, and keep the result for all threads.",
)
def check_available(harness: BackendHarness) -> None:
    """``unavailable_reason()`` is None and ``require()`` returns, on any thread.

    Zarr's pipelines work in threads of their own, and every method of a backend may be called from
    any thread. Source: `Backend`, `Backend.unavailable_reason`.
    """

    def reason() -> object:
        harness.backend.require()
        return harness.backend.unavailable_reason()

    with during("asking why the backend is unavailable, on this thread"):
        found = [reason()]
    with (
        during("asking why the backend is unavailable, on another thread"),
        ThreadPoolExecutor(1, thread_name_prefix="check_available") as pool,
    ):
        found.append(pool.submit(reason).result())
    for each, thread in zip(found, ("this thread", "another thread"), strict=True):
        if each is not None:
            case = f"backend.unavailable_reason() on {thread}"
            raise harness.violated(case, "None, as before", repr(each))


@backend_check(
    severity="raises",
    advice="Keep `Backend.__reduce__`, which pickles the name of the backend.",
)
def check_pickling(harness: BackendHarness) -> None:
    """A pickled backend is this very backend when it is unpickled.

    Reference buffers and stores refer to their backend, and Dask sends them to other processes.
    Source: `Backend.__reduce__` pickles by the name.
    """
    with during("pickling the backend"):
        data = pickle.dumps(harness.backend)
    with during("unpickling the backend"):
        found = pickle.loads(data)  # noqa: S301 - our own
    if found is not harness.backend:
        case, expected = "the unpickled backend", f"{harness.backend!r}, the same object"
        raise harness.violated(case, expected, f"{found!r}, another object")


@backend_check(
    severity="raises", advice="Count the devices that can be used, and name each or none."
)
def check_devices(harness: BackendHarness) -> None:
    """There is at least one device, and each has a name or none has.

    ``zarr-devbuf backends`` and the pytest plugin list them. Source: `Backend.device_count`,
    `Backend.device_names`.
    """
    with during("counting the devices"):
        count: object = harness.backend.device_count()
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        expected = "an int, at least 1: the backend is available"
        raise harness.violated("backend.device_count()", expected, repr(count))
    with during("naming the devices"):
        names: object = harness.backend.device_names()
    is_tuple = isinstance(names, tuple) and all(isinstance(each, str) for each in names)
    if not is_tuple or len(names) not in (0, count):  # type: ignore[arg-type]
        expected = f"a tuple of {count} str, or an empty one"
        raise harness.violated("backend.device_names()", expected, repr(names))


@backend_check(severity="raises", advice="Write versions as strings: `str(module.__version__)`.")
def check_versions(harness: BackendHarness) -> None:
    """``versions()`` gives a dict of names and versions, all of them strings.

    Reports show them, so that a finding can be reproduced. Source: `Backend.versions`.
    """
    with during("asking for the versions"):
        found: object = harness.backend.versions()
    if not isinstance(found, dict) or not all(
        isinstance(text, str) for item in found.items() for text in item
    ):
        raise harness.violated("backend.versions()", "a dict of str to str", repr(found))


@backend_check(
    severity="raises",
    advice="Wait for the device within `synchronize()`; return nothing that the caller would have "
    "to wait for.",
)
def check_synchronize(harness: BackendHarness) -> None:
    """``synchronize()`` returns, whether or not any work is queued.

    Benchmarks and the checks of streams call it. Source: `Backend.synchronize`.
    """
    for case in ("synchronize() the first time", "synchronize() once more"):
        with during(case):
            found: object = harness.backend.synchronize()  # type: ignore[func-returns-value]
        if found is not None:
            raise harness.violated(case, "None, once all queued work is done", repr(found))
