"""The code that runs zarr's tests; ``python -m tests.zarr_suite`` runs the tests themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.zarr_suite import __main__ as commands
from tests.zarr_suite.run import Results, changes, run_pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

USES = """
    import zarr_devbuf
    from zarr.testing.buffer import StoreExpectingTestBuffer, TestBuffer, TestNDArrayLike
    from zarr.testing.buffer import NDBufferUsingTestNDArrayLike

    def test_ours():
        for name in ("TestBuffer", "TestNDArrayLike", "StoreExpectingTestBuffer"):
            assert globals()[name] is getattr(zarr_devbuf, name)
        assert NDBufferUsingTestNDArrayLike is zarr_devbuf.NDBufferUsingTestNDArrayLike
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    pytester.makeini("[pytest]\naddopts = --no-such-option\nmarkers = gpu")
    return pytester.path


@pytest.mark.exhaustive
def test_dropin_replaces_the_classes(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makepyfile(test_uses=USES)
    plain = run_pytest(folder, [], quiet=True)
    assert (plain.status, plain.tests) == (1, {"test_uses.py::test_ours": "failed"})
    ours = run_pytest(folder, [], plugins=["zarr_suite_dropin"], quiet=True)
    assert (ours.status, ours.tests) == (0, {"test_uses.py::test_ours": "passed"})
    assert changes(plain, ours) == ["test_uses.py::test_ours: failed without us, passed with us"]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("def test(): pass", "no collected module uses zarr.testing.buffer"),
        (
            "from zarr.buffer.cpu import Buffer as TestBuffer\ndef test(): pass",
            "test_other.TestBuffer is <class 'zarr.core.buffer.cpu.Buffer'>, not ours",
        ),
    ],
)
def test_dropin_rejects_a_run_without_our_classes(
    pytester: pytest.Pytester,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    test: str,
    message: str,
) -> None:
    pytester.makepyfile(test_other=test)
    results = run_pytest(folder, [], plugins=["zarr_suite_dropin"])
    assert results.status == pytest.ExitCode.USAGE_ERROR
    assert message in "".join(capfd.readouterr())


@pytest.mark.exhaustive
def test_outcomes_of_every_kind(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makepyfile(
        test_kinds="""
            import pytest

            def test_passes(): pass
            def test_fails(): assert False
            def test_skips(): pytest.skip("why")
            @pytest.mark.xfail
            def test_xfails(): assert False
            @pytest.mark.xfail
            def test_xpasses(): pass
            @pytest.fixture
            def broken(): assert False
            def test_errs(broken): pass
            @pytest.fixture
            def leaves_broken():
                yield
                assert False
            def test_errs_late(leaves_broken): pass
            @pytest.mark.gpu
            def test_on_gpu(): pass
        """,
        test_module_skips="import pytest\npytest.importorskip('no_such_module')",
    )
    results = run_pytest(folder, ["-m", "not gpu"], quiet=True)
    names = {test.rpartition("::")[2]: result for test, result in results.tests.items()}
    assert names == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_skips": "skipped",
        "test_xfails": "xfailed",
        "test_xpasses": "xpassed",
        "test_errs": "error",
        "test_errs_late": "error",
        "test_module_skips.py": "skipped",
    }
    assert results.deselected == 1
    assert str(results) == (
        "1 deselected, 2 error, 1 failed, 1 passed, 2 skipped, 1 xfailed, 1 xpassed"
    )


