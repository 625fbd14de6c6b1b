"""Checks of opening: what the constructors of a store return, and a store that is not open yet."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from itertools import product
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.store.harness import StoreHarness, store_check, try_call
from zarr_devbuf.checks.store.sample_values import pattern
from zarr_devbuf.checks.store.wrapped import wrapped_stores

if TYPE_CHECKING:
    from zarr.abc.store import Store

_TASKS = 4


@store_check(
    "documented",
    "stored wrong",
    advice="Pass the arguments of `open` on to the class, and open what it makes.",
)
def check_open(harness: StoreHarness) -> None:
    """`open` and `from_url` return a store of the class on the same contents, read-only if asked.

    `zarr.abc.store.Store.open`: "Create and open the store". Its arguments are those attributes of
    the store that its constructor names; its URL is what ``str`` gives, if that is one. Does not
    apply to wrappers, whose `open` differs, and to archives.
    """
    store, data = harness.store, pattern(27)
    if wrapped_stores(store):
        raise NotApplicable("the store wraps another: its `open` takes other arguments")
    harness.handle(read_only=True)  # an archive has none: it is open only once
    cls, arguments = type(store), _arguments(type(store), store)
    opens = {f"open({', '.join(arguments)})": partial(cls.open, **arguments)}
    if hasattr(cls, "from_url") and "://" in str(store):
        opens["from_url(str(store))"] = partial(cls.from_url, str(store))
    key = harness.put(data)
    for (case, make), read_only in product(opens.items(), (False, True)):
        opened = make(read_only=read_only)
        if inspect.isawaitable(opened):
            opened = harness.run(opened)
            harness.assert_equal(
                getattr(opened, "_is_open", True), True, f"is it open after {case}"
            )
        harness.assert_equal(type(opened), cls, f"the class of {case}")
        harness.assert_equal(opened.read_only, read_only, f"read_only of {case}, {read_only=}")
        handle = harness.on(opened)
        if arguments:
            handle.assert_stored(key, data, f"a value read through {case}, {read_only=}")
        if read_only:
            handle.assert_rejects_writes()
        else:
            other = handle.put(data)
            for each in (handle, harness) if arguments else (handle,):
                each.assert_stored(other, data, f"a value written through {case}")


@store_check(
    "precedent",
    "raises",
    advice="Open the store, if it is not open yet, in whatever reads, writes or lists.",
)
def check_opens_itself(harness: StoreHarness) -> None:
    """A store that nobody has opened works, whichever method is called first.

    zarr's tests of stores demand it of `get` and `set` (`zarr.testing.store.StoreTests`). What the
    constructor, `with_read_only` or `pickle.loads` returns is used as it is, without `open`.
    """
    data, path = pattern(33), harness.key("never/opened")

    def handle() -> StoreHarness:
        return harness.handle(read_only=False)

    key = harness.set(f"{path}/c", data)
    for read in harness.reads():
        harness.assert_value(handle().reads()[read](key), data, f"{read} is called first")
    for write in harness.writes():
        unopened, written = handle(), harness.key()
        unopened.writes()[write](written, harness.value(data))
        unopened.assert_stored(written, data, f"{write} is called first")
    calls: dict[str, tuple[str, object]] = {"exists": (key, True), "getsize": (key, len(data))}
    if harness.store.supports_listing:
        calls |= {"is_empty": (path, False), "getsize_prefix": (path, len(data))}
        for method, prefix, name in (("list_prefix", f"{path}/", key), ("list_dir", path, "c")):
            found = harness.collect(getattr(handle().store, method), prefix)
            harness.assert_equal(found, [name], f"{method} is called first")
        harness.assert_equal(key in handle().listed(), True, "list is called first: the key is in")
    for method, (argument, expected) in calls.items():
        result = harness.run(getattr(handle().store, method)(argument))
        harness.assert_equal(result, expected, f"{method} is called first")
    if harness.store.supports_deletes:
        unopened = handle()
        unopened.delete(key)
        unopened.assert_stored(key, None, "delete is called first")


@store_check(
    "precedent",
    "raises",
    advice="Open the store once: look again whether it is open after each `await`.",
)
def check_opened_by_tasks(harness: StoreHarness) -> None:
    """A store that nobody has opened works if several tasks use it first, at once.

    What the constructor and `with_read_only` return is not open, and zarr's tests of stores use it
    so (`zarr.testing.store.StoreTests`). `Store._open` raises ``ValueError: store is already open``
    if it is called again; zarr's `LocalStore` waits while it opens, and was changed to open once.
    """
    data, path = pattern(41), harness.key("never/opened")
    keys = [harness.set(f"{path}/{i}", data) for i in range(_TASKS)]

    def handle() -> StoreHarness:
        return harness.handle(read_only=False)

    async def read(store: Store) -> list[Any]:
        return await asyncio.gather(*(store.get(key, harness.prototype) for key in keys))

    async def write(store: Store, names: list[str]) -> None:
        values = [(name, harness.value(data)) for name in names]
        await asyncio.gather(*(store.set(name, value) for name, value in values))

    for key, found in zip(keys, harness.run(read(handle().store)), strict=True):
        harness.assert_value(found, data, f"{key!r}, one of {_TASKS} reads at once are the first")
    unopened, names = handle(), [harness.key() for _ in range(_TASKS)]
    harness.run(write(unopened.store, names))
    for name in names:
        unopened.assert_stored(name, data, f"one of {_TASKS} writes at once is the first")


@store_check(
    "documented",
    "stored wrong",
    lists=True,
    deletes=True,
    advice="Prefix every key with the path, and list, measure and delete only what begins with it.",
)
def check_path(harness: StoreHarness) -> None:
    """A store at a path within another has the keys below it, without the path, and no others.

    Of a store whose constructor takes such a `path` or `root`: "All keys will be prefixed with this
    path" (`zarr.storage.ManagedMemoryStore`). `delete_dir("")` and `clear` remove nothing else.
    """
    data = pattern(35)
    joined, inner = _store_within(harness)
    for after, remove in {
        'delete_dir("")': lambda: inner.store.delete_dir(""),
        "clear": inner.store.clear,
    }.items():
        beside = harness.set(f"{harness.root}-beside/c", data)
        harness.put(data, "a/c")
        inner.set("b/c", data)
        for case, found, expected in (
            ("list", inner.collect(inner.store.list), ["a/c", "b/c"]),
            ('list_prefix("")', inner.collect(inner.store.list_prefix, ""), ["a/c", "b/c"]),
            ('list_prefix("a/")', inner.collect(inner.store.list_prefix, "a/"), ["a/c"]),
            ('list_dir("")', inner.collect(inner.store.list_dir, ""), ["a", "b"]),
            ('getsize_prefix("")', [inner.run(inner.store.getsize_prefix(""))], [2 * len(data)]),
        ):
            harness.assert_equal(sorted(found), expected, f"{case} of the store at {joined!r}")
        harness.assert_stored(harness.key("b/c"), data, "a value written through the inner store")
        inner.assert_stored("a/c", data, "a value read through the inner store")
        inner.run(remove())
        harness.assert_stored(beside, data, f"a value beside the inner store, after its {after}")


def _store_within(harness: StoreHarness) -> tuple[object, StoreHarness]:
    """Return the path below which a harness has its keys, and a harness for a store there."""
    cls: Any = type(harness.store)
    arguments, probe = _arguments(cls, harness.store), harness.put(b"x", "probe")
    for name in {"path", "root"} & set(arguments):
        place = arguments[name]
        root = place / harness.root if isinstance(place, PurePath) else f"{place}/{harness.root}"
        raised, store = try_call(partial(cls, **arguments | {name: root}))
        # The path may be that of a file that holds all values.
        if not raised and try_call(harness.on(store).get, "probe")[1] is not None:
            harness.delete(probe)
            return root, harness.on(store)
    raise NotApplicable("the constructor of the store takes no path that its keys begin with")


def _arguments(cls: type, store: Any) -> dict[str, Any]:
    """Return the arguments of a constructor that a store has as attributes of these names."""
    arguments = {}
    parameters = list(inspect.signature(cls).parameters.values())
    if "read_only" not in [each.name for each in parameters]:
        raise NotApplicable("the constructor of the store has no argument read_only")
    for each in parameters:
        if each.name == "read_only" or each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL):
            continue
        for name in (each.name, f"_{each.name}"):
            if each.kind is not each.POSITIONAL_ONLY and hasattr(store, name):
                arguments[each.name] = getattr(store, name)
                break
        else:
            if each.default is each.empty:
                raise NotApplicable(f"the store has no attribute {each.name!r}, to open it by")
    return arguments
