"""Checks about several prototypes and specs: host and device read each other, in any order."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import copied, prepared, spec_of
from zarr_devbuf.checks.errors import during, violated

# So many specs are used in turn: each with all before it.
_FEW = 3


@chunk_check(
    large=True,
    advice="Write and read one format on host and device, for chunks of any size.",
    source="documented",
    severity="read wrong",
)
def check_between_devices(codec: CodecHarness) -> None:
    """What is encoded on the host is decoded on the backend, and the reverse, to the same values.

    An array is written where the data is and read where it is needed. Two implementations of a
    codec, one for each, have to agree on what is in the store.
    """
    codec.require_host()
    codec.assert_values(codec.decode(codec.encoded_input()), "decode what the host encoded")
    encoded = codec.to_host(codec.encode(codec.input()))
    with host_configuration():
        host = codec.prepared_for(None)
        decoded = host.decode(host.encoded_input(encoded))
        host.assert_values(decoded, "decode on the host what the backend encoded")


@chunk_check(
    advice="Keep no prototype and no array module on the codec: each call may have another.",
    source="ours",
    severity="raises",
)
def check_prototypes_in_turn(codec: CodecHarness) -> None:
    """One codec is called with one prototype after another, and uses that of each call.

    Zarr shares a codec between all uses of an array, on the host now and on the device then. A
    codec that keeps the first prototype, or an array library, uses the wrong one for the next.
    """
    if codec.expected.host_fault:
        raise violated(
            case=codec.about("encode and decode on the host"),
            expected="host memory, or an exception that says that it is not supported",
            actual=codec.expected.host_fault,
            advice="Copy the result to the memory of `chunk_spec.prototype`, or raise an "
            "exception that names the memory that is needed.",
        )
    codec.require_host()
    host = replace(codec, backend=None, spec=spec_of(codec.chunk, None))
    for turn in range(4):
        one, where = (codec, "the backend") if turn % 2 else (host, "the host")
        for path in codec.paths:
            what = f"encode and decode on {where}, in turn {turn + 1}"
            with nullcontext() if turn % 2 else host_configuration():
                decoded = one.decode(one.encode(one.input(), path), path)
            one.assert_decoded(decoded, what, path)
            one.assert_values(decoded, what, path)


@chunk_check(
    advice="Use `chunk_spec.prototype`, not get_ndbuffer_class() or default_buffer_prototype().",
    source="documented",
    severity="raises",
)
def check_prototype_of_the_spec(codec: CodecHarness) -> None:
    """A codec uses the prototype of the spec, not the one that zarr is configured for.

    Zarr's functions take a ``prototype`` argument, which may differ from ``zarr.config``. A codec
    that reads the configuration (``get_ndbuffer_class()``, ``default_buffer_prototype()``) then
    makes buffers that its caller cannot use.
    """
    with host_configuration():
        # Prepared under this configuration: the codec may read it then, too.
        _assert_prototype(codec.prepared_for(codec.backend), "zarr configured for the host")
    if codec.expected.on_host:
        _assert_prototype(codec.prepared_for(None), "zarr configured for the backend")


def _assert_prototype(codec: CodecHarness, when: str) -> None:
    for path in codec.paths:
        with during(f"encoding, {when}"):
            encoded = codec.encode(codec.input(), path)
        if codec.gives_bytes:
            codec.assert_buffer(encoded, f"encode, {when}", path, flat=True)
        with during(f"decoding, {when}"):
            decoded = codec.decode(codec.encoded_input(), path)
        codec.assert_decoded(decoded, f"decode, {when}", path)
        codec.assert_values(decoded, f"decode, {when}", path)


@chunk_check(
    enough=_FEW,
    advice="Return a new codec from evolve_from_array_spec(); do not change `self`.",
    source="documented",
    severity="stored wrong",
)
def check_specs_in_turn(codec: CodecHarness) -> None:
    """One codec works for arrays of different shapes and dtypes, each by the spec of the call.

    The codec that a user passes to several arrays is one object; each array makes its own from it
    by ``evolve_from_array_spec``. A codec that stores the spec on itself there uses the spec of the
    second array for the first.
    """
    if not codec.kept:
        codec.kept.append(copied(codec.subject))
    codec.kept.append(replace(codec, codec=prepared(codec.kept[0], codec.spec)))
    # In the opposite order of that in which they were prepared.
    for one in codec.kept[:0:-1]:
        for path in one.paths:
            one.assert_round_trip(path, f"encode and decode, prepared for {codec.chunk} since")
