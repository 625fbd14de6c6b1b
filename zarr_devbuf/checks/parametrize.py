"""One pytest test for each subject, backend and check."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, final

from zarr.abc.buffer import BufferPrototype
from zarr.abc.store import Store

from zarr_devbuf.backend import Backend, get_backend
from zarr_devbuf.checks.backend_problem import backend_failure
from zarr_devbuf.checks.errors import describe
from zarr_devbuf.checks.failures import ConformanceError, cause_of
from zarr_devbuf.checks.naming import name_of
from zarr_devbuf.checks.reference_codec import Codec, referring_to
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.run import validated_failures
from zarr_devbuf.checks.run_check import run_check
from zarr_devbuf.checks.tracebacks import cause_to_show
from zarr_devbuf.checks.verdict import why_nothing_was_judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr_devbuf.checks.failures import Cause
    from zarr_devbuf.checks.registry import Check, Kind
    from zarr_devbuf.checks.results import CheckResult

__all__ = ["BoundCheck", "PassesACheck", "Plan", "parametrize_with_checks"]

type ExpectedFailures = Mapping[str, str] | Callable[[Any, Backend], Mapping[str, str]]

# Statuses of checks that judged a subject, and did not find it wrong: expected failures are known.
_PASSED = ("passed", "xfailed", "xpassed")

# The backends if the pytest plugin, which has an option for them, is not loaded.
_BACKENDS = ("cpu", "sim")


def parametrize_with_checks(
    subjects: Iterable[Any],
    *,
    kind: Kind | None = None,
    max_transfers: int | None = None,
    expected_failures: ExpectedFailures | None = None,
    reference: Codec | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """
    Run a test once for each subject, backend and check.

    The test takes ``subject``, ``check`` and ``backend``, and calls ``check(subject, backend)``.
    The ids are ``MyCodec(level=3)-sim-round_trip``. One more test for each subject and backend,
    ``…-passes_a_check``, fails if every check is skipped, so that nothing was judged. If several
    checks of a subject fail by one cause (the same exception, raised by the same line), the first
    fails, and the others are skipped with its name. The backends are those of the option
    ``--backend`` or the ini value ``devbuf_backends``; ``cpu`` and ``sim`` if the pytest plugin is
    not loaded. The tests of an unavailable backend are skipped with the reason.

    Parameters
    ----------
    subjects : iterable
        Subjects of one kind: codecs, prototypes, stores, or callables that make stores or arrays.
    kind : {"prototype", "codec", "store", "array", "backend"}, optional
        Their kind. None: found by their class. Required for functions that make a store or an
        array.
    max_transfers : int, optional
        How many transfers one operation may make, as for `check_codec`.
    expected_failures : mapping of str to str, or callable, optional
        Names of checks that are expected to fail, each with the reason. Their tests are reported as
        xfailed; if such a check passes, its test fails. A callable takes the subject and the
        backend, and returns such a mapping.
    reference : ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, optional
        A host codec of the format of all the subjects, as for `check_codec`.

    Raises
    ------
    TypeError
        If `reference` is not a codec, or if the kind of a subject cannot be found, or differs from
        that of the others.
    ValueError
        If there are no subjects, or if a name in `expected_failures` is not that of a check.

    Examples
    --------
    >>> from zarr.codecs import BytesCodec
    >>> @parametrize_with_checks([BytesCodec(), BytesCodec(endian="big")], max_transfers=0)
    ... def test_device_aware(subject, check, backend):
    ...     check(subject, backend)
    """
    import pytest  # noqa: PLC0415 - the checks themselves need no pytest

    subjects = tuple(subjects)
    if not subjects:
        raise ValueError("parametrize_with_checks() got no subjects: the test would never run")
    kinds = {kind or kind_of(subject) for subject in subjects}
    if len(kinds) > 1:
        raise TypeError(
            f"parametrize_with_checks() takes subjects of one kind, got {', '.join(sorted(kinds))}:"
            " write a test for each kind"
        )
    known = list_checks(kinds.pop())
    if not callable(expected_failures):
        validated_failures(expected_failures, known)
    with referring_to(reference):  # raises if it is not a codec
        pass
    plan = Plan(subjects, known, max_transfers, expected_failures, reference)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        own = dataclasses.replace(plan, seen={})
        decorated: Any = pytest.mark.parametrize(("subject", "backend", "check"), own)(function)
        decorated.__devbuf_checks__ = own  # for the pytest plugin, which sets the backends
        return decorated  # type: ignore[no-any-return]

    return decorate


def kind_of(subject: object) -> Kind:
    """Find the kind of a subject by its class; that of a class by what its instances are."""
    cls = subject if isinstance(subject, type) else type(subject)
    if issubclass(cls, BufferPrototype):
        return "prototype"
    if issubclass(cls, Backend):
        return "backend"
    if issubclass(cls, Store):
        return "store"
    if not issubclass(cls, Codec.__value__):
        raise TypeError(
            f"cannot find the kind of {name_of(subject)}; pass kind='store', 'array', 'codec' or "
            "'prototype'"
        )
    if cls is subject:
        raise TypeError(f"{cls.__qualname__} is a class: pass an instance: {cls.__qualname__}(…)")
    return "codec"


@final
@dataclasses.dataclass(slots=True)
class Plan(Collection[Any]):
    """
    The parameter sets of one test: subject, backend and check.

    pytest iterates over them when it collects the test. Before that, the plugin sets `backends` to
    those that the run has selected, and `require` if they have to be available.
    """

    subjects: tuple[Any, ...]
    checks: tuple[Check, ...]
    max_transfers: int | None
    expected_failures: ExpectedFailures | None
    reference: Codec | None = None
    backends: tuple[str, ...] = _BACKENDS
    require: bool = False
    # What this process knows of each subject on each backend; pytest-xdist's workers know less.
    seen: dict[tuple[int, str], Seen] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        backends = sum(len(self._backends(subject)) for subject in self.subjects)
        return backends * (len(self.checks) + 1)

    def __contains__(self, item: object) -> bool:
        return any(item == each for each in self)

    def _backends(self, subject: Any) -> tuple[Backend, ...]:
        if isinstance(subject, Backend):
            return (subject,)
        return tuple(get_backend(name) for name in self.backends)

    def __iter__(self) -> Iterator[Any]:
        import pytest  # noqa: PLC0415 - see above

        for subject in self.subjects:
            for backend in self._backends(subject):
                name = f"{name_of(subject)}-{backend.name}"
                for each in self.checks:
                    yield pytest.param(
                        subject, backend, BoundCheck(each, self), id=f"{name}-{each.short_name}"
                    )
                yield pytest.param(
                    subject, backend, PassesACheck(self), id=f"{name}-passes_a_check"
                )

    def of(self, subject: Any, backend: Backend) -> Seen:
        """Return what this process knows of a subject on a backend."""
        return self.seen.setdefault((id(subject), backend.name), Seen())

    def require_available(self, backend: Backend) -> None:
        """Skip the test, or fail it, if the backend is unavailable."""
        __tracebackhide__ = True
        import pytest  # noqa: PLC0415 - see above

        reason = backend.unavailable_reason()
        if reason is not None:
            text = f"backend {backend.name!r} is unavailable: {reason}"
            (pytest.fail if self.require else pytest.skip)(text)

    def expected(self, check: Check, subject: Any, backend: Backend) -> str | None:
        """Return why a check is expected to fail; None if it is expected to pass."""
        failures = self.expected_failures
        if callable(failures):
            failures = validated_failures(failures(subject, backend), self.checks)
        return (failures or {}).get(check.name)

    def run(self, check: Check, subject: Any, backend: Backend) -> CheckResult:
        """Run a check with the settings of the decorator, and note how it went."""
        with referring_to(self.reference):
            result = run_check(
                check,
                subject,
                backend,
                max_transfers=self.max_transfers,
                expected=self.expected(check, subject, backend),
            )
        self.of(subject, backend).results[check.name] = result.status, result.message
        return result


@final
@dataclasses.dataclass(slots=True)
class Seen:
    """What is known of one subject on one backend."""

    # The status and the message of each check that has run, and which failed first for a cause.
    results: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    causes: dict[Cause, str] = dataclasses.field(default_factory=dict)


@final
@dataclasses.dataclass(frozen=True, slots=True)
class BoundCheck:
    """A check as a test calls it, with the settings of its decorator."""

    check: Check
    _plan: Plan

    def __call__(self, subject: Any, backend: Backend) -> None:
        """Run the check; raise `ConformanceError` if it fails, or passes unexpectedly."""
        __tracebackhide__ = True
        import pytest  # noqa: PLC0415 - see above

        self._plan.require_available(backend)
        result = self._plan.run(self.check, subject, backend)
        if result.status == "skipped":
            pytest.skip(result.message)
        if result.status == "xfailed":
            pytest.xfail(result.message.partition("\n")[0])
        if result.ok:
            return
        error = result.exception
        cause = cause_of(error)
        if error is not None and cause is not None:
            first = self._plan.of(subject, backend).causes.setdefault(cause, self.check.name)
            if first != self.check.name:
                pytest.skip(f"fails for the same cause as {first}: {describe(error)}")
        raise ConformanceError([result]) from cause_to_show(error)

    def __repr__(self) -> str:
        return self.check.short_name


@final
@dataclasses.dataclass(frozen=True, slots=True)
class PassesACheck:
    """The test that fails if no check passes, so that a subject that is never judged is red."""

    _plan: Plan

    def __call__(self, subject: Any, backend: Backend) -> None:
        """Run the checks until one passes; raise `ConformanceError` if none does."""
        __tracebackhide__ = True
        plan = self._plan
        plan.require_available(backend)
        name = name_of(subject)
        broken = None if isinstance(subject, Backend) else backend_failure(backend, name)
        if broken is not None:
            raise ConformanceError([broken])
        known = plan.of(subject, backend).results
        waiting = [check for check in plan.checks if check.name not in known]
        while not any(status in _PASSED for status, _ in known.values()) and waiting:
            plan.run(waiting.pop(0), subject, backend)
        if any(status in _PASSED for status, _ in known.values()):
            return
        why = why_nothing_was_judged(known.values()) or (
            f"no check passed: {sum(status != 'skipped' for status, _ in known.values())} of "
            f"{len(known)} failed, the others were skipped"
        )
        raise ConformanceError((), len(known), f"{name} on backend {backend.name}: {why}")

    def __repr__(self) -> str:
        return "passes_a_check"
