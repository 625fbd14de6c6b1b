"""Classify the transfers of CuPy as explicit or implicit, from the call stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr_devbuf._transfers.bytecode import called_name

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["is_explicit"]

# Functions and methods, of CuPy and of this package, whose purpose is to copy between host and
# device.
_COPY_FUNCTIONS = frozenset(
    {
        "array",
        "as_numpy_array",
        "as_scalar",
        "asanyarray",
        "asarray",
        "asnumpy",
        "copy_from",
        "copy_from_async",
        "copy_from_host",
        "copy_from_host_async",
        "copy_to_host",
        "copy_to_host_async",
        "dump",
        "dumps",
        "from_buffer",
        "from_bytes",
        "from_dlpack",
        "from_host",
        "from_numpy_array",
        "frombuffer",
        "fromfile",
        "fromfunction",
        "fromiter",
        "fromstring",
        "genfromtxt",
        "get",
        "item",
        "load",
        "loads",
        "loadtxt",
        "save",
        "savetxt",
        "savez",
        "savez_compressed",
        "set",
        "to_bytes",
        "to_host",
        "tobytes",
        "tofile",
        "tolist",
    }
)


def is_explicit(caller: FrameType | None, cupy_function: str | None) -> bool:
    """
    Return whether the code requests a transfer that is not declared explicit or implicit.

    If the caller called a function of CuPy that is written in Python, the name of that function
    decides. Otherwise the name of the function that the caller's line calls decides; it is read
    from bytecode, because compiled functions have no frame.
    Conversions (``float(x)``, ``if x:``), indexing with a list or host array, printing, and calls
    that have another purpose (``x.take([0, 2])``) are implicit, and so is a call whose target has
    no name (``table[0](x)``).

    Parameters
    ----------
    caller : FrameType or None
        The first frame outside the libraries, at the instruction that causes the transfer.
    cupy_function : str or None
        Name of the Python function of CuPy that it called; None if it called none.

    Returns
    -------
    bool
        Whether the code requests the transfer.
    """
    if cupy_function is not None:
        return cupy_function in _COPY_FUNCTIONS
    return caller is not None and called_name(caller) in _COPY_FUNCTIONS
