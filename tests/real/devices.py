"""Packages for GPUs, which run on the simulated one: arguments of ``zarr-devbuf audit``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BACKENDS", "DEVICE_PACKAGES", "GROUPS", "Group"]

BACKENDS = ("cpu", "gpu")

DEVICE_PACKAGES = ("czarr", "cuda-zarr", "kvikio-cu12")


@dataclass(frozen=True)
class Group:
    """
    Subjects that are audited together.

    Attributes
    ----------
    title : str
        The title of their table.
    subjects : mapping of str to str
        Each with its reference, a host codec of the same format; an empty string for none.
    variables : mapping of str to str
        What the environment says about the simulated libraries.
    """

    title: str
    subjects: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)


def _plain(*subjects: str) -> dict[str, str]:
    return dict.fromkeys(subjects, "")


_BLOSC = (
    '{"name": "blosc", "configuration": {"cname": "zstd", "clevel": 5, "shuffle": "bitshuffle", '
    '"typesize": 4}}'
)

GROUPS: tuple[Group, ...] = (
    Group(
        "czarr",
        {
            **_plain(*(f"czarr.{name}" for name in ("ans", "bitcomp", "cascaded"))),
            **_plain(*(f"czarr.{name}" for name in ("deflate", "gdeflate", "snappy"))),
            "czarr:Zstd": "zstd",
            "czarr:LZ4": "numcodecs.lz4",
            "czarr:Gzip": "gzip",
            "czarr:Zlib": "numcodecs.zlib",
            "czarr:Blosc": _BLOSC,
            "czarr:Shuffle": '{"name": "numcodecs.shuffle", "configuration": {"elementsize": 4}}',
            "czarr:Delta": '{"name": "numcodecs.delta", "configuration": {"dtype": "<f4"}}',
            **_plain("czarr:FixedScaleOffset", "czarr:BitRound"),
            **_plain("czarr.core.buffer:buffer_prototype", "czarr:GPULocalStore"),
        },
        {"SIM_NVCOMP": "5"},
    ),
    Group(
        "cuda-zarr",
        {"cuda_zarr:ZstdGPU": "zstd", "cuda_zarr:CuFileStore": ""},
        {"SIM_KVIKIO": "25"},
    ),
    Group("kvikio", _plain("kvikio.zarr:GDSStore")),
    Group(
        "A codec as in zarr-python#2863, with nvCOMP 5",
        {
            "tests.real.nvcomp_codec:NvcompZstd": "zstd",
            "tests.real.nvcomp_codec:NvcompZstdViews": "zstd",
        },
        {"SIM_NVCOMP": "5"},
    ),
    Group(
        "A codec as in zarr-python#2863, with nvCOMP 6",
        {
            "tests.real.nvcomp_codec:NvcompZstd": "zstd",
            "tests.real.nvcomp_codec:NvcompZstdViews": "zstd",
        },
    ),
)
