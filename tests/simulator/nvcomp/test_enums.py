"""Enumerations: as those of pybind11 behave."""

from __future__ import annotations

import copy
import operator

import pytest

from zarr_devbuf.simulator import nvcomp

RAW = nvcomp.BitstreamKind.RAW


def test_a_member_has_a_name_and_a_number() -> None:
    assert RAW.name == "RAW"
    assert RAW.value == int(RAW) == operator.index(RAW) == hash(RAW) == 1
    assert repr(RAW) == "<BitstreamKind.RAW: 1>"
    assert str(RAW) == "BitstreamKind.RAW"
    assert [0, 1, 2][RAW] == 1
    assert float(RAW) == 1.0


def test_a_number_gives_a_member_known_or_not() -> None:
    assert nvcomp.BitstreamKind(1) == RAW
    assert nvcomp.BitstreamKind(value=1) is not RAW
    assert repr(nvcomp.BitstreamKind(7)) == "<BitstreamKind.???: 7>"
    for arguments in (("RAW",), (), (1, 2)):
        with pytest.raises(TypeError, match=r"__init__\(\): incompatible constructor arguments"):
            nvcomp.BitstreamKind(*arguments)


def test_strict_members_equal_only_their_own_kind() -> None:
    assert RAW != 1
    assert nvcomp.ChecksumPolicy.NO_COMPUTE_NO_VERIFY != 0
    assert nvcomp.ExecutionPolicy.LATENCY != nvcomp.BitstreamKind.RAW
    assert RAW != None  # noqa: E711 - the comparison is what is tested


def test_other_members_equal_their_number_and_members_with_it() -> None:
    assert nvcomp.BitcompMode.BITCOMP_LOSSLESS == 0
    assert nvcomp.BITCOMP_LOSSLESS == nvcomp.CascadedCoarseGrainedEncoding.NONE
    assert nvcomp.DELTA != "x"
    assert nvcomp.DELTA != None  # noqa: E711 - the comparison is what is tested


def test_flags_combine_to_numbers_and_are_ordered() -> None:
    assert nvcomp.DELTA | nvcomp.RLE == 3
    assert type(nvcomp.DELTA | nvcomp.RLE) is int
    assert 1 | nvcomp.RLE == 3
    assert nvcomp.DELTA & nvcomp.RLE == 0
    assert 3 & nvcomp.RLE == 2
    assert nvcomp.DELTA ^ 3 == 3 ^ nvcomp.DELTA == 2
    assert ~nvcomp.DELTA == -2
    assert nvcomp.DELTA < 2 <= nvcomp.RLE
    assert nvcomp.FOR > nvcomp.RLE >= 2
    with pytest.raises(ValueError, match="invalid literal for int"):
        _ = nvcomp.DELTA | "x"


def test_members_of_other_kinds_are_not_ordered() -> None:
    with pytest.raises(TypeError, match="not supported between instances"):
        _ = RAW < nvcomp.BitstreamKind.WITH_UNCOMPRESSED_SIZE


def test_an_enumeration_lists_its_members_and_does_not_iterate() -> None:
    assert list(nvcomp.BitstreamKind.__members__) == [
        "NVCOMP_NATIVE",
        "RAW",
        "WITH_UNCOMPRESSED_SIZE",
    ]
    with pytest.raises(TypeError, match="not iterable"):
        list(nvcomp.BitstreamKind)
    with pytest.raises(TypeError, match="not subscriptable"):
        nvcomp.BitstreamKind["RAW"]


def test_members_cannot_be_changed_and_can_be_copied() -> None:
    for name in ("name", "other"):
        with pytest.raises(AttributeError):
            setattr(RAW, name, "x")
    assert copy.deepcopy(RAW) == RAW
    assert RAW.__getstate__() == 1


def test_names_of_the_module_are_members() -> None:
    assert nvcomp.STRIDED_HOST is nvcomp.ArrayBufferKind.STRIDED_HOST
    assert nvcomp.NONE is nvcomp.CascadedCoarseGrainedEncoding.NONE
    assert not hasattr(nvcomp, "RAW")
    assert not hasattr(nvcomp, "LATENCY")


def test_policies_of_version_5_equal_their_number(five: None) -> None:
    assert nvcomp.ChecksumPolicy.NO_COMPUTE_NO_VERIFY == 0
    assert nvcomp.BitstreamKind.RAW != 1
