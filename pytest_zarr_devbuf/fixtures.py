"""The fixtures, and what `backend` is parametrised with."""

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


# For the session, so that fixtures of any scope, such as a costly device array, can use it.
@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> Backend:
    """Give the `zarr_devbuf.Backend` that the test runs on: each of the chosen ones in turn.

    ``@pytest.mark.parametrize("backend", ["cpu", "gpu"], indirect=True)`` chooses for one test.
    """
    __tracebackhide__ = hidden_if_skipped
    name = request.param if hasattr(request, "param") else _only_one(request.config)
    # An indirect parametrisation may name anything; what the options name has been checked.
    if complaint := unknown_names([name]):
        pytest.fail(complaint, pytrace=False)
    chosen = look_up(name)
    require_or_skip(request.config, chosen)
    return chosen


@pytest.fixture(scope="session")
def xp(backend: Backend) -> Any:
    """Give the backend's array namespace: ``numpy``, ``cupy``, or one that answers as they do."""
    return backend.xp


@pytest.fixture(scope="session")
def prototype(backend: Backend) -> BufferPrototype:
    """Give the backend's `BufferPrototype`, of its reference buffer classes."""
    return backend.prototype


@pytest.fixture
def expecting_store(backend: Backend) -> Store:
    """Give an empty store that refuses chunks in any buffer class but the backend's."""
    return backend.StoreExpectingTestBuffer()


@pytest.fixture
def transfer_log() -> Iterator[TransferLog]:
    """Record the transfers between host and device from here on, those of all threads."""
    from zarr_devbuf.transfers import record_transfers  # noqa: PLC0415 - it imports zarr

    with record_transfers() as log:
        yield log


# Round all others. Before them, for pytest reads the parameters of `parametrize_with_checks` among
# them. After them, to see what they have parametrised: a project whose own pytest_generate_tests
# gives a ``backend`` to its tests, without any fixture of that name, must go on working.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None]:
    """Run a test that uses our `backend` once on each backend that is chosen and allowed."""
    budget(metafunc.definition)
    plan = getattr(metafunc.function, "__devbuf_checks__", None)
    if plan is not None:
        plan.require = settings(metafunc.config).require
        plan.backends = _chosen_and_allowed(metafunc)
    yield
    if _uses_our_backend(metafunc):
        _parametrize_backend(metafunc)


def _chosen_and_allowed(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    allowed = allowed_backends(metafunc.definition)
    chosen = settings(metafunc.config).backends
    return tuple(name for name in chosen if allowed is None or name in allowed)


def _parametrize_backend(metafunc: pytest.Metafunc) -> None:
    names: list[Any] = list(_chosen_and_allowed(metafunc))
    if not names:
        reason = (
            f"marked for {_enumerate(allowed_backends(metafunc.definition) or ())}; this run has "
            f"chosen {', '.join(settings(metafunc.config).backends)} (--devbuf-backend)"
        )
        names = [pytest.param(None, id="no-backend", marks=pytest.mark.skip(reason=reason))]
    metafunc.parametrize("backend", names, indirect=True)


def _enumerate(allowed: tuple[str, ...]) -> str:
    return f"the backends {', '.join(allowed)}" if allowed else "no backend in common"


def _uses_our_backend(metafunc: pytest.Metafunc) -> bool:
    # There is no public way to learn either of these. pytest's own handling of parametrised
    # fixtures walks the same chain: an override counts for ours only where it extends it.
    if any("backend" in call.params for call in metafunc._calls):  # noqa: SLF001
        return False
    for definition in reversed(metafunc._arg2fixturedefs.get("backend", ())):  # noqa: SLF001
        if definition.func.__module__ == __name__:
            return "backend" in metafunc.fixturenames
        if "backend" not in definition.argnames:
            return False
    return False


def _only_one(config: pytest.Config) -> str:
    """Choose for what cannot be parametrised: unittest's methods, `getfixturevalue`."""
    chosen = settings(config).backends
    if len(chosen) > 1:
        pytest.fail(
            f"several backends are chosen ({', '.join(chosen)}), and this test cannot run on each: "
            "take the fixture 'backend' as an argument of a test function, or choose one backend",
            pytrace=False,
        )
    return chosen[0]
