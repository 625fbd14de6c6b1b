"""Operations on arrays of two devices, whose results were recorded with CuPy.

``tests/gpu`` runs with one device, so the results were recorded with two devices without peer access. To record
them again, run this on a machine with two CUDA devices; with ``--check``, the results are compared instead::

    python -m tests.gpu.differential.devices

Operations that pass the address of a remote array to a CUDA library (in-place sorting, products and transpositions
of floats) are not included: without peer access, they are illegal memory accesses.
"""

# ruff: noqa: E501 - tables of expressions read better in blocks.
from __future__ import annotations

import argparse
import pprint
import sys
from typing import Any

import numpy as np

from tests.gpu.differential.recorded_devices import RECORDED

__all__ = ["PROGRAMS", "observe"]

_MIXED = (
    "near + far", "far + near", "far + 1", "far + far", "-far", "near == far", "far == None", "near_index @ far_index", "far_index @ far_index", "xp.add(near, far)", "xp.add(near, near, out=far)",
    "xp.add(far, far, out=near)", "xp.sqrt(far)", "np.add(near, far)", "xp.maximum(far, 2)", "xp.where(near > 1, near, far)", "xp.where(far > 1, 1, 2)", "near.clip(far, 5)",
    "far.sum()", "far.max()", "xp.sum(far, axis=0)", "near.sum(0, out=far[0])", "far.argmax()", "far.cumsum()", "far.mean()", "far.any()", "bool(far.ravel()[:1])", "far.var()",
    "xp.concatenate([near, far])", "xp.concatenate([far, far])", "xp.stack([near, far])", "xp.stack([far])", "xp.concatenate([near[:1], near[:1]], out=far)",
    "near[far_index]", "far[near_index]", "far[far_index]", "near[far_mask]", "far[near_mask]", "far[0]", "far[::2]", "far[[0, 1]]", "far[far > 1]", "far[None]",
    "near.take(far_index)", "far.take(near_index)", "far.take([0])", "xp.take(near, far_index, axis=0)",
)  # fmt: skip
_WRITING = (
    "near[...] = far", "far[...] = near", "far[...] = 5", "far[0] = 5", "far[0] = near[0]", "near[:1] = far[:1]", "near[far_index] = 5", "far[near_index] = 5", "far[far_index] = 5",
    "near[near_index] = far[0]", "near[near_mask] = far[0, 0]", "far[far_mask] = 1", "far.fill(3)", "near.fill(far[0, 0])", "xp.copyto(near, far)", "xp.copyto(far, near)", "xp.copyto(far, 1)",
    "near += far", "far += 1", "far += near", "far.put([0], 1)", "near.put([0], far)", "far.set(np.ones((2, 3)))", "near.set(far.get())", "near.data.copy_from_device(far.data, 8)",
    "near.data.copy_from(far.data, 8)", "far.shape = (3, 2)",
)  # fmt: skip
_MOVING = (
    "far.get()", "xp.asnumpy(far)", "far[0, 0].item()", "far.tolist()", "repr(far)", "far.copy()", "far.astype('f4')", "far.astype('f8', copy=False)", "far.astype(far.dtype)",
    "xp.array(far)", "xp.asarray(far)", "xp.array(far, dtype='f4')", "xp.array([near, far])", "xp.array([far, far])", "xp.ascontiguousarray(far)", "xp.ascontiguousarray(far.T)",
    "xp.asfortranarray(far_index)", "far.T", "far.T.copy()", "far.reshape(-1)", "far.T.reshape(-1)", "far.ravel()", "far.T.ravel()", "far.flatten()", "far.view('i8')", "far.squeeze()", "far.T.get()",
    "xp.empty_like(far)", "xp.zeros_like(far)", "xp.ones_like(far)", "xp.full_like(far, 3)", "xp.zeros_like(near)", "xp.broadcast_to(far, (2, 2, 3))", "xp.copy(far)", "xp.repeat(far, 2)",
    "xp.tile(far, 2)", "xp.roll(far, 1)", "xp.flip(far)", "xp.pad(far, 1)", "xp.unique(far)", "xp.sort(far)", "xp.argsort(far)", "xp.nonzero(far)", "xp.array_equal(near, far)", "xp.array_equal(far, far)",
    "xp.allclose(near, far)", "xp.isnan(far)", "far.real", "far.imag", "far.diagonal()", "far.item()", "xp.may_share_memory(near, far)", "xp.from_dlpack(far)",
    "pickle.loads(pickle.dumps(far))", "copy.copy(far)", "copy.deepcopy(far)", "far.device", "far.data.device_id", "far.flags.c_contiguous", "float(far[0, 0])", "len(far)", "list(far)",
    "xp.cuda.get_device_id()", "xp.asarray(host)", "xp.zeros(3)", "far.__dlpack_device__()", "xp.result_type(far, near)", "xp.asarray(Interface())", "near + Interface()",
)  # fmt: skip
PROGRAMS = (*_MIXED, *_WRITING, *_MOVING)
"""Lines of Python; ``near`` is on the current device, 0, and ``far`` is on device 1."""


def _scope(xp: Any) -> dict[str, Any]:
    host = np.arange(6.0).reshape(2, 3)
    scope: dict[str, Any] = {"xp": xp, "np": np, "host": host}
    for name, device in (("near", 0), ("far", 1)):
        with xp.cuda.Device(device):
            scope[name] = xp.asarray(host)
            scope[f"{name}_index"] = xp.asarray([0, 1])
            scope[f"{name}_mask"] = xp.asarray(host > 1)
    far = scope["far"]
    scope["Interface"] = type(
        "Interface", (), {"__cuda_array_interface__": far.__cuda_array_interface__}
    )
    for module in ("copy", "pickle"):
        scope[module] = __import__(module)
    return scope


def _describe(value: Any, xp: Any) -> str:
    """Return the type and device of a value, without its content, which may be uninitialised."""
    if isinstance(value, xp.ndarray):
        return f"device {value.device.id} {value.dtype} {value.shape}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_describe(one, xp) for one in value)
    return f"{type(value).__name__}"


def observe(program: str, xp: Any) -> str:
    """Run a program with device 0 as current device, and return a line with the result."""
    scope = _scope(xp)
    with xp.cuda.Device(0):
        try:
            if program in _WRITING:
                exec(program, scope)
                near, far = (scope[name].ravel()[:2] for name in ("near", "far"))
                return f"near {near.get().tolist()}, far {far.get().tolist()}"
            return _describe(eval(program, scope), xp)
        except Exception as error:
            return (
                f"{type(error).__name__}: {str(error).splitlines()[0][:150] if str(error) else ''}"
            )


def main() -> int:
    """Print the results of CuPy, or compare them with the recorded ones."""
    import cupy

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the recorded results")
    found = {program: observe(program, cupy) for program in PROGRAMS}
    if not parser.parse_args().check:
        pprint.pp(found, width=180)
        return 0
    for program, result in found.items():
        if RECORDED.get(program) != result:
            print(f"{program}\n  recorded: {RECORDED.get(program)}\n  now:      {result}")
    return found != RECORDED


if __name__ == "__main__":
    sys.exit(main())
