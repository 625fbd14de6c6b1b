"""Tell from the call stack whether a transfer that CuPy makes was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr_devbuf._transfers.bytecode import called_name

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["asked_for"]

# Functions and methods, of CuPy and of this package, whose very purpose is to cross between host
# and device.
_CROSSINGS = frozenset(
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


def asked_for(caller: FrameType | None, cupy_function: str | None) -> bool:
    """
    Judge a transfer that nobody has declared explicit or implicit.

    Where the transfer comes out of a function of CuPy that is written in Python, that function's
    name decides; else the name of what the line calls, read from its bytecode: what is compiled has
    no frame.
    Conversions (``float(x)``, ``if x:``), indexing with a list or host array, printing, and calls
    that have another purpose (``x.take([0, 2])``) do not ask for a transfer, and neither does a
    call whose target has no name (``table[0](x)``).

    Parameters
    ----------
    caller : FrameType or None
        The first frame outside the libraries, still where the transfer happens.
    cupy_function : str or None
        Name of the Python function of CuPy that it called, where there is one.

    Returns
    -------
    bool
        Whether the code asked for it.
    """
    if cupy_function is not None:
        return cupy_function in _CROSSINGS
    return caller is not None and called_name(caller) in _CROSSINGS
