"""The fixtures, and the parametrisation of `backend`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_zarr_devbuf.availability import hidden_if_skipped, look_up, require_or_skip
from pytest_zarr_devbuf.markers import allowed_backends, budget
from pytest_zarr_devbuf.options import settings, unknown_names

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from zarr.abc.store import Store
    from zarr.core.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.transfers import TransferLog

__all__ = [
    "backend",
    "expecting_store",
    "prototype",
    "pytest_generate_tests",
    "transfer_log",
    "xp",
]


# Session scope, so that fixtures of any scope can use it.
@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return the `zarr_devbuf.Backend` of the test, which runs once on each selected backend.

    ``@pytest.mark.parametrize("backend", ["gpu"], indirect=True)`` selects the backend of one test.
    """
    __tracebackhide__ = hidden_if_skipped
    name = request.param if hasattr(request, "param") else _single_backend(request.config)
    # Names from the options have been checked, but an indirect parametrisation may have any name.
    if message := unknown_names([name]):
        pytest.fail(message, pytrace=False)
    chosen = look_up(name)
    require_or_skip(request.config, chosen)
    return chosen


@pytest.fixture(scope="session")
def xp(backend: Backend) -> Any:
    """Return the array namespace of the backend: ``numpy``, ``cupy``, or a compatible one."""
    return backend.xp


@pytest.fixture(scope="session")
def prototype(backend: Backend) -> BufferPrototype:
    """Return the `BufferPrototype` of the reference buffer classes of the backend."""
    return backend.prototype


@pytest.fixture
def expecting_store(backend: Backend) -> Store:
    """Return an empty store that accepts chunks only in the buffer class of the backend."""
    return backend.StoreExpectingTestBuffer()


@pytest.fixture
def transfer_log() -> Iterator[TransferLog]:
    """Record the transfers between host and device of all threads, from here on."""
    from zarr_devbuf.transfers import record_transfers  # noqa: PLC0415 - it imports zarr

    with record_transfers() as log:
        yield log


# Around all others. Before them, because pytest reads the parameters of `parametrize_with_checks`
# among them. After them, to see what they have parametrised: a project whose own
# pytest_generate_tests parametrises ``backend``, without a fixture of that name, must still work.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None]:
    """Parametrise the tests that use our `backend` with each selected backend that is allowed."""
    budget(metafunc.definition)
    plan = getattr(metafunc.function, "__devbuf_checks__", None)
    if plan is not None:
        plan.require = settings(metafunc.config).require
        plan.backends = _selected_and_allowed(metafunc)
    yield
    if _uses_our_backend(metafunc):
        _parametrize_backend(metafunc)


def _selected_and_allowed(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    allowed = allowed_backends(metafunc.definition)
    chosen = settings(metafunc.config).backends
    return tuple(name for name in chosen if allowed is None or name in allowed)


def _parametrize_backend(metafunc: pytest.Metafunc) -> None:
    names: list[Any] = list(_selected_and_allowed(metafunc))
    if not names:
        reason = (
            f"marked for {_enumerate(allowed_backends(metafunc.definition) or ())}; this run has "
            f"selected {', '.join(settings(metafunc.config).backends)} (--devbuf-backend)"
        )
        names = [pytest.param(None, id="no-backend", marks=pytest.mark.skip(reason=reason))]
    metafunc.parametrize("backend", names, indirect=True)


def _enumerate(allowed: tuple[str, ...]) -> str:
    return f"the backends {', '.join(allowed)}" if allowed else "no backend in common"


def _uses_our_backend(metafunc: pytest.Metafunc) -> bool:
    # There is no public way to get either of these. pytest follows the same chain for parametrised
    # fixtures: a fixture that overrides ours is parametrised only if it requests ours.
    if any("backend" in call.params for call in metafunc._calls):  # noqa: SLF001
        return False
    for definition in reversed(metafunc._arg2fixturedefs.get("backend", ())):  # noqa: SLF001
        if definition.func.__module__ == __name__:
            return "backend" in metafunc.fixturenames
        if "backend" not in definition.argnames:
            return False
    return False


def _single_backend(config: pytest.Config) -> str:
    """Return the backend for tests that cannot be parametrised: unittest, `getfixturevalue`."""
    chosen = settings(config).backends
    if len(chosen) > 1:
        pytest.fail(
            f"several backends are selected ({', '.join(chosen)}), but this test cannot be "
            "parametrised. Use the fixture 'backend' as an argument of a test function, or select "
            "a single backend.",
            pytrace=False,
        )
    return chosen[0]
