"""Finding subjects, and selecting them by what a user types."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import zarr.registry
import zarr.storage
from zarr.storage import MemoryStore, WrapperStore

from tests.subjects.audit_codecs import INSTANCE, Flip, NeedsFolder
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf.audit import (
    KINDS,
    Subject,
    SubjectError,
    find_subjects,
    run_subject,
    select_subjects,
)
from zarr_devbuf.audit.subjects.known_stores import find_stores, maker_of


def known(*names: str) -> list[Subject]:
    return [Subject("codec", name, "zarr", "registered", f"m:{name}", name) for name in names]


def write_package(folder: Path, name: str, group: str, entry: str, source: str) -> None:
    (folder / f"{name}.py").write_text(source)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")


def named(name: str) -> list[Subject]:
    return [subject for subject in find_subjects() if subject.codec_name == name]


def test_zarrs_own_come_first_and_names_are_unique() -> None:
    subjects = find_subjects()
    for kind in KINDS:
        packages = [subject.package for subject in subjects if subject.kind == kind]
        assert packages, kind
        assert packages == sorted(packages, key=lambda package: (package != "zarr", package))
    assert [s.kind for s in subjects] == sorted((s.kind for s in subjects), key=KINDS.index)
    assert len({(subject.kind, subject.name) for subject in subjects}) == len(subjects)


@pytest.mark.parametrize(
    ("group", "entry"),
    [
        ("zarr.codecs", "their.codec = their_pkg:Codec"),
        ("zarr.codecs.theirs", "x = their_pkg:Codec"),
    ],
)
def test_entry_points_are_found_but_not_loaded(
    group: str, entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path, "their_pkg", group, entry, "raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    (subject,) = named("theirs" if group.endswith(".theirs") else "their.codec")
    assert subject.package == "their_pkg"
    assert subject.target == "their_pkg:Codec"
    assert "their_pkg" not in sys.modules


def test_two_implementations_of_one_name_are_two_subjects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path, "rival_pkg", "zarr.codecs", "zstd = rival_pkg:Zstd", "")
    monkeypatch.syspath_prepend(tmp_path)
    subjects = named("zstd")
    assert [subject.package for subject in subjects] == ["zarr", "rival_pkg"]
    assert subjects[1].name == "zstd (rival_pkg:Zstd)"
    assert select_subjects(["zstd"], find_subjects()) == tuple(subjects)


def test_class_of_two_names_is_one_subject_with_an_alias() -> None:
    (subject,) = named("bytes")
    assert (subject.name, subject.aliases) == ("bytes", ("endian",))
    assert named("endian") == []
    assert select_subjects(["endian"], find_subjects()) == (subject,)
    assert run_subject(subject, "cpu").aliases == ("endian",)


def test_stores_of_zarr_are_found() -> None:
    found = {subject.name: subject for subject in find_subjects() if subject.kind == "store"}
    assert {name.partition(" (")[0] for name in found} >= {
        "CacheStore",
        "FsspecStore",
        "GpuMemoryStore",
        "LocalStore",
        "LoggingStore",
        "MemoryStore",
        "ObjectStore",
        "WrapperStore",
        "ZipStore",
    }
    assert {subject.package for subject in found.values()} == {"zarr"}
    # A library's stores are audited one by one, and all of them by their common name.
    chosen = select_subjects(["ObjectStore"], find_subjects())
    assert [s.name for s in chosen] == ["ObjectStore (memory)", "ObjectStore (file)"]


def test_store_that_is_new_to_the_audit_is_found_and_made(monkeypatch: pytest.MonkeyPatch) -> None:
    class Around(WrapperStore[Any]):
        def __init__(self, store: Any, *, other_store: Any) -> None:
            super().__init__(store)
            self.other = other_store

    class Particular(MemoryStore):
        def __init__(self, bucket: str) -> None:
            super().__init__()
            self.bucket = bucket

    for cls in (Around, Particular):
        monkeypatch.setattr(zarr.storage, cls.__name__, cls, raising=False)
        assert cls in find_stores()
    make = maker_of(Around, "Around")
    assert make is not None
    store = make(Path(), "")
    assert isinstance(store, Around)
    assert isinstance(store.other, MemoryStore)
    assert maker_of(Particular, "Particular") is None


def test_class_that_needs_a_folder_gets_an_empty_one(tmp_path: Path) -> None:
    make = maker_of(NeedsFolder, "x")
    assert make is not None
    store = make(tmp_path, "name")
    assert isinstance(store, NeedsFolder)
    assert store.root == tmp_path / "name"
    (subject,) = select_subjects(["tests.subjects.audit_codecs:NeedsFolder"], ())
    result = run_subject(subject, "cpu")
    assert result.judged > len(result.checks) // 2


def test_store_that_needs_arguments_is_explained() -> None:
    subject = Subject("store", "x", "", "known", "tests.subjects.audit_codecs:NeedsBucket")
    result = run_subject(subject, "cpu")
    assert result.verdict == "unsupported"
    (check,) = result.checks
    assert "needs arguments (bucket)" in check.message
    assert "package.module:make_store" in check.message


def test_a_loaded_entry_point_is_not_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from tests.subjects.audit_codecs import Flip as Codec"
    write_package(tmp_path, "loaded_pkg", "zarr.codecs", "loaded = loaded_pkg:Codec", source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(zarr.registry._codec_registries, "loaded", zarr.registry.Registry())
    __import__("loaded_pkg")
    zarr.registry.register_codec("loaded", Flip)
    (subject,) = named("loaded")
    assert subject.package == "loaded_pkg"


def test_listing_survives_another_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    # Should zarr ever move its private registry, its own codecs are still found.
    monkeypatch.delattr(zarr.registry, "_codec_registries")
    monkeypatch.setattr(zarr.registry, "get_codec_class", lambda _name: Flip)
    assert {"zstd", "bytes"} <= {name for subject in find_subjects() for name in subject.names}


def test_nothing_selects_everything() -> None:
    subjects = known("a", "b")
    assert select_subjects([], subjects) == tuple(subjects)


def test_names_select_in_the_order_asked_for_and_once() -> None:
    a, b, c = known("a", "b", "c")
    assert select_subjects(["c", "a", "c"], [a, b, c]) == (c, a)


def test_wildcards_select() -> None:
    subjects = known("numcodecs.zlib", "numcodecs.bz2", "zstd")
    assert select_subjects(["numcodecs.*"], subjects) == tuple(subjects[:2])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zst", "Did you mean zstd?"),
        ("ZSTD", "Did you mean zstd?"),
        ("qqqq", "There are 2, for example gzip, zstd."),
        ("", "is named ''"),
        ("q*", "is named 'q*'"),
        ('{"name": ', "not valid JSON"),
        ("{}", "the JSON of a codec is"),
        ('{"name": "zstd", "configuration": [1]}', "the JSON of a codec is"),
        ('{"name": "zstd", "configuraton": {}}', "not ['configuraton']"),
        ('{"name": "zstdd"}', "no codec is registered as 'zstdd'. Did you mean zstd?"),
        ("no_such_module:Codec", "ModuleNotFoundError"),
        ("zarr_devbuf:NoSuchThing", "AttributeError"),
    ],
)
def test_wrong_subjects_are_explained(text: str, words: str) -> None:
    with pytest.raises(SubjectError) as caught:
        select_subjects([text], known("zstd", "gzip"))
    assert words in str(caught.value)


def test_json_becomes_a_subject_with_its_configuration_in_the_name() -> None:
    (subject,) = select_subjects(['{"configuration": {"level": 3}, "name": "zstd"}'], known())
    assert subject.name == 'zstd {"level": 3}'
    assert subject.source == "json"
    assert subject.codec_name == "zstd"


@pytest.mark.parametrize(
    "path", ["tests.subjects.audit_codecs:Flip", "tests.subjects.audit_codecs:INSTANCE"]
)
def test_import_path_becomes_a_subject(path: str) -> None:
    assert isinstance(INSTANCE, Flip)
    (subject,) = select_subjects([path], known())
    assert (subject.name, subject.target, subject.source) == (path, path, "import")
    assert subject.package == "tests"


fixed_zarr = pytest.mark.skipif(OLD_ZARR, reason="zarr's own stores break checks before 3.4.2")


@pytest.mark.parametrize(
    ("path", "kind", "failed"),
    [
        # Zarr 3.4.2 drops a chunk of complex(-0.0, 0.0) for a fill value of 0j.
        pytest.param(
            *("zarr.buffer.cpu:buffer_prototype", "prototype", ["check_all_equal_signed_zeros"]),
            marks=fixed_zarr,
        ),
        pytest.param(
            *("zarr.storage:MemoryStore", "store", ["check_clear_read_only"]), marks=fixed_zarr
        ),
        pytest.param(
            *("tests.subjects.audit_codecs:make_store", "store", ["check_clear_read_only"]),
            marks=fixed_zarr,
        ),
        ("tests.subjects.audit_codecs:make_codec", "codec", []),
    ],
)
def test_import_paths_may_name_any_kind(path: str, kind: str, failed: list[str]) -> None:
    (subject,) = select_subjects([path], known())
    assert (subject.kind, subject.name) == (kind, path)
    result = run_subject(subject, "cpu")
    assert [check.check for check in result.failed] == failed
    assert result.judged > len(result.checks) // 2


def test_configuration_that_is_rejected_is_a_finding() -> None:
    (subject,) = select_subjects(['{"name": "zstd", "configuration": {"levl": 3}}'], known("zstd"))
    result = run_subject(subject, "cpu")
    assert result.verdict == "broken"
    assert "unexpected keyword argument 'levl'" in result.failed[0].message


def test_url_that_cannot_be_opened_is_reported_once() -> None:
    (subject,) = select_subjects(["nosuch://x"], known())
    (check,) = run_subject(subject, "cpu").checks
    assert (check.check, check.status) == ("construct", "failed")
    assert "nosuch" in check.message


def test_import_path_of_something_else_is_explained() -> None:
    with pytest.raises(SubjectError, match="a function without arguments that makes one"):
        select_subjects(["tests.subjects.audit_codecs:NoCodec"], known())


def test_url_becomes_a_store(tmp_path: Path) -> None:
    (subject,) = select_subjects([f"file://{tmp_path}/new"], known())
    assert (subject.kind, subject.source) == ("store", "url")
    assert run_subject(subject, "cpu").verdict == "device-native"


def test_store_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("values")
    (subject,) = select_subjects([f"file://{tmp_path}"], known())
    result = run_subject(subject, "cpu")
    assert result.verdict == "broken"
    assert "empty" in result.failed[0].message
    assert (tmp_path / "precious").read_text() == "values"


@pytest.mark.parametrize("metadata", [None, "", "Metadata-Version: 2.1\n"])
@pytest.mark.parametrize("value", ["odd_pkg:Codec", "odd_pkg", "not a path!"])
@pytest.mark.filterwarnings("ignore:Implicit None:DeprecationWarning")
def test_damaged_packages_are_listed_all_the_same(
    metadata: str | None, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path, "odd_pkg", "zarr.codecs", f"odd = {value}", "")
    document = tmp_path / "odd_pkg-1.0.dist-info" / "METADATA"
    if metadata is None:
        document.unlink()
    else:
        document.write_text(metadata)
    monkeypatch.syspath_prepend(tmp_path)
    (subject,) = named("odd")
    assert subject.target == value
    result = run_subject(subject, "cpu")
    assert result.verdict == "broken"
    assert [check.check for check in result.failed] in (["construct"], ["import"])
