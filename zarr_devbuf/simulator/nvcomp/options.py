"""The options of a codec: their names, their types, and which version of nvCOMP has them."""

from __future__ import annotations

import difflib
import operator
from typing import TYPE_CHECKING, Any, Final

from zarr_devbuf.simulator.nvcomp import enums
from zarr_devbuf.simulator.nvcomp._version import api_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["check_options", "option_names"]


class _CastError(TypeError):
    """A value does not have the type of an option."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _CastError
    return value


def _number(value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError as error:
        raise _CastError from error


def _size(value: Any) -> int:
    if _number(value) < 0:
        raise _CastError
    return _number(value)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise _CastError from error


def _truth(value: Any) -> bool:
    if isinstance(value, str) or (value is not None and not hasattr(type(value), "__bool__")):
        raise _CastError
    return bool(value)


def _member(kind: type[enums.Member]) -> Callable[[Any], Any]:
    def cast(value: Any) -> Any:
        if not isinstance(value, kind):
            raise _CastError
        return value

    return cast


def _flags(value: Any) -> int:
    return int(value) if isinstance(value, enums.Member) else _number(value)


def _mode(value: Any) -> Any:
    if not isinstance(value, (enums.BitcompMode, enums.CascadedMode)):
        raise _CastError
    return value


_COMMON: Final[dict[str, Callable[[Any], Any]]] = {
    "algorithm": _text,
    "device_id": _number,
    "cuda_stream": _size,
    "uncomp_chunk_size": _size,
    "bitstream_kind": _member(enums.BitstreamKind),
    "checksum_policy": _member(enums.ChecksumPolicy),
    "decompress_backend": _member(enums.DecompressBackend),
    "use_de_sort": _truth,
    "data_type": _text,
    "bitshuffle_mode": _member(enums.BitshuffleMode),
    "algorithm_type": _number,
}
_SIX: Final[dict[str, Callable[[Any], Any]]] = {
    "execution_policy": _member(enums.ExecutionPolicy),
    "mode": _mode,
    "delta": _float,
    "states_per_lane": _number,
    "histogram_reduction_log2": _number,
    "max_sub_chunk_count": _number,
    "skip_validate": _truth,
    "compression_level": _size,
    "terminal_codecs": _flags,
    "fine_grained_encodings": _flags,
    "coarse_grained_encodings": _flags,
}
_FIVE: Final[dict[str, Callable[[Any], Any]]] = {
    "num_rles": _number,
    "num_deltas": _number,
    "use_bitpack": _truth,
}


def _casts() -> dict[str, Callable[[Any], Any]]:
    return _COMMON | (_SIX if api_version() > 5 else _FIVE)


def option_names() -> list[str]:
    """Return the names of the options in the version that is simulated."""
    return list(_casts())


def check_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with values of their types.

    An option of another algorithm than the codec's is accepted, and has no effect, as in nvCOMP.

    Raises
    ------
    ValueError
        For a name that is no option.
    RuntimeError
        For a value of another type.
    """
    casts = _casts()
    for name in given:
        if name not in casts:
            close = difflib.get_close_matches(name, casts, 1)
            hint = f' Did you mean "{close[0]}"?' if close else ""
            raise ValueError(f'Unsupported argument: "{name}".{hint}')
    values = {}
    for name, value in given.items():
        try:
            values[name] = casts[name](value)
        except _CastError:
            raise RuntimeError(
                f"Unable to cast Python instance of type {type(value)} to the type of the option "
                f'"{name}"'
            ) from None
    return values
