"""Tests that may fail a number of times."""

from __future__ import annotations

import functools
import os
import unittest
from typing import Any

__all__ = ["repeat", "repeat_with_success_at_least", "retry"]


def repeat_with_success_at_least(times: int, min_success: int) -> Any:
    """Return a decorator that runs a test several times; it passes if enough runs do.

    Runs that cannot change the result are left out. A skip in any run skips the test.
    """
    if times < min_success:
        raise AssertionError(f"expected at least {min_success} runs, got {times}")

    def decorate(test: Any) -> Any:
        @functools.wraps(test)
        def repeated(*args: Any, **kwargs: Any) -> None:
            instance, *others = args
            if not isinstance(instance, unittest.TestCase):
                raise AssertionError(f"expected a unittest.TestCase, got {instance!r}")  # noqa: TRY004 - CuPy's
            passed = 0
            failed: list[unittest.TestResult] = []
            while passed < min_success and len(failed) <= times - min_success:
                result = _run(test, instance, others, kwargs)
                if result.skipped:
                    instance.skipTest(result.skipped[0][1])
                if result.wasSuccessful():
                    passed += 1
                else:
                    failed.append(result)
            if passed < min_success:
                instance.fail(_message(failed, passed))

        return repeated

    return decorate


def _run(test: Any, instance: Any, args: Any, kwargs: Any) -> unittest.TestResult:
    fresh = type(instance)(instance._testMethodName)  # noqa: SLF001 - unittest has no other name
    case = unittest.FunctionTestCase(
        lambda: test(fresh, *args, **kwargs), setUp=fresh.setUp, tearDown=fresh.tearDown
    )
    result = unittest.TestResult()
    case(result)
    return result


def _message(failed: list[unittest.TestResult], passed: int) -> str:
    text = f"\nFail: {len(failed)}, Success: {passed}"
    messages = [message for _, message in failed[0].failures + failed[0].errors]
    return text + "\n\nThe first error message:\n" + "\n".join(messages) if messages else text


def repeat(times: int, intensive_times: int | None = None) -> Any:
    """Return a decorator that runs a test several times; each run must pass."""
    if intensive_times is not None and not int(os.environ.get("CUPY_TEST_CASUAL", "0")):
        times = intensive_times
    return repeat_with_success_at_least(times, times)


def retry(times: int) -> Any:
    """Return a decorator that runs a test until it passes, at most a number of times."""
    return repeat_with_success_at_least(times, 1)
