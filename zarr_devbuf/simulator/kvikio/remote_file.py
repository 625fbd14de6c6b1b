"""``kvikio.remote_file``: files of servers, read by HTTP."""

from __future__ import annotations

import ctypes
import enum
import os
import re
from typing import Any, Self
from urllib.parse import urlsplit

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.refusals import refused_method
from zarr_devbuf.simulator.kvikio._http import file_size, read_range
from zarr_devbuf.simulator.kvikio._memory import Memory, size_t
from zarr_devbuf.simulator.kvikio._posix import record
from zarr_devbuf.simulator.kvikio._task import Task
from zarr_devbuf.simulator.kvikio.cufile import IOFuture

__all__ = [
    "IOFuture",
    "RemoteEndpointType",
    "RemoteFile",
    "infer_remote_endpoint_type",
    "is_remote_file_available",
]


class RemoteEndpointType(enum.Enum):
    """Kinds of servers."""

    AUTO = 0
    S3 = 1
    S3_PUBLIC = 2
    S3_PRESIGNED_URL = 3
    WEBHDFS = 4
    HTTP = 5


_S3_URLS = (
    r"https?://[^/]+\.s3[.-][^.]+\.amazonaws\.com/.+",
    r"https?://s3[.-][^.]+\.amazonaws\.com/[^/]+/.+",
    r"https?://[^/]+\.s3\.amazonaws\.com/.+",
    r"https?://s3\.amazonaws\.com/[^/]+/.+",
)


def _is_s3(url: str) -> bool:
    return any(re.fullmatch(pattern, url, re.IGNORECASE) for pattern in _S3_URLS)


def _is_valid(url: str, kind: RemoteEndpointType) -> bool:
    parts = urlsplit(url)
    signed = "X-Amz-Algorithm" in parts.query and "X-Amz-Signature" in parts.query
    match kind:
        case RemoteEndpointType.S3 | RemoteEndpointType.S3_PUBLIC:
            if parts.scheme == "s3":
                return bool(parts.netloc) and len(parts.path) > 1
            return _is_s3(url) and not signed
        case RemoteEndpointType.S3_PRESIGNED_URL:
            return _is_s3(url) and signed
        case RemoteEndpointType.WEBHDFS:
            pattern = r"https?://[^/]+:\d+/webhdfs/v1/.+"
            return re.fullmatch(pattern, url, re.IGNORECASE) is not None
        case RemoteEndpointType.HTTP:
            return parts.scheme in {"http", "https"} and bool(parts.netloc) and len(parts.path) > 1
    return False


def _infer(url: str, allowed: Any) -> RemoteEndpointType:
    if not urlsplit(url).scheme:
        reason = "Bad scheme" if url else "Malformed input to a URL function"
        raise RuntimeError(f"KvikIO detects an URL error: {reason}")
    for kind in allowed:
        if _is_valid(url, kind):
            without_credentials = "AWS_ACCESS_KEY_ID" not in os.environ
            if kind is RemoteEndpointType.S3 and without_credentials:
                return RemoteEndpointType.S3_PUBLIC
            return RemoteEndpointType(kind)
    raise RuntimeError("KvikIO failure: Unsupported endpoint URL.")


def infer_remote_endpoint_type(url: str) -> RemoteEndpointType:
    """Return the kind of server that an address is of."""
    return _infer(url, list(RemoteEndpointType)[1:])


def is_remote_file_available() -> bool:
    """Return True."""
    return True


class _Handle:
    """The address and the size of a file."""

    def __init__(self, url: str, nbytes: int | None) -> None:
        self.url = url
        self.nbytes = file_size(url) if nbytes is None else size_t(nbytes)


