"""Checks of contents: listing, existence, sizes, deleting and clearing tell one story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.assertions import refused
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.sample_values import pattern

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.harness import Trial


# A sibling that shares the letters of a directory's name, but not the directory; and names that
# have to be quoted in addresses, or written as other bytes: Zarr leaves the names of nodes free.
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


@check("store")
def check_listing(subject: Any, backend: Backend) -> None:
    """`list`, `list_prefix`, `list_dir` and `is_empty` name every key once, and no other.

    At the root, in a directory and in one deeper down, under names with accents and signs. The
    order is free. A prefix is a directory, with its slash: what it means without one, Zarr's own
    stores disagree about. A store that declares no listing (`supports_listing`) must raise when it
    is asked to list: an empty answer is a wrong one.
    """
    with trial(subject, backend) as case:
        if not case.store.supports_listing:
            _must_refuse_to_list(case)
            raise NotApplicable("the store declares that it cannot list (supports_listing)")
        _is_empty(case, case.root, due=True)
        _fill(case)
        keys = {case.key(name) for name in _TREE}
        listed = [key for key in case.collect(case.store.list) if key.startswith(case.root)]
        _same(listed, keys, "list()")
        _same(case.collect(case.store.list_prefix, case.key("")), keys, "list_prefix of the root")
        under = {key for key in keys if key.startswith(case.key("a/"))}
        _same(case.collect(case.store.list_prefix, case.key("a/")), under, "list_prefix('…/a/')")
        children = {name.partition("/")[0] for name in _TREE}
        _same(case.collect(case.store.list_dir, case.root), children, "list_dir of the root")
        for directory, names in (
            ("a", {"zarr.json", "c"}),
            ("a/c", {"0"}),
            ("a/c/0", {"0", "1"}),
            ("größe 1", {"c.0"}),
            ("100%25", {"a+b#c"}),
            ("nowhere", set()),
        ):
            found = case.collect(case.store.list_dir, case.key(directory))
            _same(found, names, f"list_dir('…/{directory}')")
        # Others' leftovers, in a store that cannot clear itself, lie beside this trial's.
        at_root = [each for each in case.collect(case.store.list_dir, "") if each == case.root]
        _same(at_root, {case.root}, "list_dir('')")
        under_root = case.collect(case.store.list_prefix, "")
        _same([key for key in under_root if key.startswith(case.root)], keys, "list_prefix('')")
        _is_empty(case, case.root, due=False)
        _is_empty(case, "", due=False)
        # Not there: the beginning of a name is no directory.
        for name in ("nowhere", "zarr", "a/c/0/0/0", "größe"):
            _is_empty(case, case.key(name), due=True)


@check("store")
def check_exists(subject: Any, backend: Backend) -> None:
    """`exists` is true for every key that was written, an empty value's too, and no other.

    Neither for a name within a key, nor for one that a key begins with.
    """
    with trial(subject, backend) as case:
        _fill(case)
        asked = dict.fromkeys(_TREE, True)
        asked |= {"a/c/0/2": False, "a/c/0/0/0": False, "b": False, "zarr.jso": False}
        for name, due in asked.items():
            found = case.run(case.store.exists(case.key(name)))
            if bool(found) is not due:
                raise violated(
                    case=f"exists({name!r}), written: {', '.join(_TREE)}",
                    expected=str(due),
                    actual=repr(found),
                    advice="Answer for the very key; an empty value exists.",
                )


@check("store")
def check_sizes(subject: Any, backend: Backend) -> None:
    """`getsize` gives the length of a value in bytes, `getsize_prefix` the sum of a directory's.

    As they are now, also where a value was replaced. `getsize` of a missing key raises
    `FileNotFoundError`.
    """
    with trial(subject, backend) as case:
        _fill(case)
        for name, length in _TREE.items():
            _is(case.run(case.store.getsize(case.key(name))), length, f"getsize({name!r})")
        try:
            found = case.run(case.store.getsize(case.key("missing")))
        except FileNotFoundError:
            pass
        else:
            raise violated(
                case="getsize of a missing key",
                expected="FileNotFoundError",
                actual=repr(found),
                advice="Raise FileNotFoundError, which Zarr catches.",
            )
        if case.store.supports_listing:
            due = sum(length for name, length in _TREE.items() if name.startswith("a/"))
            _is(case.run(case.store.getsize_prefix(case.key("a"))), due, "getsize_prefix('…/a')")
        if case.store.supports_deletes:
            key = case.put("a/c/0/0", pattern(7))
            _is(case.run(case.store.getsize(key)), 7, "getsize of a value that was replaced")


@check("store")
def check_delete(subject: Any, backend: Backend) -> None:
    """A deleted key is gone for every method, its neighbours stay, and a missing one is no error.

    `delete`, `delete_sync` and `delete_dir`. A store that declares that it cannot delete
    (`supports_deletes`) must raise, and keep the value.
    """
    with trial(subject, backend) as case:
        _fill(case)
        if not case.store.supports_deletes:
            _must_refuse_to_delete(case)
            raise NotApplicable("the store declares that it cannot delete (supports_deletes)")
        store: Any = case.store
        case.run(store.delete(case.key("never/written")))
        case.run(store.delete(case.key("a/c/0/0")))
        _gone(case, "a/c/0/0", "delete")
        if case.supports_sync:
            store.delete_sync(case.key("never/written"))
            store.delete_sync(case.key("empty"))
            _gone(case, "empty", "delete_sync")
        if case.store.supports_listing:
            case.run(store.delete_dir(case.key("nowhere")))
            case.run(store.delete_dir(case.key("a")))
            _gone(case, "a/zarr.json", "delete_dir")
            _gone(case, "a/c/0/1", "delete_dir")
        else:
            case.run(store.delete(case.key("a/c/0/1")))
        for name in ("ab/c/0", "zarr.json", "größe 1/c.0"):
            case.holds(case.key(name), pattern(_TREE[name]), f"{name!r}, when others were deleted")


@check("store")
def check_clear(subject: Any, backend: Backend) -> None:
    """`clear` removes every key, and the store takes values again afterwards.

    A store that cannot clear raises `NotImplementedError`, and keeps its values.
    """
    with trial(subject, backend) as case:
        _fill(case)
        try:
            case.run(case.store.clear())
        except NotImplementedError:
            for name, length in _TREE.items():
                case.holds(case.key(name), pattern(length), f"{name!r}, when clear was refused")
            raise NotApplicable("the store cannot clear itself, and says so") from None
        for name in _TREE:
            _gone(case, name, "clear")
        if case.store.supports_listing:
            _same(case.collect(case.store.list), set(), "list() after clear")
        key = case.put("a/c/0/0", b"new")
        case.holds(key, b"new", "a value written after clear")


def _fill(case: Trial) -> None:
    for name, length in _TREE.items():
        case.put(name, pattern(length))


def _must_refuse_to_list(case: Trial) -> None:
    case.put("a", b"x")
    listed: list[Any] = []
    if refused(lambda: listed.extend(case.collect(case.store.list))):
        return
    raise violated(
        case="list() of a store that declares supports_listing = False",
        expected="NotImplementedError",
        actual=f"{len(listed)} keys",
        advice="Raise NotImplementedError; or, if the store lists, let supports_listing be True.",
    )


def _must_refuse_to_delete(case: Trial) -> None:
    key = case.key("zarr.json")
    if refused(lambda: case.run(case.store.delete(key))):
        case.holds(key, pattern(_TREE["zarr.json"]), "a value whose deletion was refused")
        return
    raise violated(
        case="delete of a store that declares supports_deletes = False",
        expected="NotImplementedError",
        actual="no exception",
        advice="Raise NotImplementedError; or, if the store deletes, let supports_deletes be True.",
    )


def _gone(case: Trial, name: str, by: str) -> None:
    key = case.key(name)
    case.holds(key, None, f"{name!r} after {by}")
    _is(case.run(case.store.exists(key)), False, f"exists({name!r}) after {by}")
    if case.store.supports_listing:
        directory, _, leaf = key.rpartition("/")
        if leaf in case.collect(case.store.list_dir, directory):
            raise violated(
                case=f"list_dir after {by}",
                expected=f"{name!r} is not listed",
                actual="it is",
                advice="Let listing and deleting work on the same contents, caches included.",
            )


def _is_empty(case: Trial, prefix: str, *, due: bool) -> None:
    _is(case.run(case.store.is_empty(prefix)), due, f"is_empty({prefix!r})")


def _is(found: object, due: object, what: str) -> None:
    if found != due:
        raise violated(
            case=what,
            expected=repr(due),
            actual=repr(found),
            advice="Let all methods work on the same contents, caches included.",
        )


def _same(found: list[str], due: set[str], what: str) -> None:
    if sorted(found) != sorted(due):
        missing, extra = sorted(due - set(found)), sorted(set(found) - due)
        twice = sorted({key for key in found if found.count(key) > 1})
        raise violated(
            case=what,
            expected=f"{len(due)} keys: {sorted(due)}",
            actual=f"missing {missing}, not due {extra}, more than once {twice}",
            advice="Name each key once, as it was written: not a path, nor a key's first letters.",
        )
