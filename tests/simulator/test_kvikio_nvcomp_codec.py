"""The batch codec that kvikio had before 25.12, in a process with ``SIM_KVIKIO=25``."""

from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = """
from zarr_devbuf import record_transfers
from zarr_devbuf.simulator import simulate_gpu

with simulate_gpu(force=True) as cupy:
    import numcodecs
    import numpy as np
    from kvikio.nvcomp_codec import NvCompBatchCodec

    try:
        NvCompBatchCodec("rot13")
    except ValueError as error:
        assert str(error).startswith("rot13 is not supported. Must be one of: ["), error
    try:
        NvCompBatchCodec("Snappy")
    except NotImplementedError as error:
        assert "Snappy" in str(error), error
    codec = NvCompBatchCodec("Zstd")
    assert repr(codec) == "NvCompBatchCodec(algorithm='zstd', options={})"
    assert codec.encode_batch([]) == codec.decode_batch([]) == []

    # On the device, of one size: rows of one array. The ends of the frames are standard.
    texts = [np.frombuffer(bytes(range(i, 100 + i)), "u1") for i in range(2)]
    with record_transfers() as log:
        encoded = codec.encode_batch([cupy.asarray(each) for each in texts])
    assert [numcodecs.Zstd().decode(each) for each in encoded] == [t.tobytes() for t in texts]
    # The texts, the addresses and the sizes; the matrix of results and their sizes.
    assert log.host_to_device.count == 4, log
    assert log.device_to_host.count == 2, log
    frames = [cupy.asarray(np.frombuffer(each, "u1")) for each in encoded]
    with record_transfers() as log:
        decoded = codec.decode_batch(frames)
    assert isinstance(decoded, cupy.ndarray)
    assert (decoded.get() == texts).all()
    assert (log.host_to_device.count, log.device_to_host.count) == (2, 1), log

    # On the host, of two sizes, and into given memory.
    frames = [numcodecs.Zstd().encode(bytes(n)) for n in (3, 5)]
    found = codec.decode_batch(frames)
    assert [type(each) for each in found] == [np.ndarray] * 2
    assert [each.tolist() for each in found] == [[0] * 3, [0] * 5]
    out = [np.ones(3, "i1"), cupy.ones(5, "u1")]
    codec.decode_batch(frames, out)
    assert not out[0].any() and not out[1].get().any()
    assert codec.decode(codec.encode(b"abc")).tobytes() == b"abc"
    try:
        codec.decode_batch([cupy.zeros(20, "u1")])
    except RuntimeError as error:
        assert "nvCOMP" in str(error)
    else:
        raise AssertionError
"""


def _run(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_batches_of_zstd() -> None:
    done = _run(_PROGRAM, SIM_KVIKIO="25")
    assert done.returncode == 0, done.stderr


def test_it_is_not_in_kvikio_26() -> None:
    program = (
        "from zarr_devbuf.simulator import simulate_gpu\n"
        "with simulate_gpu(force=True): import kvikio.nvcomp_codec"
    )
    done = _run(program)
    assert "ModuleNotFoundError: kvikio.nvcomp_codec is not implemented" in done.stderr
    assert "SIM_KVIKIO must be 25 or 26, not '24'" in _run(program, SIM_KVIKIO="24").stderr
