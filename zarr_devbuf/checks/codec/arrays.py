"""Laws about a codec inside a zarr array: pipelines, shards, partial access, configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.codec import ArrayBytesCodec
from zarr.storage import MemoryStore

from zarr_devbuf.checks.codec.chunks import TEXT, TYPICAL
from zarr_devbuf.checks.codec.in_array import Plan, pipeline, pipelines
from zarr_devbuf.checks.codec.proceedings import HostFault, probe, reference, require_codec
from zarr_devbuf.checks.codec.trial import Refused, conditions, describe, host_configuration
from zarr_devbuf.checks.codec.values import value_fault
from zarr_devbuf.checks.law import law
from zarr_devbuf.checks.outcome import NotApplicable, violated
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = [
    "check_configuration_switched",
    "check_in_array",
    "check_in_shards",
    "check_prototype_argument",
]

# A zarr array takes milliseconds for what a codec does in microseconds.
_ENOUGH = 3

type _Deed = Callable[[Plan, Backend, str, "npt.NDArray[Any]", "npt.NDArray[Any]"], None]


def _each_plan(subject: Any, backend: Backend, deed: _Deed, *, sharded: bool) -> None:
    """Do the deed with a few arrays in each pipeline, where zarr itself is able to."""
    require_codec(subject)
    reasons: list[str] = []
    judged = 0
    with conditions(backend):
        for chunk in (*TYPICAL, *TEXT):
            if judged >= _ENOUGH or (judged and chunk in TEXT):
                break
            if chunk in TEXT and not isinstance(subject, ArrayBytesCodec):
                break
            works = False
            try:
                reference(subject, chunk)
                probe(subject, chunk, backend)
                sent, due = Plan(chunk, subject, sharded).on_host()
            except (Refused, HostFault) as refusal:
                reasons.append(f"{chunk}: {refusal}")
                continue
            for path in pipelines():
                try:
                    _able(deed, Plan(chunk, None, sharded), backend, path)
                    deed(Plan(chunk, subject, sharded), backend, path, sent, due)
                    works = True
                except Refused as refusal:
                    reasons.append(f"{chunk}: {refusal}")
            judged += works
    if not judged:
        raise NotApplicable(f"takes none of the arrays it is offered here: {reasons[-1]}")


def _able(deed: _Deed, plan: Plan, backend: Backend, path: str) -> None:
    """Find out whether zarr can do it without the codec: what it cannot is no fault of that."""
    sent = plan.values()
    sent[plan.part] = plan.patch()
    try:
        with unrecorded_transfers():
            deed(plan, backend, path, sent, sent)
    except Exception as error:
        raise Refused(
            f"zarr itself fails here, with no codec but its default one: {describe(error)}"
        ) from error


def _require(
    plan: Plan,
    backend: Backend,
    sent: npt.NDArray[Any],
    due: npt.NDArray[Any],
    *,
    got: Any,
    what: str,
) -> None:
    case = f"{what}, {plan.chunk}{' in shards' if plan.sharded else ''}"
    if not backend.owns(got):
        raise violated(
            expected=f"an array of backend {backend.name}",
            actual=f"{type(got).__module__}.{type(got).__qualname__}",
            advice="let the codec return buffers of the prototype of its spec",
            case=case,
        )
    with unrecorded_transfers():
        values = np.array(backend.to_host(got))
    _require_values(sent, due, values, case)


def _require_values(
    sent: npt.NDArray[Any], due: npt.NDArray[Any], got: npt.NDArray[Any], case: str
) -> None:
    fault = value_fault(sent, due, got)
    if fault is not None:
        demanded, _, actual = fault.partition(", ")
        raise violated(
            expected=demanded.removeprefix("expected "),
            actual=actual,
            advice="call the codec's methods alone, as the other laws do, to find the one that is "
            "wrong",
            case=case,
        )


def _write_and_read(
    plan: Plan, backend: Backend, path: str, sent: npt.NDArray[Any], due: npt.NDArray[Any]
) -> None:
    how = path.rpartition(".")[2]
    with pipeline(path):
        array = plan.create(backend.StoreExpectingTestBuffer())
        try:
            plan.write(array, backend)
            _require(plan, backend, sent, due, got=array[...], what=f"read the whole, {how}")
            part = plan.readable
            _require(
                plan, backend, sent[part], due[part], got=array[part], what=f"read a part, {how}"
            )
        except NotImplementedError as error:
            raise Refused(f"{how}: {describe(error)}") from error
        except Exception as error:
            error.add_note(f"while an array was written and read by {how}, {plan.chunk}")
            raise


@law("codec")
def check_in_array(subject: Any, backend: Backend) -> None:
    """In an array, each pipeline writes and reads through the codec what it does on the host.

    Whole and in part, chunks at the edge among them, into a store that takes no buffers but the
    backend's. What zarr cannot do without the codec is not asked for.
    """
    _each_plan(subject, backend, _write_and_read, sharded=False)


@law("codec")
def check_in_shards(subject: Any, backend: Backend) -> None:
    """In a sharded array, each pipeline gives through the codec what it gives on the host.

    Inside a shard, inner chunks are parts of one buffer, are read by byte ranges, and are encoded
    and decoded by other code of zarr's. What zarr cannot do without the codec is not asked for.
    """
    if isinstance(subject, ArrayBytesCodec) and hasattr(subject, "index_codecs"):
        raise NotApplicable("makes shards itself")
    _each_plan(subject, backend, _write_and_read, sharded=True)


def _by_argument(
    plan: Plan, backend: Backend, path: str, sent: npt.NDArray[Any], due: npt.NDArray[Any]
) -> None:
    how = f"prototype as an argument, {path.rpartition('.')[2]}"
    with host_configuration(), pipeline(path):
        array = plan.create(MemoryStore())
        try:
            with unrecorded_transfers():
                whole = backend.from_host(plan.values())
                patch = backend.from_host(plan.patch())
            everything = tuple(slice(None) for _ in plan.shape)
            array.set_basic_selection(everything, whole, prototype=backend.prototype)
            array.set_basic_selection(plan.part, patch, prototype=backend.prototype)
            got = array.get_basic_selection(everything, prototype=backend.prototype)
            _require(plan, backend, sent, due, got=got, what=f"read the whole, {how}")
            got = array.get_basic_selection(plan.part, prototype=backend.prototype)
            _require(
                plan, backend, sent[plan.part], due[plan.part], got=got, what=f"read a part, {how}"
            )
        except NotImplementedError as error:
            raise Refused(f"{how}: {describe(error)}") from error
        except Exception as error:
            error.add_note(f"while an array was written and read, {how}, {plan.chunk}")
            raise


@law("codec")
def check_prototype_argument(subject: Any, backend: Backend) -> None:
    """In an array, a prototype that is given as an argument overrules zarr's configuration.

    ``array.get_basic_selection(..., prototype=...)`` under a configuration for the host. What zarr
    cannot do without the codec is not asked for.
    """
    _each_plan(subject, backend, _by_argument, sharded=False)


def _switched(
    plan: Plan, backend: Backend, path: str, sent: npt.NDArray[Any], due: npt.NDArray[Any]
) -> None:
    how = f"configuration switched, {path.rpartition('.')[2]}"
    with pipeline(path):
        with host_configuration():
            array = plan.create(MemoryStore())
        try:
            with host_configuration():
                array[...] = plan.values()
            with unrecorded_transfers():
                patch = backend.from_host(plan.patch())
            with use_backend(backend):
                array[plan.part] = patch
                got = array[...]
                _require(plan, backend, sent, due, got=got, what=f"read on the device, {how}")
            with host_configuration():
                case = f"read on the host, {how}, {plan.chunk}"
                _require_values(sent, due, np.asarray(array[...]), case)
                array[...] = plan.values()
            with use_backend(backend):
                array[plan.part] = patch
                got = array[...]
                _require(plan, backend, sent, due, got=got, what=f"read on the device again, {how}")
        except NotImplementedError as error:
            raise Refused(f"{how}: {describe(error)}") from error
        except Exception as error:
            error.add_note(f"while an array was used, {how}, {plan.chunk}")
            raise


@law("codec")
def check_configuration_switched(subject: Any, backend: Backend) -> None:
    """An array that is open serves host and device in turn, as zarr's configuration is switched.

    zarr asks its configuration at each operation; the codec stays the same object. What one
    device has written in part, the other completes.
    """
    _each_plan(subject, backend, _switched, sharded=False)
