"""Requests by HTTP, with kvikio's settings for attempts, time limits and errors."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from zarr_devbuf.simulator.kvikio._settings import value_of

__all__ = ["file_size", "read_range"]

_FIRST_DELAY, _LONGEST_DELAY = 0.5, 4.0


def file_size(url: str) -> int:
    """Ask a server for the size of a file in bytes."""
    response, _ = _request("HEAD", url, {}, 0)
    length = response.getheader("Content-Length")
    if length is None:
        raise RuntimeError(
            f"KvikIO failure: cannot get size of {url}, content-length not provided by the server"
        )
    return int(length)


def read_range(url: str, start: int, nbytes: int) -> bytes:
    """Ask a server for a part of a file.

    Raises
    ------
    OverflowError
        If the server sends more than was requested.
    """
    _, body = _request("GET", url, {"Range": f"bytes={start}-{start + nbytes - 1}"}, nbytes)
    return body


def _request(
    method: str, url: str, headers: dict[str, str], limit: int
) -> tuple[http.client.HTTPResponse, bytes]:
    """Make a request, again if the server is busy; return the response and its contents."""
    attempts = value_of("http_max_attempts")
    reason = ""
    for attempt in range(1, attempts + 1):
        try:
            response, body = _attempt(method, url, headers, limit)
        except TimeoutError:
            reason = "Operation timed out."
        except OSError as error:
            raise _failure(str(error)) from error
        else:
            if response.status < http.client.BAD_REQUEST:
                return response, body
            if response.status not in value_of("http_status_codes"):
                raise _failure(f"The requested URL returned error: {response.status}")
            reason = f"Got HTTP code {response.status}."
        if attempt < attempts:
            delay = min(_FIRST_DELAY * 2 ** (attempt - 1), _LONGEST_DELAY)
            time.sleep(delay)
    raise RuntimeError(
        f"KvikIO failure: KvikIO: HTTP request reached maximum number of attempts ({attempts}). "
        f"Reason: {reason}"
    )


def _failure(text: str) -> RuntimeError:
    return RuntimeError(f"KvikIO failure: curl_easy_perform() error ({text})")


def _attempt(
    method: str, url: str, headers: dict[str, str], limit: int
) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise _failure(f"Unsupported URL: {url}")
    connection = kinds[parts.scheme](parts.netloc, timeout=value_of("http_timeout"))
    try:
        target = parts.path or "/"
        connection.request(
            method, f"{target}?{parts.query}" if parts.query else target, None, headers
        )
        with connection.getresponse() as response:
            if response.status >= http.client.BAD_REQUEST:
                return response, b""
            body = response.read(limit + 1) if limit else b""
            if len(body) > limit:
                raise OverflowError(
                    "KvikIO failure: maybe the server doesn't support file ranges? "
                    f"[more than {limit} bytes received]"
                )
            return response, body
    finally:
        connection.close()
