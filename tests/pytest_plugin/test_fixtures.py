"""The fixtures of the pytest plugin, and how `backend` is parametrised."""

from __future__ import annotations

import pytest

from zarr_devbuf import backend as registry

UNNEEDED = [f"-pno:{name}" for name in ("benchmark", "hypothesispytest", "zarr")]

# A second backend that works everywhere.
CONFTEST = """
    from zarr_devbuf import cpu, register_backend

    class Near(type(cpu.BACKEND).__base__):
        name = "near"
        xp = cpu.BACKEND.xp
        array_type = cpu.BACKEND.array_type
        TestNDArrayLike = cpu.TestNDArrayLike
        from_host = to_host = staticmethod(lambda array: array)

    register_backend(Near(), replace=True)
"""


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the backends that an inner run registers in this process."""
    monkeypatch.setattr(registry, "_backends", dict(registry._backends))


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(
        "-v",
        "-rs",
        "-odevbuf_backends=cpu near",
        "-oasyncio_mode=auto",
        "-oasyncio_default_fixture_loop_scope=function",
        *UNNEEDED,
        *args,
    )


def names(result: pytest.RunResult) -> list[str]:
    """Return the tests that passed, without the name of the file."""
    lines = [line.split()[0] for line in result.outlines if "::" in line and "PASSED" in line]
    return [line.split("::", 1)[1] for line in lines]


def test_values(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import numpy as np
        import zarr
        from zarr_devbuf import cpu, get_backend
        from zarr_devbuf.transfers import TransferLog, record

        def test_them(backend, xp, prototype, expecting_store, transfer_log):
            assert backend is get_backend("cpu")
            assert xp is np
            assert prototype.buffer is cpu.TestBuffer
            assert prototype.nd_buffer is cpu.NDBufferUsingTestNDArrayLike
            assert type(expecting_store) is cpu.StoreExpectingTestBuffer
            assert isinstance(transfer_log, TransferLog)
            assert not transfer_log
            record("d2h", 5, explicit=True)
            assert [(one.direction, one.nbytes) for one in transfer_log] == [("d2h", 5)]

        def test_fresh(expecting_store, transfer_log):
            assert not transfer_log
            assert not expecting_store._store_dict
            zarr.create_group(expecting_store)

        def test_fresh_again(expecting_store):
            assert not expecting_store._store_dict
        """
    )
    run(pytester, "--backend=cpu").assert_outcomes(passed=3)


def test_log_stops_with_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from zarr_devbuf.transfers import record
        kept = []

        def test_one(transfer_log):
            kept.append(transfer_log)
            record("h2d", 1, explicit=True)

        def test_two():
            record("h2d", 1, explicit=True)
            assert len(kept[0]) == 1
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_every_user_is_parametrised(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_plain(): pass

        def test_direct(backend): pass

        def test_xp(xp): pass

        @pytest.mark.parametrize("level", [1, 2])
        def test_more(backend, level): pass

        @pytest.mark.usefixtures("backend")
        def test_marked(): pass

        class TestClass:
            def test_method(self, backend): pass
        """
    )
    assert sorted(names(run(pytester))) == sorted(
        [
            "test_plain",
            *(f"test_direct[{name}]" for name in ("cpu", "near")),
            *(f"test_more[{level}-{name}]" for level in (1, 2) for name in ("cpu", "near")),
            *(f"test_marked[{name}]" for name in ("cpu", "near")),
            *(f"test_xp[{name}]" for name in ("cpu", "near")),
            *(f"TestClass::test_method[{name}]" for name in ("cpu", "near")),
        ]
    )


def test_wide_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        made = []

        @pytest.fixture(scope="module")
        def values(backend):
            made.append(backend.name)
            return backend.xp.arange(3)

        @pytest.mark.parametrize("n", range(3))
        def test_it(values, n):
            assert values[n] == n

        def test_made_once_each():
            assert sorted(made) == ["cpu", "near"]
        """
    )
    run(pytester).assert_outcomes(passed=7)


def test_parametrised_by_the_user(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("backend", ["near"], indirect=True)
        def test_indirect(backend, xp):
            assert backend.name == "near"

        @pytest.mark.parametrize(("n", "backend"), [(1, "cpu")], indirect=["backend"])
        def test_indirect_too(backend, n):
            assert backend.name == "cpu"

        @pytest.mark.parametrize("backend", ["numpy", "jax"])
        def test_direct(backend):
            assert backend in ("numpy", "jax")
        """
    )
    assert names(run(pytester)) == [
        "test_indirect[near]",
        "test_indirect_too[1-cpu]",
        "test_direct[numpy]",
        "test_direct[jax]",
    ]


def test_unknown_indirect_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("backend", ["nope"], indirect=True)
        def test_it(backend): pass
        """
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no zarr-devbuf backend is named 'nope'; known names: cpu, gpu*"])
    result.stdout.no_fnmatch_line("*pytest_plugin*fixtures.py*")


@pytest.mark.parametrize("indirect", [True, False])
def test_parametrised_by_a_hook(pytester: pytest.Pytester, indirect: bool) -> None:
    """A project may parametrise `backend` without a fixture of that name."""
    pytester.makeconftest(
        f"""
        def pytest_generate_tests(metafunc):
            if "backend" in metafunc.fixturenames:
                metafunc.parametrize("backend", ["cpu"], indirect={indirect})
        """
    )
    pytester.makepyfile("def test_it(backend): pass")
    assert names(run(pytester, "--backend=cpu,gpu")) == ["test_it[cpu]"]


def test_overridden(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def backend():
            return "mine"

        def test_it(backend):
            assert backend == "mine"
        """
    )
    assert names(run(pytester)) == ["test_it"]


def test_override_that_extends(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def backend(backend):
            return ("mine", backend.name)

        def test_it(backend):
            assert backend in [("mine", "cpu"), ("mine", "near")]
        """
    )
    assert names(run(pytester)) == ["test_it[cpu]", "test_it[near]"]


UNPARAMETRISED = """
    import unittest
    import pytest

    class TestCase(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def keep(self, backend):
            self.backend = backend

        def test_method(self):
            assert self.backend.name == "near"

    def test_dynamic(request):
        assert request.getfixturevalue("backend").name == "near"
"""


def test_tests_that_cannot_be_parametrised(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNPARAMETRISED)
    run(pytester, "--backend=near").assert_outcomes(passed=2)


def test_tests_that_cannot_be_parametrised_on_several_backends(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNPARAMETRISED)
    result = run(pytester)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*several backends are selected (cpu, near)*"])


def test_async(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import numpy as np
        import pytest
        from zarr.core.buffer import default_buffer_prototype

        @pytest.fixture
        async def stored(expecting_store, prototype):
            value = prototype.buffer.from_bytes(b"abc")
            await expecting_store.set("c/0", value)
            return expecting_store

        async def test_it(backend, stored, prototype, transfer_log):
            value = await stored.get("c/0", prototype)
            assert isinstance(value, backend.TestBuffer)
            assert value.to_bytes() == b"abc"

        @pytest.mark.max_transfers(d2h=0, h2d=0)
        async def test_budget(backend): pass
        """
    )
    result = run(pytester, "--backend=cpu")
    assert names(result) == ["test_it[cpu]", "test_budget[cpu]"]


def test_async_over_budget(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from zarr_devbuf.transfers import record

        @pytest.mark.max_transfers(d2h=0)
        async def test_budget(backend):
            record("d2h", 8, explicit=True)
        """
    )
    result = run(pytester, "--backend=cpu")
    result.assert_outcomes(failed=1)
