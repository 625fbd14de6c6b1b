"""One pytest test for each subject, backend and check."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, final

from zarr.abc.buffer import BufferPrototype
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.abc.store import Store

from zarr_devbuf.backend import Backend, get_backend
from zarr_devbuf.checks.naming import name_of
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.results import ConformanceError
from zarr_devbuf.checks.run import run_check, validated_failures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr_devbuf.checks.registry import Check, Kind

__all__ = ["BoundCheck", "Plan", "parametrize_with_checks"]

type ExpectedFailures = Mapping[str, str] | Callable[[Any, Backend], Mapping[str, str]]

# The backends if the pytest plugin, which has an option for them, is not loaded.
_BACKENDS = ("cpu", "sim")


def parametrize_with_checks(
    subjects: Iterable[Any],
    *,
    kind: Kind | None = None,
    max_transfers: int | None = None,
    expected_failures: ExpectedFailures | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """
    Run a test once for each subject, backend and check.

    The test takes ``subject``, ``check`` and ``backend``, and calls ``check(subject, backend)``.
    The ids are ``MyCodec(level=3)-sim-round_trip``. The backends are those of the option
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

    Raises
    ------
    TypeError
        If the kind of a subject cannot be found, or differs from that of the others.
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
    plan = Plan(subjects, known, max_transfers, expected_failures)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        own = dataclasses.replace(plan)
        decorated: Any = pytest.mark.parametrize(("subject", "backend", "check"), own)(function)
        decorated.__devbuf_checks__ = own  # for the pytest plugin, which sets the backends
        return decorated  # type: ignore[no-any-return]

    return decorate


def kind_of(subject: object) -> Kind:
    """Find the kind of a subject by its class; that of a class by what its instances are."""
    if isinstance(subject, BufferPrototype):
        return "prototype"
    if isinstance(subject, Backend):
        return "backend"
    cls = subject if isinstance(subject, type) else type(subject)
    if issubclass(cls, Store):
        return "store"
    if not isinstance(subject, type) and issubclass(
        cls, ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec
    ):
        return "codec"
    if isinstance(subject, type) and issubclass(
        cls, ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec
    ):
        raise TypeError(f"{cls.__qualname__} is a class: pass an instance: {cls.__qualname__}(…)")
    raise TypeError(
        f"cannot find the kind of {name_of(subject)}; pass kind='store', 'array', 'codec' or "
        "'prototype'"
    )


@final
@dataclasses.dataclass(slots=True)
class Plan(Collection[Any]):
    """
    The parameter sets of one test: subject, backend and check.

    pytest iterates over them when it collects the test. Before that, the plugin sets `backends` to
    those that the run has selected.

    Attributes
    ----------
    backends : tuple of str
        Names of the backends to run on.
    require : bool
        Whether the tests of an unavailable backend fail instead of being skipped.
    """

    subjects: tuple[Any, ...]
    checks: tuple[Check, ...]
    max_transfers: int | None
    expected_failures: ExpectedFailures | None
    backends: tuple[str, ...] = _BACKENDS
    require: bool = False

    def __len__(self) -> int:
        return sum(len(self._backends(subject)) for subject in self.subjects) * len(self.checks)

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
                for each in self.checks:
                    yield pytest.param(
                        subject,
                        backend,
                        BoundCheck(each, self),
                        id=f"{name_of(subject)}-{backend.name}-{each.short_name}",
                    )


@final
@dataclasses.dataclass(frozen=True, slots=True)
class BoundCheck:
    """
    A check as a test calls it, with the settings of its decorator.

    Attributes
    ----------
    check : Check
        The check.
    """

    check: Check
    _plan: Plan

    def __call__(self, subject: Any, backend: Backend) -> None:
        """
        Run the check on the subject.

        Raises
        ------
        ConformanceError
            If the check fails, or passes unexpectedly.
        """
        __tracebackhide__ = True
        import pytest  # noqa: PLC0415 - see above

        reason = backend.unavailable_reason()
        if reason is not None:
            text = f"backend {backend.name!r} is unavailable: {reason}"
            (pytest.fail if self._plan.require else pytest.skip)(text)
        failures = self._plan.expected_failures
        if callable(failures):
            failures = validated_failures(failures(subject, backend), self._plan.checks)
        expected = (failures or {}).get(self.check.name)
        result = run_check(
            self.check,
            subject,
            backend,
            max_transfers=self._plan.max_transfers,
            expected=expected,
        )
        if result.status == "skipped":
            pytest.skip(result.message)
        if result.status == "xfailed":
            pytest.xfail(expected or "")
        if not result.ok:
            raise ConformanceError([result]) from result.exception

    def __repr__(self) -> str:
        return self.check.short_name
