"""Run checks over a subject."""

from __future__ import annotations

import difflib
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zarr_devbuf.backend import Backend, get_backend
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.measure import Account, account_in_force
from zarr_devbuf.checks.messages import failure, unexpected_pass
from zarr_devbuf.checks.naming import name_of
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.report import CheckReport
from zarr_devbuf.checks.results import CheckResult
from zarr_devbuf.transfers import TransferLog, record_transfers, transfer_guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarr_devbuf.checks.registry import Check, Kind

__all__ = ["OnFail", "require_known", "run_check", "run_checks"]

OnFail = Literal["raise"] | None

_SIMULATOR = str(Path(__file__).parents[1] / "simulator")


def run_checks(
    kind: Kind,
    subject: Any,
    backend: str | Backend,
    *,
    on_fail: OnFail = "raise",
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Hold a subject to every check of its kind; what the functions ``check_…`` have in common.

    All checks run, whether or not one fails.

    Raises
    ------
    ConformanceError
        Where a check fails, or passes though it was expected to fail, and `on_fail` is ``"raise"``.
    """
    __tracebackhide__ = True
    if on_fail not in ("raise", None):
        raise ValueError(f"on_fail must be 'raise' or None, not {on_fail!r}")
    known = list_checks(kind)
    expected = require_known(expected_failures, known)
    if not isinstance(backend, Backend):
        backend = get_backend(backend)
    backend.require()
    results = [
        run_check(
            each, subject, backend, max_transfers=max_transfers, expected=expected.get(each.name)
        )
        for each in known
    ]
    report = CheckReport(name_of(subject), backend.name, results)
    if on_fail == "raise":
        report.raise_failures()
    return report


def require_known(
    expected_failures: Mapping[str, str] | None, known: Iterable[Check]
) -> dict[str, str]:
    """Return expected failures as a dict; raise `ValueError` for names that are no check's."""
    expected = dict(expected_failures or {})
    names = [each.name for each in known]
    for name in expected:
        if name not in names:
            # Without the beginning that all have in common, and which makes all alike.
            short = {each.removeprefix("check_"): each for each in names}
            matches = difflib.get_close_matches(name.removeprefix("check_"), short)
            close = [short[match] for match in matches]
            hint = (
                f"did you mean {', '.join(map(repr, close))}?"
                if close
                else f"there are: {', '.join(names)}"
            )
            raise ValueError(f"expected_failures: no check is named {name!r}; {hint}")
    return expected


def run_check(
    check: Check,
    subject: Any,
    backend: Backend,
    *,
    max_transfers: int | None = None,
    expected: str | None = None,
) -> CheckResult:
    """
    Hold a subject to one check, and say what came of it; raise nothing that the subject raises.

    Parameters
    ----------
    check : Check
        The check.
    subject : object
        What the check is about.
    backend : Backend
        An available one.
    max_transfers : int, optional
        How many transfers, explicit ones included, are granted to one operation.
    expected : str, optional
        Why the check is expected to fail. None: it is not.

    Notes
    -----
    For as long as the check runs, warnings are silent in the whole process (what a run comes to must
    not depend on the filters in force), and the reference buffers let host arrays pass, as under
    ``transfer_guard("allow")``: handing one to a device is one finding, which the ledger has, and
    no reason to fail every check.
    """
    account = Account(max_transfers)
    error: Exception | None = None
    token = account_in_force.set(account)
    try:
        with warnings.catch_warnings(), transfer_guard("allow"), record_transfers() as log:
            warnings.simplefilter("ignore")
            try:
                check.function(subject, backend)
            except Exception as raised:  # noqa: BLE001 - whatever a subject raises is a result
                error = raised
    finally:
        account_in_force.reset(token)

    name = name_of(subject)
    transfers = _of_subject(account, log)
    skip = _reason_to_skip(error)
    if skip is not None:
        status, message = "skipped", skip
    elif error is None and expected is None:
        status, message = "passed", ""
    elif error is None:
        status, message = "xpassed", unexpected_pass(check, name, backend.name, expected or "")
    elif expected is None:
        status, message = "failed", failure(check, name, backend.name, error)
    else:
        status = "xfailed"
        message = f"{expected}\n{failure(check, name, backend.name, error)}"
    return CheckResult(
        check.name,
        name,
        backend.name,
        status,  # type: ignore[arg-type]  # one of its values, on every branch
        message,
        error,
        transfers,
    )


def _of_subject(account: Account, log: TransferLog) -> TransferLog:
    """Return what was measured, and what else was implicit: no check moves anything that way."""
    rest = Counter(log.implicit) - Counter(account.transfers)
    return TransferLog([*account.transfers, *rest.elements()])


def _reason_to_skip(error: Exception | None) -> str | None:
    if isinstance(error, NotApplicable):
        return str(error) or "not applicable"
    if isinstance(error, NotImplementedError):
        frames = traceback.extract_tb(error.__traceback__)
        if frames and frames[-1].filename.startswith(_SIMULATOR):
            return f"the simulator does not model what this needs: {error}"
    return None
