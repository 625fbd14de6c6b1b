"""Checks about a codec inside a zarr array: pipelines, shards, partial access, configuration.

Of format 3: what encodes an array of format 2 is a codec of numcodecs, never one of zarr's.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.codec import ArrayBytesCodec
from zarr.storage import MemoryStore

from zarr_devbuf.checks.codec.array_harness import Plan, pipeline, pipelines
from zarr_devbuf.checks.codec.chunks import TEXT, TYPICAL
from zarr_devbuf.checks.codec.for_each_chunk import probe, require_codec, telling, wrong_on_host
from zarr_devbuf.checks.codec.harness import Refused, conditions, describe, host_configuration
from zarr_devbuf.checks.codec.host_result import HostFault, reference
from zarr_devbuf.checks.codec.tolerance import value_fault
from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.array_harness import Form, Order
    from zarr_devbuf.checks.codec.chunks import Chunk


# A zarr array takes milliseconds for what a codec does in microseconds.
_ENOUGH = 3

# Takes a plan, the backend, the pipeline's path, and what is to be read.
type _Deed = Callable[[Plan, Backend, str, "npt.NDArray[Any]"], None]


def _each_plan(
    subject: Any, backend: Backend, deed: _Deed, *ways: tuple[Form, Order], owned: bool = False
) -> None:
    """
    Do the deed with a few arrays in each pipeline, where zarr itself is able to.

    With all of them in the first way, with the first array that it fits in the others. The check that
    is `owned` says what is wrong on plain host memory already.
    """
    require_codec(subject)
    reasons: list[tuple[Chunk, str]] = []
    judged = 0
    with conditions(backend):
        for chunk in _offered(subject):
            if judged >= _ENOUGH or (judged and chunk in TEXT):
                break
            works = False
            for form, order in ways[:1] if judged or chunk in TEXT else ways:
                plan = Plan(chunk, subject, form, order)
                try:
                    works |= _judge(subject, plan, backend, deed, reasons)
                except HostFault as fault:
                    if owned:
                        raise wrong_on_host(str(plan), str(fault), fault.expected) from fault
                    reasons.append((chunk, str(fault)))
            judged += works
    if not judged:
        raise NotApplicable(f"takes none of the arrays it is offered here: {telling(reasons)}")


def _offered(subject: Any) -> Sequence[Chunk]:
    return (*TYPICAL, *TEXT) if isinstance(subject, ArrayBytesCodec) else TYPICAL


def _judge(
    subject: Any, plan: Plan, backend: Backend, deed: _Deed, reasons: list[tuple[Chunk, str]]
) -> bool:
    try:
        reference(subject, plan.chunk)
        probe(subject, plan.chunk, backend)
    except (Refused, HostFault) as refusal:
        reasons.append((plan.chunk, str(refusal)))
        return False
    works = False
    try:
        due = plan.on_host()
    except Refused as refusal:
        reasons.append((plan.chunk, str(refusal)))
        return False
    for path in pipelines():
        try:
            _require_able(deed, plan, backend, path)
            deed(plan, backend, path, due)
            works = True
        except Refused as refusal:
            reasons.append((plan.chunk, str(refusal)))
    return works


def _require_able(deed: _Deed, plan: Plan, backend: Backend, path: str) -> None:
    """Find out whether zarr can do it without the codec: what it cannot is no fault of that."""
    plain = Plan(plan.chunk, None, plan.form, plan.order)
    try:
        with unrecorded_transfers():
            deed(plain, backend, path, plain.sent())
    except Exception as error:
        raise Refused(
            f"zarr itself fails here, with no codec but its default one: {describe(error)}"
        ) from error


@contextmanager
def _doing(plan: Plan, path: str, what: str = "") -> Iterator[str]:
    """Use a pipeline; yield how, in words, and say so where something is raised."""
    how = ", ".join(filter(None, (what, path.rpartition(".")[2])))
    with pipeline(path):
        try:
            yield how
        except NotImplementedError as error:
            # By the codec, or by a simulator that does not model what the codec needs.
            raise Refused(f"{how}: {describe(error)}") from error
        except Exception as error:
            error.add_note(f"while an array was written and read, {how}, {plan}")
            raise


def _require(
    plan: Plan, backend: Backend, due: npt.NDArray[Any], got: Any, what: str, *, part: bool = False
) -> None:
    """Demand that what was read is of the backend, and has the values that are due."""
    case = f"read {'a part' if part else 'the whole'}, {what}, {plan}"
    if not backend.owns(got):
        raise violated(
            expected=f"an array of backend {backend.name}",
            actual=f"{type(got).__module__}.{type(got).__qualname__}",
            advice="let the codec return buffers of the prototype of its spec",
            case=case,
        )
    with unrecorded_transfers():
        values = np.array(backend.to_host(got))
    region = plan.part if part else ...
    _require_values(plan.sent()[region], due[region], values, case)


def _require_values(
    sent: npt.NDArray[Any], due: npt.NDArray[Any], got: npt.NDArray[Any], case: str
) -> None:
    fault = value_fault(sent, due, got)
    if fault is not None:
        raise violated(
            expected=fault.expected,
            actual=fault.actual,
            advice="call the codec's methods alone, as the other checks do, to find the one that is "
            "wrong",
            case=case,
        )


def _write_and_read(plan: Plan, backend: Backend, path: str, due: npt.NDArray[Any]) -> None:
    with _doing(plan, path) as how:
        array = plan.create(backend.StoreExpectingTestBuffer())
        plan.write(array, backend)
        _require(plan, backend, due, array[...], how)
        _require(plan, backend, due, array[plan.part], how, part=True)


@check("codec")
def check_in_array(subject: Any, backend: Backend) -> None:
    """In an array, each pipeline writes and reads through the codec what it does on the host.

    Whole and in part, chunks at the edge among them, C- and F-ordered, with a fill value that
    occurs, into a store that takes no buffers but the backend's. What zarr cannot do without the
    codec is not asked for.
    """
    _each_plan(subject, backend, _write_and_read, ("plain", "C"), ("plain", "F"), owned=True)


@check("codec")
def check_in_shards(subject: Any, backend: Backend) -> None:
    """In a sharded array, each pipeline gives through the codec what it gives on the host.

    Inside a shard, inner chunks are parts of one buffer, are read by byte ranges, and are encoded
    and decoded by other code of zarr's; shards may lie in shards. What zarr cannot do without the
    codec is not asked for.
    """
    if hasattr(subject, "index_codecs"):
        # Its own shards are in shards then.
        _each_plan(subject, backend, _write_and_read, ("sharded", "C"), owned=True)
        return
    ways: tuple[tuple[Form, Order], ...] = (("sharded", "C"), ("nested", "C"), ("sharded", "F"))
    _each_plan(subject, backend, _write_and_read, *ways, owned=True)


def _by_argument(plan: Plan, backend: Backend, path: str, due: npt.NDArray[Any]) -> None:
    with host_configuration(), _doing(plan, path, "prototype as an argument") as how:
        array = plan.create(MemoryStore())
        with unrecorded_transfers():
            whole = backend.from_host(plan.values())
            patch = backend.from_host(plan.patch())
        everything = tuple(slice(None) for _ in plan.shape)
        array.set_basic_selection(everything, whole, prototype=backend.prototype)
        array.set_basic_selection(plan.part, patch, prototype=backend.prototype)
        got = array.get_basic_selection(everything, prototype=backend.prototype)
        _require(plan, backend, due, got, how)
        got = array.get_basic_selection(plan.part, prototype=backend.prototype)
        _require(plan, backend, due, got, how, part=True)


@check("codec")
def check_prototype_argument(subject: Any, backend: Backend) -> None:
    """In an array, a prototype that is given as an argument overrules zarr's configuration.

    ``array.get_basic_selection(..., prototype=...)`` under a configuration for the host. What zarr
    cannot do without the codec is not asked for.
    """
    _each_plan(subject, backend, _by_argument, ("plain", "C"))


def _switched(plan: Plan, backend: Backend, path: str, due: npt.NDArray[Any]) -> None:
    with _doing(plan, path, "configuration switched") as how:
        with host_configuration():
            array = plan.create(MemoryStore())
            array[...] = plan.values()
        with unrecorded_transfers():
            patch = backend.from_host(plan.patch())
        with use_backend(backend):
            array[plan.part] = patch
            _require(plan, backend, due, array[...], f"on the device, {how}")
        with host_configuration():
            case = f"read on the host, {how}, {plan}"
            _require_values(plan.sent(), due, np.asarray(array[...]), case)
            array[...] = plan.values()
        with use_backend(backend):
            array[plan.part] = patch
            _require(plan, backend, due, array[...], f"on the device again, {how}")


@check("codec")
def check_configuration_switched(subject: Any, backend: Backend) -> None:
    """An array that is open serves host and device in turn, as zarr's configuration is switched.

    zarr asks its configuration at each operation; the codec stays the same object. What one
    device has written in part, the other completes.
    """
    _each_plan(subject, backend, _switched, ("plain", "C"))
