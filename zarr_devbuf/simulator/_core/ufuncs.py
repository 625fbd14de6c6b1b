"""Universal functions, with CuPy's loops and rules for operands, and NumPy's arithmetic.

CuPy selects the first loop of a function to which all operands can be cast safely. Its loops differ
from NumPy's in some cases, and its results are always new, C-ordered device arrays.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: ARG002, N801, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import read
from zarr_devbuf.simulator._core.construction import array as make_device_array
from zarr_devbuf.simulator._core.current_device import current_id, peer_error
from zarr_devbuf.simulator._core.dtypes import as_native, check_kernel, make_aligned_dtype, resolve
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.indexing import scatter_at
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.scalars import pack, scalar_dtype
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Loop", "check_cast", "ufunc"]

type DType = np.dtype[Any]


class Loop:
    """One signature of a function, and the function that computes it.

    Parameters
    ----------
    signature
        Dtype characters of inputs and outputs, as in ``"dd->d"``.
    compute
        Called with operands, dtypes and output; ``None`` if CuPy raises an error for the
        signature.
    error
        The message of that error.
    silent
        Whether NumPy emits no warnings for integers.
    """

    __slots__ = ("compute", "dtypes", "error", "inputs", "outputs", "signature", "silent")

    def __init__(
        self,
        signature: str,
        compute: Callable[..., Any] | None,
        error: str | None = None,
        *,
        silent: bool = False,
    ) -> None:
        left, right = signature.split("->")
        self.signature = signature
        self.inputs = tuple(np.dtype(char) for char in left)
        self.outputs = tuple(np.dtype(char) for char in right)
        self.dtypes = self.inputs + self.outputs
        self.compute: Any = compute
        self.error = error
        # Setting NumPy's error state costs as much as a small operation.
        self.silent = all(dtype.kind in "biu" for dtype in self.dtypes) and silent


def check_cast(source: DType, target: DType, casting: str, what: str = "array data") -> None:
    """Raise ``TypeError`` if a casting rule forbids a cast."""
    if source is target or (casting == "same_kind" and source.kind == target.kind):
        return
    if not np.can_cast(source, target, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"Cannot cast {what} from {source!r} to {target!r} according to the rule '{casting}'"
        )


def _kind_score(kind: type[Any]) -> int:
    if issubclass(kind, np.bool_):
        return 0
    if issubclass(kind, (np.integer, int)):
        return 1
    if issubclass(kind, (np.inexact, float, complex)):
        return 2
    return 3


def _scalars_are_weak(dtypes: Sequence[DType], weaks: Sequence[type[Any] | None]) -> bool:
    """Return whether weakly typed scalars adopt the dtype of the arrays.

    They do unless they are of a higher kind than every array.
    """
    scalars = [_kind_score(weak) for weak in weaks if weak is not None]
    arrays = [
        _kind_score(dtype.type) for dtype, weak in zip(dtypes, weaks, strict=True) if weak is None
    ]
    return bool(scalars and arrays) and max(arrays) >= max(scalars)


class ufunc:
    """A function that works element by element on device arrays and scalars.

    Parameters
    ----------
    name
        CuPy's name of it, which its error messages contain.
    loops
        Its loops, in the order in which CuPy tries them.
    out_loops
        The loops that ``dtype=`` selects from, if they differ.
    casting
        The casting rule for an output array.
    compares
        Whether it is a comparison, which is exact for integers.
    """

    __module__ = "zarr_devbuf.simulator.cupy"

    def __init__(
        self,
        name: str,
        loops: Sequence[Loop],
        *,
        out_loops: Sequence[Loop] | None = None,
        casting: str = "same_kind",
        compares: bool = False,
    ) -> None:
        self.name = name
        self.__name__ = name
        self.nin = len(loops[0].inputs)
        self.nout = len(loops[0].outputs)
        self.nargs = self.nin + self.nout
        self._loops = tuple(loops)
        self._out_loops = tuple(out_loops or loops)
        self._casting = casting
        self._compares = compares
        self._found: dict[Any, Loop] = {}

    def __repr__(self) -> str:
        return f"<ufunc '{self.name}'>"

    @property
    def types(self) -> list[str]:
        """The signatures, as in ``numpy.ufunc.types``."""
        return [loop.signature for loop in self._loops]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: C901, PLR0912 - the fast path, without calls
        """Apply the function; the result is on the device."""
        if kwargs or len(args) != self.nin:
            return self._call_in_full(args, kwargs)
        if tracker.active:
            for arg in args:
                if isinstance(arg, DeviceArray):
                    read(arg)
        dtypes: list[DType] = []
        weaks: list[type[Any] | None] | None = None
        operands: list[Any] = []
        subtype = template = None
        plain = True
        device = current_id()
        for index, arg in enumerate(args):
            if isinstance(arg, DeviceArray):
                if arg._mem.device_id != device:
                    raise peer_error(arg._mem.device_id)
                raw = arg._raw
                dtype = raw.dtype
                if not dtype.isnative:
                    dtype = as_native(dtype)
                    raw = raw.view(dtype)
                if type(arg) is not DeviceArray._array_class and subtype is None:
                    subtype, template = type(arg), arg
                operands.append(raw)
                dtypes.append(dtype)
                continue
            array = from_device_like(arg)
            if array is not None:
                operands.append(kernel_operand(array))
                dtypes.append(operands[-1].dtype)
                continue
            plain = False
            dtype, weak = scalar_dtype(arg)
            operands.append(arg)
            dtypes.append(dtype)
            if weak is not None:
                if weaks is None:
                    weaks = [None] * self.nin
                weaks[index] = weak
        try:
            loop = self._loop_for(tuple(dtypes), None if weaks is None else tuple(weaks))
        except TypeError:
            # CuPy checks shapes before dtypes.
            broadcast_shape([arg for arg in args if isinstance(arg, DeviceArray)])
            raise
        if not plain:
            _pack_scalars(loop, operands)
        if loop.silent:
            result = loop.compute(operands, loop.dtypes, None)
        else:
            with np.errstate(all="ignore"):
                result = loop.compute(operands, loop.dtypes, None)
        if self.nout == 1:
            return wrap(result, subtype, template)
        return tuple(wrap(part, subtype, template) for part in result)

    def _loop_for(
        self, dtypes: tuple[DType, ...], weaks: tuple[type[Any] | None, ...] | None
    ) -> Loop:
        key = (dtypes, weaks)
        loop = self._found.get(key)
        if loop is None:
            loop = self._find_loop(dtypes, weaks)
            self._found[key] = loop
        if loop.error is not None:
            raise TypeError(loop.error)
        return loop

    def _find_loop(
        self, dtypes: tuple[DType, ...], weaks: tuple[type[Any] | None, ...] | None
    ) -> Loop:
        if weaks is not None and not _scalars_are_weak(dtypes, weaks):
            weaks = None
        if self._compares and all(dtype.kind in "biu" for dtype in dtypes):
            # Integers are compared by value, whether or not a scalar fits into the arrays' dtype.
            weaks = None
        if self.name in _STRUCTURED and any(dtype.kind == "V" for dtype in dtypes):
            return _compare_structures(self.name, dtypes)
        for loop in self._loops:
            for index, (given, wanted) in enumerate(zip(dtypes, loop.inputs, strict=True)):
                if np.can_cast(given, wanted):
                    continue
                weak = weaks[index] if weaks is not None else None
                if weak is None or np.result_type(weak(0), wanted) != wanted:
                    break
            else:
                return loop
        raise TypeError(f"Wrong type ({dtypes}) of arguments for {self.name}")

    def _loop_for_dtype(self, dtype: DType) -> Loop:
        for loop in self._out_loops:
            if all(output == dtype for output in loop.outputs):
                if loop.error is not None:
                    raise TypeError(loop.error)
                return loop
        raise TypeError(f"Wrong type ({dtype}) of arguments for {self.name}")

    def _check_narrowing(self, inputs: list[Any], loop: Loop) -> None:
        """Raise for powers in a dtype that cannot hold the operands: they overflow as in C."""
        if self.name != "cupy_power" or loop.inputs[0].kind not in "iu":
            return
        for one in inputs:
            if isinstance(one, DeviceArray) and not np.can_cast(one._raw.dtype, loop.inputs[0]):
                raise not_implemented(f"cupy.power of {one._raw.dtype} in {loop.inputs[0]}")

    def _outputs(self, extra: tuple[Any, ...], out: Any) -> list[Any]:
        if out is None:
            return list(extra)
        if extra:
            raise ValueError("Cannot specify 'out' as both a positional and keyword argument")
        if isinstance(out, tuple):
            if len(out) != self.nout:
                raise ValueError("The 'out' tuple must have exactly one entry per ufunc output")
            return list(out)
        if self.nout != 1:
            raise ValueError("'out' must be a tuple of arrays")
        return [out]

    def _call_in_full(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        out = kwargs.pop("out", None)
        where = kwargs.pop("_where", None)
        dtype = kwargs.pop("dtype", None)
        casting = kwargs.pop("casting", self._casting)
        if dtype is not None:
            dtype = resolve(dtype)
        if kwargs:
            raise TypeError(f"Wrong arguments {kwargs}")
        if not self.nin <= len(args) <= self.nargs:
            raise TypeError(
                f"Wrong number of arguments for {self.name!r}. It must be either {self.nin} or "
                f"{self.nargs} (with outputs), but given {len(args)}."
            )
        outs = self._outputs(args[self.nin :], out)
        inputs = [_operand(arg) for arg in args[: self.nin]]
        outs = [None if one is None else _operand(one) for one in outs]
        if not all(one is None or isinstance(one, DeviceArray) for one in outs):
            raise TypeError("Output arguments type must be cupy.ndarray")
        masks = [] if where is None else [_operand(where)]
        if masks and isinstance(masks[0], DeviceArray) and masks[0]._raw.dtype != bool:
            raise TypeError(
                f"Cannot cast array data from {masks[0]._raw.dtype!r} to {np.dtype(bool)!r} "
                "according to the rule 'safe'"
            )
        arrays = [one for one in (*inputs, *masks, *outs) if isinstance(one, DeviceArray)]
        shape = broadcast_shape(arrays)
        if dtype is None:
            described = [
                (as_native(one._raw.dtype), None)
                if isinstance(one, DeviceArray)
                else scalar_dtype(one)
                for one in inputs
            ]
            weaks = tuple(weak for _, weak in described)
            loop = self._loop_for(
                tuple(given for given, _ in described), weaks if any(weaks) else None
            )
        else:
            loop = self._loop_for_dtype(dtype)
            self._check_narrowing(inputs, loop)
        subtype = template = None
        for one in inputs:
            if isinstance(one, DeviceArray) and type(one) is not DeviceArray._array_class:
                subtype, template = type(one), one
                break
        results, targets = self._targets(outs, loop, shape, casting, subtype, template)
        if 0 not in shape:
            operands = [
                kernel_operand(one) if isinstance(one, DeviceArray) else one for one in inputs
            ]
            mask = True if not masks else _mask(masks[0])
            with np.errstate(all="ignore"):
                self._compute_into(loop, operands, targets, mask, shape)
        return results[0] if self.nout == 1 else tuple(results)

    def _targets(
        self,
        outs: list[Any],
        loop: Loop,
        shape: tuple[int, ...],
        casting: str,
        subtype: type[Any] | None,
        template: Any,
    ) -> tuple[list[Any], list[Any]]:
        outs += [None] * (self.nout - len(outs))
        results = []
        for one, dtype in zip(outs, loop.outputs, strict=True):
            if one is None:
                results.append(wrap(np.empty(shape, dtype), subtype, template))
                continue
            if one._raw.shape != shape:
                raise ValueError("Out shape is mismatched")
            check_cast(dtype, one._raw.dtype, casting, "output operand")
            results.append(one)
        return results, [kernel_target(one) for one in results]

    def _compute_into(
        self, loop: Loop, operands: list[Any], targets: list[Any], mask: Any, shape: Any
    ) -> None:
        _pack_scalars(loop, operands)
        direct = mask is True and self.nout == 1 and targets[0].flags.writeable
        if direct:
            done = loop.compute(operands, loop.dtypes, targets[0])
            if done is not targets[0]:
                np.copyto(targets[0], done, casting="unsafe")
            return
        done = loop.compute(operands, loop.dtypes, None)
        parts = (done,) if self.nout == 1 else done
        for target, part in zip(targets, parts, strict=True):
            np.copyto(target, part, casting="unsafe", where=mask)

    def outer(self, a: Any, b: Any, **kwargs: Any) -> Any:
        """Apply the function to all pairs of elements of two arrays."""
        a, b = make_device_array(a), make_device_array(b)
        left = a.reshape(a.shape + (1,) * b.ndim)
        right = b.reshape((1,) * a.ndim + b.shape)
        return self(left, right, **kwargs)

    def reduce(
        self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        """Reduce along an axis; CuPy supports it for ``add`` and ``multiply``."""
        if self.name == "cupy_add":
            return array.sum(axis, dtype, out, keepdims)
        if self.name == "cupy_multiply":
            return array.prod(axis, dtype, out, keepdims)
        raise NotImplementedError(f"`{self.name}.reduce` is not supported yet")

    def accumulate(self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        """Accumulate along an axis; CuPy supports it for ``add`` and ``multiply``."""
        if self.name == "cupy_add":
            return array.cumsum(axis, dtype, out)
        if self.name == "cupy_multiply":
            return array.cumprod(axis, dtype, out)
        raise NotImplementedError(f"`{self.name}.accumulate` is not supported yet")

    def reduceat(
        self, array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None
    ) -> Any:
        """Raise ``NotImplementedError``; CuPy supports it only for ``add``."""
        if self.name == "cupy_add":
            raise not_implemented("cupy.add.reduceat")
        raise NotImplementedError(f"`{self.name}.reduceat` is not supported yet")

    def at(self, a: Any, indices: Any, b: Any = None) -> None:
        """Apply the function in place at indices; repeated indices are applied repeatedly."""
        scatter_at(self, a, indices, b)


def _pack_scalars(loop: Loop, operands: list[Any]) -> None:
    """Replace scalars by 0-d arrays of the loop's dtypes."""
    for index, operand in enumerate(operands):
        if type(operand) is not np.ndarray:
            empty = any(type(one) is np.ndarray and not one.size for one in operands)
            # CuPy launches no kernel for empty arrays, so any scalar is accepted.
            operands[index] = pack(0 if empty else operand, loop.inputs[index])


