"""Checks of contents: listing, existence, sizes, deleting and clearing agree with one another."""

from __future__ import annotations

from collections import Counter

from zarr_devbuf.checks._assertions import assert_raises
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.store.harness import StoreHarness, rejects, store_check
from zarr_devbuf.checks.store.sample_values import pattern

# A sibling whose name begins with the letters of a directory's, but is not in it; and names that
# have to be quoted in URLs, or encoded: zarr does not restrict the names of nodes.
_TREE = {
    "a/zarr.json": 30,
    "a/c/0/0": 40,
    "a/c/0/1": 41,
    "ab/c/0": 50,
    "zarr.json": 20,
    "empty": 0,
    "größe 1/c.0": 12,
    "100%25/a+b#c/0": 13,
}
_DIRECTORIES = {
    "a": {"zarr.json", "c"},
    "a/c": {"0"},
    "a/c/0": {"0", "1"},
    "größe 1": {"c.0"},
    "100%25": {"a+b#c"},
    "nowhere": set(),
}


@store_check(advice="Yield each key once and as it was written, and directories by their slashes.")
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
        if not rejects(harness.collect, store.list):
            raise harness.violated(
                case="list of a store that declares supports_listing = False",
                expected="NotImplementedError",
                actual="no exception",
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
    # The beginning of a name is no directory.
    empty = dict.fromkeys(map(harness.key, ("nowhere", "zarr", "a/c/0/0/0", "größe")), True)
    for path, is_empty in ({root: False, "": False} | empty).items():
        harness.assert_equal(harness.run(store.is_empty(path)), is_empty, f"is_empty({path!r})")


@store_check(advice="Look up the key itself: a directory does not exist, an empty value does.")
def check_exists(harness: StoreHarness) -> None:
    """`exists` is true for every key that was written, including an empty value's, and no other.

    Neither for a name within a key, nor for one that a key begins with.
    """
    _fill(harness)
    expected = dict.fromkeys(_TREE, True)
    expected |= dict.fromkeys(("a/c/0/2", "a/c/0/0/0", "b", "zarr.jso"), False)
    for name, exists in expected.items():
        found = harness.run(harness.store.exists(harness.key(name)))
        harness.assert_equal(bool(found), exists, f"exists({name!r}), written: {', '.join(_TREE)}")


@store_check(
    advice="Compute sizes from what is stored now; raise FileNotFoundError for missing keys."
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
    if harness.store.supports_deletes:
        key = harness.put(pattern(7), "a/c/0/0")
        harness.assert_equal(getsize(key), 7, "getsize of a value that was replaced")


@store_check(advice="Delete just this key or directory, from contents, indices and caches.")
def check_delete(harness: StoreHarness) -> None:
    """A deleted key is missing for every method, the others stay, and a missing one is no error.

    `delete`, `delete_sync` and `delete_dir`. A store that declares that it cannot delete
    (`supports_deletes`) must raise, and keep the value.
    """
    _fill(harness)
    store = harness.store
    if not store.supports_deletes:
        key = harness.key("zarr.json")
        if not rejects(harness.delete, key):
            raise harness.violated(
                case="delete of a store that declares supports_deletes = False",
                expected="NotImplementedError",
                actual="no exception",
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
        _assert_missing(harness, "a/c/0/1", "delete_dir")
    else:
        harness.delete(harness.key("a/c/0/1"))
    for name in ("ab/c/0", "zarr.json", "größe 1/c.0"):
        case = f"{name!r}, after others were deleted"
        harness.assert_stored(harness.key(name), pattern(_TREE[name]), case)


@store_check(advice="Clear contents, indices and caches; or raise NotImplementedError.")
def check_clear(harness: StoreHarness) -> None:
    """`clear` removes every key, and the store accepts values again afterwards.

    A store that cannot clear raises `NotImplementedError`, and keeps its values.
    """
    _fill(harness)
    try:
        harness.run(harness.store.clear())
    except NotImplementedError:
        for name, length in _TREE.items():
            harness.assert_stored(harness.key(name), pattern(length), "a value after clear raised")
        raise NotApplicable("the store cannot clear itself, and raises") from None
    for name in _TREE:
        _assert_missing(harness, name, "clear")
    if harness.store.supports_listing:
        _assert_keys(harness, harness.collect(harness.store.list), set(), "list after clear")
    key = harness.put(b"new", "a/c/0/0")
    harness.assert_stored(key, b"new", "a value written after clear")


def _fill(harness: StoreHarness) -> None:
    for name, length in _TREE.items():
        harness.put(pattern(length), name)


def _assert_missing(harness: StoreHarness, name: str, after: str) -> None:
    key = harness.key(name)
    harness.assert_stored(key, None, f"{name!r} after {after}")
    found = harness.run(harness.store.exists(key))
    harness.assert_equal(found, False, f"exists({name!r}) after {after}")
    if harness.store.supports_listing:
        directory, _, leaf = key.rpartition("/")
        listed = leaf in harness.collect(harness.store.list_dir, directory)
        harness.assert_equal(listed, False, f"whether list_dir yields {name!r} after {after}")


def _assert_keys(harness: StoreHarness, found: list[str], expected: set[str], case: str) -> None:
    missing, extra = sorted(expected - set(found)), sorted(set(found) - expected)
    twice = sorted(key for key, count in Counter(found).items() if count > 1)
    if missing or extra or twice:
        raise harness.violated(
            case=case,
            expected=f"{len(expected)} keys: {sorted(expected)}",
            actual=f"missing {missing}, unexpected {extra}, more than once {twice}",
        )