@pytest.mark.exhaustive
def test_a_module_that_does_not_import_is_an_error(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makepyfile(test_broken="import no_such_module")
    results = run_pytest(folder, [], quiet=True)
    assert results.tests == {"test_broken.py": "error"}
    assert results.status == pytest.ExitCode.INTERRUPTED


def test_changes_list_missing_tests() -> None:
    before = Results(0, {"a": "passed", "b": "passed", "c": "skipped"}, 0)
    after = Results(0, {"a": "passed", "b": "skipped", "d": "passed"}, 2)
    assert changes(before, after) == [
        "b: passed without us, skipped with us",
        "c: skipped without us, missing with us",
        "d: missing without us, passed with us",
        "deselected: 0 without us, 2 with us",
    ]
    assert changes(before, before) == []


@pytest.mark.parametrize(
    ("plain", "ours", "status"),
    [
        (Results(0, {"a": "passed"}, 0), Results(0, {"a": "passed"}, 0), 0),
        (Results(0, {"a": "passed"}, 0), Results(1, {"a": "failed"}, 0), 1),
        (Results(0, {"a": "passed", "b": "passed"}, 0), Results(0, {"a": "passed"}, 0), 1),
        (Results(0, {"a": "passed"}, 0), Results(0, {"a": "passed"}, 1), 1),
        (Results(0, {"a": "skipped"}, 0), Results(0, {"a": "skipped"}, 0), 1),
        (Results(5, {}, 0), Results(5, {}, 0), 5),
        (
            Results(1, {"a": "failed", "b": "passed"}, 0),
            Results(1, {"a": "failed", "b": "passed"}, 0),
            0,
        ),
        (Results(3, {"a": "passed"}, 0), Results(3, {"a": "passed"}, 0), 3),
    ],
)
def test_exit_status_of_dropin(
    monkeypatch: pytest.MonkeyPatch, plain: Results, ours: Results, status: int
) -> None:
    def run(_: Path, args: Sequence[str], **options: object) -> Results:
        if options.get("plugins") == ["zarr_suite_dropin"]:
            assert list(args) == [*commands.DROPIN_FILES, "-x"]
            return ours
        assert list(args) == [*commands.DROPIN_FILES, "-x", "-p", "no:zarr_devbuf"]
        return plain

    monkeypatch.setattr(commands, "sdist", Path)
    monkeypatch.setattr(commands, "run_pytest", run)
    monkeypatch.setattr("sys.argv", ["zarr_suite", "dropin", "-x"])
    assert commands.main() == status


def test_gpu_selects_the_gpu_tests(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makepyfile(
        test_kinds="""
            import pytest

            @pytest.mark.gpu
            def test_marked(): pass
            @pytest.mark.parametrize("xp", ["numpy", "cupy"])
            def test_given(xp): pass
            def test_other(): assert False
        """
    )
    results = run_pytest(folder, [], plugins=["zarr_suite_gpu"], quiet=True)
    assert results.tests == {
        "test_kinds.py::test_marked": "passed",
        "test_kinds.py::test_given[cupy]": "passed",
    }
    assert results.deselected == 2


@pytest.mark.parametrize(
    ("results", "status"),
    [
        (Results(0, {"a": "passed", "b": "passed"}, 7), 0),
        (Results(1, {"a": "passed", "b": "failed"}, 7), 1),
        (Results(0, {"a": "passed", "b": "skipped"}, 7), 1),
        (Results(0, {"a": "passed", "b": "xfailed"}, 7), 1),
        (Results(5, {}, 7), 5),
        (Results(0, {}, 0), 1),
    ],
)
def test_exit_status_of_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: Results, status: int
) -> None:
    tests = tmp_path / "tests" / "deeper"
    tests.mkdir(parents=True)
    (tests / "test_marked.py").write_text("@gpu_test")
    (tests / "test_given.py").write_text("def test(xp): pass")
    (tests / "test_other.py").write_text("expand")

    def run(folder: Path, args: Sequence[str], **options: object) -> Results:
        assert folder == tmp_path
        files = ["tests/deeper/test_given.py", "tests/deeper/test_marked.py"]
        assert list(args) == [*files, "--simulate-gpu", "-x"]
        assert options == {"plugins": ["zarr_suite_gpu"]}
        return results

    monkeypatch.setattr(commands, "sdist", lambda: tmp_path)
    monkeypatch.setattr(commands, "run_pytest", run)
    monkeypatch.setattr("sys.argv", ["zarr_suite", "gpu", "-x"])
    assert commands.main() == status