_STRUCTURED = {"cupy_equal": operator.eq, "cupy_not_equal": operator.ne}


def _compare_structures(name: str, dtypes: tuple[DType, ...]) -> Loop:
    """Return a loop that compares structured arrays in their common dtype, field by field."""
    first, second = dtypes
    if first.kind != second.kind or (first.fields is None) != (second.fields is None):
        raise TypeError("Cannot compare structured and non-structured dtypes")
    if first.fields is None:
        if first.itemsize != second.itemsize:
            raise TypeError(
                "cannot compare unstructured voids of different size "
                f"({first.itemsize} vs {second.itemsize})"
            )
        joint = first
    else:
        try:
            joint = np.promote_types(first, second)
        except TypeError:
            raise TypeError(
                "Cannot compare structured arrays unless they have a common dtype.  I.e. "
                "`np.result_type(arr1, arr2)` must be defined."
            ) from None
        joint = make_aligned_dtype(joint)

    def compare(operands: list[Any], *_: Any) -> Any:
        if all(one.size for one in operands):
            for dtype in (first, second):
                check_kernel(dtype)
        return _STRUCTURED[name](*(one.astype(joint) for one in operands))

    loop = Loop("??->?", compare)
    loop.inputs = dtypes
    loop.dtypes = (*dtypes, *loop.outputs)
    return loop


def _operand(arg: Any) -> Any:
    """Return a device array on this device, or a scalar; raise for anything else."""
    array = arg if isinstance(arg, DeviceArray) else from_device_like(arg)
    if array is None:
        scalar_dtype(arg)
        return arg
    if array._mem.device_id != current_id():
        raise peer_error(array._mem.device_id)
    return array


def _mask(where: Any) -> Any:
    return kernel_operand(where) if isinstance(where, DeviceArray) else bool(where)


def broadcast_shape(arrays: Sequence[DeviceArray]) -> tuple[int, ...]:
    """Return the shape to which arrays are broadcast."""
    shapes = [array._raw.shape for array in arrays]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " ".join(str(shape) for shape in shapes)
        raise ValueError(f"operands could not be broadcast together with shapes {listed}") from None
