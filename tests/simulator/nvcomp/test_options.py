"""The options of a codec."""

from __future__ import annotations

from typing import Any

import pytest

from zarr_devbuf.simulator import nvcomp
from zarr_devbuf.simulator.nvcomp.options import option_names


def test_algorithms_have_names_in_any_case() -> None:
    for name in ("LZ4", "lz4", "GDEFLATE", "Gdeflate", "gzip", "GZip", "ans", "BITCOMP"):
        nvcomp.Codec(algorithm=name)
    for name in ("Zlib", "LZ 4", "foo"):
        with pytest.raises(ValueError, match=f'Unknown algorithm: "{name}"\\.'):
            nvcomp.Codec(algorithm=name)


@pytest.mark.parametrize("name", ["foo", "num_rles", "chunk_size", "level", "stream"])
def test_unknown_options_are_errors(name: str) -> None:
    with pytest.raises(ValueError, match=f'Unsupported argument: "{name}"'):
        nvcomp.Codec(algorithm="unknown, too", **{name: 1})


def test_a_misspelt_option_is_guessed() -> None:
    with pytest.raises(ValueError, match=r'"algoritm"\. Did you mean "algorithm"\?'):
        nvcomp.Codec(algoritm="LZ4")


def test_options_of_other_algorithms_have_no_effect() -> None:
    nvcomp.Codec(algorithm="LZ4", algorithm_type=99, states_per_lane=7, mode=nvcomp.SYMMETRIC)
    nvcomp.Codec(algorithm="Zstd", data_type="foo")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("algorithm", 3),
        ("algorithm", None),
        ("device_id", "x"),
        ("device_id", 1.5),
        ("uncomp_chunk_size", -1),
        ("uncomp_chunk_size", None),
        ("bitstream_kind", 1),
        ("bitstream_kind", "RAW"),
        ("checksum_policy", 4),
        ("use_de_sort", "x"),
        ("cuda_stream", "x"),
        ("cuda_stream", object()),
    ],
)
def test_values_of_other_types_are_errors(option: str, value: Any) -> None:
    with pytest.raises(RuntimeError, match="Unable to cast Python instance of type"):
        nvcomp.Codec(**{"algorithm": "LZ4", option: value})


@pytest.mark.parametrize(
    ("algorithm", "options", "message"),
    [
        ("Deflate", {"algorithm_type": 6}, "must be 0 to 5, got 6"),
        ("Bitcomp", {"algorithm_type": 2}, "must be 0 to 1, got 2"),
        ("Bitcomp", {"data_type": "|f1"}, "Bitcomp does not support"),
        ("Cascaded", {"data_type": "<f4"}, "Cascaded does not support"),
        ("Cascaded", {"data_type": "<i2", "mode": nvcomp.SYMMETRIC}, "Cascaded does not support"),
        ("Cascaded", {"mode": nvcomp.BITCOMP_LOSSLESS}, "must be a CascadedMode"),
        ("Cascaded", {"terminal_codecs": 0}, "must be CASCADED_BITPACK"),
        ("Cascaded", {"coarse_grained_encodings": 1}, "must be NONE"),
        ("Cascaded", {"fine_grained_encodings": 8}, "must be flags, got 8"),
        ("ANS", {"data_type": "<i4"}, "ANS does not support"),
        ("ANS", {"max_sub_chunk_count": 3}, "power of two from 4 to 64"),
        ("ANS", {"states_per_lane": 3}, "must be 0 to 2, got 3"),
        ("ANS", {"histogram_reduction_log2": 9}, "must be 0 to 8, got 9"),
        ("LZ4", {"data_type": "int32"}, 'Unknown data type: "int32"'),
    ],
)
def test_values_that_a_format_does_not_have(
    algorithm: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        nvcomp.Codec(algorithm=algorithm, **options)


@pytest.mark.parametrize("mode", ["BITCOMP_LOSSY_FP_TO_SIGNED", "BITCOMP_LOSSY_FP_TO_UNSIGNED"])
def test_lossy_modes_are_not_implemented(mode: str) -> None:
    with pytest.raises(NotImplementedError, match=f"BitcompMode.{mode} is not implemented"):
        nvcomp.Codec(algorithm="Bitcomp", mode=nvcomp.BitcompMode.__members__[mode], delta=0.5)


def test_version_5_has_other_options(five: None) -> None:
    assert {"num_rles", "num_deltas", "use_bitpack"} <= set(option_names())
    assert "mode" not in option_names()
    codec = nvcomp.Codec(algorithm="Cascaded", num_rles=3, num_deltas=2, use_bitpack=False)
    source = nvcomp.as_array(b"abcdefgh").cuda()
    assert bytes(codec.decode(codec.encode(source)).cpu()) == b"abcdefgh"
    with pytest.raises(ValueError, match="num_deltas must not be negative"):
        nvcomp.Codec(algorithm="Cascaded", num_deltas=-1)
    with pytest.raises(ValueError, match='Unsupported argument: "mode"'):
        nvcomp.Codec(algorithm="Cascaded", mode=nvcomp.SYMMETRIC)
