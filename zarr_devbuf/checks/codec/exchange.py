"""Check a codec against another one of the same format, which the user names."""

from __future__ import annotations

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.codec.chunks import LARGE, TYPICAL, UNUSUAL
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import refusals
from zarr_devbuf.checks.codec.host_result import HostFault, host_result
from zarr_devbuf.checks.codec.tolerance import assert_host_values
from zarr_devbuf.checks.errors import Refused, during
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.reference_codec import reference_codec


@chunk_check(
    (*TYPICAL, *UNUSUAL, *LARGE),
    owned=True,
    skip=lambda _: "" if reference_codec.get() is not None else "no reference codec is given",
    advice="Write and read the format of the reference, header and checksum included.",
    source="documented",
    severity="read wrong",
    decodes_only=True,
)
def check_exchange_with_reference(codec: CodecHarness) -> None:
    """The codec decodes what the reference codec has encoded on the host, and the reverse.

    The reference is a codec of the same format that the user trusts. A codec for devices alone has
    no other witness: what it encodes wrongly it may decode wrongly, too. Source: the name of a
    codec in an array's metadata says what the stored bytes are, whoever has written them. Of a
    codec that encodes nothing only the decoding is checked, and its transfers are counted here.
    """
    reference = reference_codec.get()
    if reference is None:
        return
    try:
        expected = host_result(reference, codec.chunk)
    except HostFault as fault:
        raise Refused(f"the reference does not give back the chunk: {fault}") from fault
    for path in codec.paths:
        if codec.expected.encodes:
            encoded = codec.to_host(codec.encode(codec.input(), path))
            case = codec.about("decode by the reference what the codec encoded", path)
            with host_configuration(), during(case):
                host = CodecHarness.of(reference, codec.chunk, None)
                decoded = host.to_host(host.decode(host.encoded_input(encoded)))
            assert_host_values(decoded, expected.sent, expected.decoded, case, advice=codec.advice)
        case = codec.about("decode what the reference encoded", path)
        data = codec.encoded_input(expected.encoded)
        if codec.expected.encodes:
            result = codec.decode(data, path)
        else:
            with refusals(), measured(case):
                result = codec.decode(data, path)
        got = codec.to_host(result)
        assert_host_values(got, expected.sent, expected.decoded, case, advice=codec.advice)
