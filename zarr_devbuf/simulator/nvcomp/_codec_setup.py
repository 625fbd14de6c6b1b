"""The format and the bitstream of a codec, from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator.nvcomp._formats import find_format
from zarr_devbuf.simulator.nvcomp.bitstream import Bitstream, Raw, WithSize
from zarr_devbuf.simulator.nvcomp.data_types import SIZES
from zarr_devbuf.simulator.nvcomp.enums import BitstreamKind, ChecksumPolicy
from zarr_devbuf.simulator.nvcomp.errors import failure
from zarr_devbuf.simulator.nvcomp.native import Native

if TYPE_CHECKING:
    from zarr_devbuf.simulator.nvcomp._formats.format import Format

__all__ = ["make_bitstream"]

_CHUNK = 65536
_COMPUTES = (ChecksumPolicy.COMPUTE_AND_NO_VERIFY, ChecksumPolicy.COMPUTE_AND_VERIFY_IF_PRESENT)


def make_bitstream(options: dict[str, Any]) -> tuple[Format | None, Bitstream]:
    """Return the format and the bitstream of a codec with these options.

    Raises
    ------
    ValueError
        For an unknown algorithm, an option that it does not allow, or a bitstream that cannot be.
    """
    algorithm = options.get("algorithm", "")
    kind = find_format(algorithm)(options) if algorithm else None
    bitstream = options.get("bitstream_kind", BitstreamKind.NVCOMP_NATIVE)
    policy = options.get("checksum_policy", ChecksumPolicy.NO_COMPUTE_NO_VERIFY)
    if bitstream == BitstreamKind.NVCOMP_NATIVE:
        return kind, _native(kind, options, policy)
    if kind is None:
        raise ValueError(f"A Codec for {bitstream} bitstreams needs an algorithm.")
    if policy != ChecksumPolicy.NO_COMPUTE_NO_VERIFY:
        raise failure("not supported", f"{policy} with {bitstream}, which has no checksums")
    return kind, Raw(kind) if bitstream == BitstreamKind.RAW else WithSize(kind)


def _native(kind: Format | None, options: dict[str, Any], policy: ChecksumPolicy) -> Native:
    chunk = options.get("uncomp_chunk_size", _CHUNK)
    step = max(kind.alignments[0], SIZES[kind.data_type]) if kind else 1
    if chunk <= 0 or chunk % step:
        raise ValueError(f"uncomp_chunk_size must be a positive multiple of {step}, got {chunk}")
    computes = policy in (*_COMPUTES, ChecksumPolicy.COMPUTE_AND_VERIFY)
    verifies = int(policy) >= int(ChecksumPolicy.NO_COMPUTE_AND_VERIFY_IF_PRESENT)
    needs = policy == ChecksumPolicy.COMPUTE_AND_VERIFY
    return Native(kind, options, chunk, computes=computes, verifies=verifies, needs=needs)