class RemoteFile:
    """A file of a server; made by `open_http` or `open`.

    Each transfer from the server to device memory is recorded in ``TransferLog.storage``.
    """

    def __init__(self, handle: Any) -> None:
        if not isinstance(handle, _Handle):
            # kvikio has an assertion without a message here.
            raise AssertionError  # noqa: TRY004
        self._handle = handle

    @classmethod
    def open_http(cls, url: str, nbytes: int | None = None) -> Self:
        """Open a file by HTTP.

        Parameters
        ----------
        url
            Its address.
        nbytes
            Its size in bytes; the server is asked for it by default.
        """
        return cls(_Handle(url, nbytes))

    @classmethod
    def open(
        cls,
        url: str,
        remote_endpoint_type: RemoteEndpointType = RemoteEndpointType.AUTO,
        allow_list: list[RemoteEndpointType] | None = None,
        nbytes: int | None = None,
    ) -> Self:
        """Open a file by an address; others than HTTP raise ``NotImplementedError``."""
        allowed = list(RemoteEndpointType)[1:] if allow_list is None else allow_list
        kind = remote_endpoint_type
        if kind is RemoteEndpointType.AUTO:
            kind = _infer(url, allowed)
        elif kind not in allowed:
            raise RuntimeError(f"KvikIO failure: {_NAMES[kind]} is not in the allowlist.")
        elif not _is_valid(url, kind):
            raise RuntimeError(f"KvikIO failure: Invalid URL for {_NAMES[kind]} endpoint")
        if kind is not RemoteEndpointType.HTTP:
            raise not_implemented(f"kvikio.RemoteFile.open of {_NAMES[kind]}")
        return cls.open_http(url, nbytes)

    open_s3 = staticmethod(refused_method("kvikio.RemoteFile.open_s3"))
    open_s3_url = staticmethod(refused_method("kvikio.RemoteFile.open_s3_url"))
    open_s3_public = staticmethod(refused_method("kvikio.RemoteFile.open_s3_public"))
    open_s3_presigned_url = staticmethod(refused_method("kvikio.RemoteFile.open_s3_presigned_url"))
    open_webhdfs = staticmethod(refused_method("kvikio.RemoteFile.open_webhdfs"))

    def close(self) -> None:
        """Do nothing, as kvikio."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __str__(self) -> str:
        return f'<RemoteFile "{self._handle.url}">'

    def remote_endpoint_type(self) -> RemoteEndpointType:
        """Return the kind of the server."""
        return RemoteEndpointType.HTTP

    def nbytes(self) -> int:
        """Return the size of the file in bytes."""
        return self._handle.nbytes

    def read(self, buf: Any, size: int | None = None, file_offset: int = 0) -> int:
        """Read bytes of the file into device or host memory, and return their number."""
        return self.pread(buf, size, file_offset).get()

    def pread(self, buf: Any, size: int | None = None, file_offset: int = 0) -> IOFuture:
        """Read bytes of the file into device or host memory; the result returns their number.

        Parameters
        ----------
        buf
            The memory, contiguous.
        size
            Bytes; all of the memory by default.
        file_offset
            Position in the file, in bytes.

        Raises
        ------
        ValueError
            If the file ends before.
        """
        memory = Memory.of(buf, size, accepts_host=True)
        start, nbytes, url = size_t(file_offset), memory.nbytes, self._handle.url
        if start + nbytes > self._handle.nbytes:
            raise ValueError(
                f"KvikIO failure: cannot read {start}+{nbytes} bytes into a "
                f"{self._handle.nbytes} bytes file ({url})"
            )
        record(memory, nbytes, reads=True)
        return IOFuture(Task(lambda: _fetch(url, memory, start, nbytes), pending=True))


_NAMES = {
    RemoteEndpointType.S3: "S3",
    RemoteEndpointType.S3_PUBLIC: "S3 public",
    RemoteEndpointType.S3_PRESIGNED_URL: "S3 with presigned URL",
    RemoteEndpointType.WEBHDFS: "WebHDFS",
    RemoteEndpointType.HTTP: "HTTP",
}


def _fetch(url: str, memory: Memory, start: int, nbytes: int) -> int:
    if not nbytes:
        return 0
    body = read_range(url, start, nbytes)
    ctypes.memmove(memory.host_address(0, nbytes, writes=True), body, len(body))
    return nbytes
