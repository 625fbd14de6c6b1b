"""Configurations of a codec for buffers of known sizes."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator.nvcomp._signatures import converter

__all__ = ["CompressConfig", "DecompressConfig", "check_sizes", "make_config"]


class _Config:
    """The sizes of uncompressed buffers, for one codec. There is no constructor."""

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ("__weakref__", "_codec", "_sizes")

    # The sizes in bytes, one for each buffer.
    _sizes: tuple[int, ...]
    _codec: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        raise TypeError(f"{self.__module__}.{type(self).__name__}: No constructor defined!")


class CompressConfig(_Config):
    """What ``Codec.compression_config`` returns, for ``Codec.encode``."""

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ()


class DecompressConfig(_Config):
    """What ``Codec.decompression_config`` returns, for ``Codec.decode``."""

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ()


def make_config[C: _Config](kind: type[C], codec: Any, sizes: list[int]) -> C:
    """Return a configuration of a codec for buffers of these uncompressed sizes, in bytes."""
    config: C = object.__new__(kind)
    config._codec = codec  # noqa: SLF001
    config._sizes = tuple(sizes)  # noqa: SLF001
    return config


def check_sizes(config: _Config, codec: Any, sizes: list[int]) -> None:
    """Raise ``ValueError`` if a configuration is another codec's, or for other sizes.

    nvCOMP does not check: its results are undefined then.
    """
    if config._codec is not codec:  # noqa: SLF001
        raise ValueError(f"The {type(config).__name__} was made by another Codec.")
    if config._sizes != tuple(sizes):  # noqa: SLF001
        expected = list(config._sizes)  # noqa: SLF001
        raise ValueError(
            f"The {type(config).__name__} is for uncompressed sizes of {expected} bytes, the "
            f"buffers have {sizes} bytes."
        )


def _config(kind: type[_Config]) -> Any:
    def convert(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return convert


converter("CompressConfig", _config(CompressConfig))
converter("DecompressConfig", _config(DecompressConfig))
