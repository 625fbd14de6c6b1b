"""Checks of contents: listing, existence, sizes, deleting and clearing agree with one another."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from zarr.abc.store import RangeByteRequest
from zarr.storage import FsspecStore, MemoryStore

from zarr_devbuf.checks._assertions import assert_raises
from zarr_devbuf.checks._harness import HOST, TimedOut
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.store.harness import StoreHarness, store_check, try_call
from zarr_devbuf.checks.store.sample_values import pattern
from zarr_devbuf.checks.store.wrapped import innermost_store

if TYPE_CHECKING:
    from collections.abc import Iterable

# A sibling whose name begins with the letters of a directory's, but is not in it; and names that
# have to be quoted in URLs, or encoded: zarr does not restrict the names of nodes.
_TREE = {
    "a/zarr.json": 30,
    "a/c/0/0": 40,
    "a/c/0/1": 41,
    "a/c/0/10": 42,
    "ab/c/0": 50,
    "zarr.json": 20,
    "empty": 0,
    "größe 1/c.0": 12,
    "100%25/a+b#c/0": 13,
}
_DIRECTORIES = {
    "a": {"zarr.json", "c"},
    "a/c": {"0"},
    "a/c/0": {"0", "1", "10"},
    "größe 1": {"c.0"},
    "100%25": {"a+b#c"},
    "nowhere": set(),
}


_PART = RangeByteRequest(1, 5)
# Differing in case; long, and the same for most of it; in several scripts, one with characters that
# are composed of several; beginnings of one another.
_NAMES = (
    "case/zarr.json",
    "Case/zarr.json",
    "Case/Zarr.json",
    *(f"{'long' * 45}{end}/{'x' * 200}/c" for end in "ab"),
    "/".join(["deep"] * 40 + ["c"]),
    "/".join(["deep"] * 40 + ["d"]),
    "データ/c/0",
    "данные/c/0",
    "u\u0308ber/c/0",
    "\U0001f9ca/c/0",
    "c/1",
    "c/10",
    "c/100",
)
# Pages of most services have 1000 keys.
_MANY = 1000 + random.Random(5).randint(1, 20)  # noqa: S311 - no secret
_SECONDS = 10.0
# Classes of zarr 3.4.2 that are cleared even if they are read-only.
_CLEAR_ALWAYS = (FsspecStore, MemoryStore)


@store_check(
    "documented",
    "read wrong",
    advice="Yield each key once and as it was written, and directories by their slashes.",
)
def check_listing(harness: StoreHarness) -> None:
    """`list`, `list_prefix`, `list_dir` and `is_empty` report every key once, and no other.

    At the root, in a directory and in one deeper down, under names with accents and signs. The
    order is free. A prefix is a directory, with its slash: zarr's own stores disagree on what it
    means without one. A store that declares no listing (`supports_listing`) must raise if it is
    asked to list: an empty result would be wrong.
    """
    store, root = harness.store, harness.root
    if not store.supports_listing:
        harness.put(b"x", "a")
        harness.assert_rejects(
            "list of a store that declares supports_listing = False",
            lambda: harness.collect(store.list),
            error="NotImplementedError",
            advice="Raise NotImplementedError, or declare supports_listing = True.",
        )
        raise NotApplicable("the store declares that it cannot list")
    harness.assert_equal(harness.run(store.is_empty(root)), True, f"is_empty({root!r}) at first")
    _fill(harness)
    keys = {harness.key(name) for name in _TREE}
    listings: list[tuple[str, tuple[str, ...], set[str]]] = [
        ("list", (), keys),
        ("list_prefix", ("",), keys),
        ("list_prefix", (f"{root}/",), keys),
        ("list_prefix", (f"{root}/a/",), {key for key in keys if key.startswith(f"{root}/a/")}),
        ("list_dir", ("",), {root}),
        ("list_dir", (root,), {name.partition("/")[0] for name in _TREE}),
        *(("list_dir", (harness.key(path),), names) for path, names in _DIRECTORIES.items()),
    ]
    for method, prefix, expected in listings:
        found = harness.collect(getattr(store, method), *prefix)
        if not any(prefix):  # a store that cannot be cleared may hold the keys of other checks
            found = [key for key in found if key.partition("/")[0] == root]
        _assert_keys(harness, found, expected, f"{method}({', '.join(map(repr, prefix))})")
    # As `zarr.Array` does for the keys of an array.
    found = harness.collect(store.list_prefix, prefix=f"{root}/")
    _assert_keys(harness, found, keys, "list_prefix, called with prefix=")
    # The beginning of a name is no directory.
    empty = dict.fromkeys(map(harness.key, ("nowhere", "zarr", "größe")), True)
    for path, is_empty in ({root: False, "": False} | empty).items():
        harness.assert_equal(harness.run(store.is_empty(path)), is_empty, f"is_empty({path!r})")


@store_check(
    "documented",
    "read wrong",
    advice="Look up the key itself: a directory does not exist, an empty value does.",
)
def check_exists(harness: StoreHarness) -> None:
    """`exists` is true for every key that was written, including an empty value's, and no other.

    Neither for a name within a key, nor for one that a key begins with.
    """
    _fill(harness)
    expected = dict.fromkeys(_TREE, True)
    expected |= dict.fromkeys(("a/c/0/2", "b", "zarr.jso"), False)
    for name, exists in expected.items():
        found = harness.run(harness.store.exists(harness.key(name)))
        harness.assert_equal(bool(found), exists, f"exists({name!r}), written: {', '.join(_TREE)}")


@store_check(
    "documented",
    "read wrong",
    advice="Compute sizes from what is stored now; raise FileNotFoundError for missing keys.",
)
def check_sizes(harness: StoreHarness) -> None:
    """`getsize` returns the length of a value in bytes, `getsize_prefix` the sum of a directory's.

    As they are now, even after a value was replaced. `getsize` of a missing key raises
    `FileNotFoundError`, which zarr catches.
    """
    _fill(harness)

    def getsize(key: str) -> object:
        return harness.run(harness.store.getsize(key))

    for name, length in _TREE.items():
        harness.assert_equal(getsize(harness.key(name)), length, f"getsize({name!r})")
    case, missing = "getsize of a missing key", harness.key("missing")
    assert_raises((FileNotFoundError,), getsize, missing, case=case, advice=harness.advice)
    if harness.store.supports_listing:
        expected = sum(length for name, length in _TREE.items() if name.startswith("a/"))
        found = harness.run(harness.store.getsize_prefix(harness.key("a")))
        harness.assert_equal(found, expected, "getsize_prefix('…/a')")
        if len(harness.collect(harness.store.list)) == len(_TREE):  # nothing else is in it
            found = harness.run(harness.store.getsize_prefix(""))
            harness.assert_equal(found, sum(_TREE.values()), "getsize_prefix('')")
    if harness.store.supports_deletes:
        key = harness.put(pattern(7), "a/c/0/0")
        harness.assert_equal(getsize(key), 7, "getsize of a value that was replaced")


@store_check(
    "documented",
    "read wrong",
    advice="Delete just this key or directory, from contents, indices and caches.",
)
def check_delete(harness: StoreHarness) -> None:
    """A deleted key is missing for every method, the others stay, and a missing one is no error.

    `delete`, `delete_sync` and `delete_dir`, of the root (``""``), too. Whatever a method has read
    before, it finds no more. A store that declares that it cannot delete
    (`supports_deletes`) must raise, and keep the value.
    """
    _fill(harness)
    store = harness.store
    _read_all(harness)
    if not store.supports_deletes:
        key = harness.key("zarr.json")
        harness.assert_rejects(
            "delete of a store that declares supports_deletes = False",
            lambda: harness.delete(key),
            error="NotImplementedError",
            advice="Raise NotImplementedError, or declare supports_deletes = True.",
        )
        harness.assert_stored(key, pattern(_TREE["zarr.json"]), "a value after a rejected delete")
        raise NotApplicable("the store declares that it cannot delete")
    harness.delete(harness.key("never/written"))
    harness.delete(harness.key("a/c/0/0"))
    _assert_missing(harness, "a/c/0/0", "delete")
    if harness.supports_sync:
        harness.call(store.delete_sync, harness.key("never/written"))
        harness.call(store.delete_sync, harness.key("empty"))
        _assert_missing(harness, "empty", "delete_sync")
    if store.supports_listing:
        harness.run(store.delete_dir(harness.key("nowhere")))
        harness.run(store.delete_dir(harness.key("a")))
        _assert_missing(harness, "a/zarr.json", "delete_dir")
        _assert_missing(harness, "a/c/0/10", "delete_dir")
    else:
        harness.delete(harness.key("a/c/0/1"))
        harness.assert_stored(harness.key("a/c/0/10"), pattern(42), "'a/c/0/10' after 'a/c/0/1'")
    for name in ("ab/c/0", "zarr.json", "größe 1/c.0"):
        case = f"{name!r}, after others were deleted"
        harness.assert_stored(harness.key(name), pattern(_TREE[name]), case)
    if store.supports_listing:
        harness.run(store.delete_dir(""))
        for name in ("zarr.json", "ab/c/0", "100%25/a+b#c/0"):
            _assert_missing(harness, name, "delete_dir('')")
        key = harness.put(b"new", "ab/c/0")
        harness.assert_stored(key, b"new", "a value written after delete_dir('')")


@store_check(
    "documented",
    "read wrong",
    advice="Clear contents, indices and caches; or raise NotImplementedError.",
)
def check_clear(harness: StoreHarness) -> None:
    """`clear` removes every key, and the store accepts values again afterwards.

    A store that cannot clear raises `NotImplementedError`, and keeps its values. A store that was
    cleared can be opened, read-only, too.
    """
    _fill(harness)
    _read_all(harness)
    # Beside the directory that holds all the others, as ``zarr.json`` of a root group is.
    beside = [harness.set(f"{harness.root}{name}", b"beside") for name in (".json", "-a/c/0", "~")]
    try:
        harness.run(harness.store.clear())
    except NotImplementedError:
        for name, length in _TREE.items():
            harness.assert_stored(harness.key(name), pattern(length), "a value after clear raised")
        raise NotApplicable("the store cannot clear itself, and raises") from None
    for name in _TREE:
        _assert_missing(harness, name, "clear")
    for each in beside:
        harness.assert_stored(each, None, f"{each!r} after clear")
    if harness.store.supports_listing:
        _assert_keys(harness, harness.collect(harness.store.list), set(), "list after clear")
    with suppress(NotApplicable):
        reader = harness.handle(read_only=True)
        reader.assert_stored(harness.key("a/c/0/0"), None, "with_read_only(True) after clear")
    key = harness.put(b"new", "a/c/0/0")
    harness.assert_stored(key, b"new", "a value written after clear")


@store_check("documented", "stored wrong", advice="Call `self._check_writable()` first in `clear`.")
def check_clear_read_only(harness: StoreHarness) -> None:
    """`clear` of a read-only store raises, and removes nothing.

    `zarr.abc.store.Store.clear` calls `_check_writable` first. Does not apply to a store that
    derives from a class of zarr that does not, or wraps another store: the finding is theirs.
    """
    cls = type(harness.store)
    for owner in _CLEAR_ALWAYS:
        if issubclass(cls, owner) and cls is not owner:
            reason = f"{owner.__module__}.{owner.__qualname__}, whose `clear` is checked by itself"
            raise NotApplicable(f"the store derives from {reason}")
    if innermost_store(harness.store) is not harness.store:
        raise NotApplicable("the store wraps another, whose `clear` is checked by itself")
    key = harness.put(pattern(23))
    reader, case = harness.handle(read_only=True), "clear of with_read_only(True)"
    harness.assert_rejects(case, lambda: reader.run(reader.store.clear()), error="ValueError")
    harness.assert_stored(key, pattern(23), f"a value after {case}")


@store_check(
    "documented",
    "stored wrong",
    advice="Use keys as they are: do not shorten, normalize or fold them.",
)
def check_names(harness: StoreHarness) -> None:
    """Keys that differ by case, far into a long name, or in any script are different keys.

    Zarr's specification: "node names are case sensitive"; a key is a string of Unicode characters.
    Each has a value of its own, is listed as it was written, and is deleted alone.
    """
    values = {harness.key(name): pattern(20 + i, seed=i) for i, name in enumerate(_NAMES)}
    for key, data in values.items():
        harness.set(key, data)
    for key, data in values.items():
        harness.assert_stored(key, data, f"{key!r}, one of {len(values)} keys")
        harness.assert_equal(bool(harness.run(harness.store.exists(key))), True, f"exists({key!r})")
    if harness.store.supports_listing:
        _assert_keys(harness, harness.listed(), set(values), "list")
    if harness.store.supports_deletes:
        gone = harness.key("Case/Zarr.json")
        harness.delete(gone)
        for key, data in values.items():
            harness.assert_stored(key, None if key == gone else data, f"{key!r} after {gone!r}")


@store_check(
    "documented",
    "read wrong",
    lists=True,
    advice="Go on to the next page of a listing until there is none.",
)
def check_many_keys(harness: StoreHarness) -> None:
    """More than 1000 keys are listed and deleted, all of them.

    `zarr.abc.store.Store.list`, `list_prefix`, `list_dir`, `delete_dir`: services answer in pages
    of 1000 keys. Does not apply to a store that takes seconds for so many.
    """
    try:
        _list_and_delete_many(harness)
    except TimedOut as error:
        raise NotApplicable(f"the store is too slow to be filled with {_MANY} keys") from error


def _list_and_delete_many(harness: StoreHarness) -> None:
    store, prefix = harness.store, harness.key("many")
    value = harness.value(b"x", host=HOST in harness.prototypes())
    names = sorted(f"{number:x}" for number in range(_MANY))
    keys = [f"{prefix}/{name}" for name in names]
    started = time.monotonic()

    async def write(some: list[str]) -> None:
        await asyncio.gather(*(store.set(key, value) for key in some))

    def write_sync(some: list[str]) -> None:
        for key in some:
            store.set_sync(key, value)

    for first in range(0, len(keys), 100):
        some = keys[first : first + 100]
        harness.call(write_sync, some) if harness.supports_sync else harness.run(write(some))
        if time.monotonic() - started > _SECONDS:
            raise NotApplicable(f"the store takes over {_SECONDS:g} s to write {_MANY} keys")
    found = [key for key in harness.collect(store.list) if key.startswith(f"{prefix}/")]
    _assert_keys(harness, found, keys, "list")
    found = harness.collect(store.list_prefix, f"{prefix}/")
    _assert_keys(harness, found, keys, "list_prefix")
    _assert_keys(harness, harness.collect(store.list_dir, prefix), names, "list_dir")
    if store.supports_deletes:
        harness.run(store.delete_dir(prefix))
        found = harness.collect(store.list_prefix, f"{prefix}/")
        _assert_keys(harness, found, (), "list_prefix after delete_dir")


@store_check(
    "ours", "read wrong", advice="Compare whole keys: a value has nothing in it as a directory has."
)
def check_below_a_value(harness: StoreHarness) -> None:
    """Nothing exists, or is listed, under a key that has a value.

    An exception is accepted: no contract of zarr excludes it.
    """
    harness.put(pattern(40), "a/c/0/0")
    key, path = harness.key("a/c/0/0/0"), harness.key("a/c/0/0")
    raised, found = try_call(lambda: harness.run(harness.store.exists(key)))
    if not raised:
        harness.assert_equal(bool(found), False, f"exists({key!r}), if {path!r} has a value")
    if harness.store.supports_listing:
        raised, found = try_call(harness.collect, harness.store.list_dir, path)
        if not raised:
            _assert_keys(harness, found, set(), f"list_dir({path!r}), which has a value")


def _fill(harness: StoreHarness) -> None:
    for name, length in _TREE.items():
        harness.put(pattern(length), name)


def _read_all(harness: StoreHarness) -> None:
    """Read every value by every method, whole and in part: a cache remembers them."""
    for name, length in _TREE.items():
        for read in harness.reads().values():
            read(harness.key(name))
            if length:
                read(harness.key(name), byte_range=_PART)


def _assert_missing(harness: StoreHarness, name: str, after: str) -> None:
    key = harness.key(name)
    for reader, read in harness.reads().items():
        for byte_range in (None, _PART):
            harness.assert_missing(reader, read, key, f"{name!r} after {after}", byte_range)
    found = harness.run(harness.store.exists(key))
    harness.assert_equal(found, False, f"exists({name!r}) after {after}")
    if harness.store.supports_listing:
        directory, _, leaf = key.rpartition("/")
        listed = leaf in harness.collect(harness.store.list_dir, directory)
        harness.assert_equal(listed, False, f"whether list_dir yields {name!r} after {after}")


def _assert_keys(
    harness: StoreHarness, found: list[str], expected: Iterable[str], case: str
) -> None:
    expected = set(expected)
    missing, extra = sorted(expected - set(found)), sorted(set(found) - expected)
    twice = sorted(key for key, count in Counter(found).items() if count > 1)
    if missing or extra or twice:
        raise harness.violated(
            case=case,
            expected=f"{len(expected)} keys: {sorted(expected)}",
            actual=f"missing {missing}, unexpected {extra}, more than once {twice}",
        )
