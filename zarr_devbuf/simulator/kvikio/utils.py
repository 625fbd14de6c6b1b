"""``kvikio.utils``: a server for tests, and decorators."""

from __future__ import annotations

import functools
import multiprocessing
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "LocalHttpServer",
    "call_once",
    "kvikio_deprecate_module",
    "kvikio_deprecation_notice",
]


def _serve(
    queue: Any, handler: type[BaseHTTPRequestHandler], options: dict[str, Any], lifetime: float
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, **options))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    queue.put(server.server_address)
    time.sleep(lifetime)


class LocalHttpServer:
    """Serves the files of a folder by HTTP, from another process, during a ``with`` block.

    Parameters
    ----------
    root_path
        The folder.
    range_support
        Whether parts of files can be requested; needs the package ``rangehttpserver``.
    max_lifetime
        Seconds after which the server ends.
    handler, handler_options
        The class of the request handler and its arguments.

    Attributes
    ----------
    url : str
        The address of the server.
    """

    def __init__(
        self,
        root_path: Any,
        range_support: bool = True,
        max_lifetime: int = 120,
        handler: type[BaseHTTPRequestHandler] | None = None,
        handler_options: dict[str, Any] | None = None,
    ) -> None:
        self.root_path = root_path
        self.range_support = range_support
        self.max_lifetime = max_lifetime
        self.handler = handler
        self.handler_options = handler_options or {}

    def __enter__(self) -> Self:
        handler = self.handler
        if handler is None:
            handler = SimpleHTTPRequestHandler
            if self.range_support:
                handler = import_module("RangeHTTPServer").RangeRequestHandler
        options = {**self.handler_options, "directory": self.root_path}
        queue: Any = multiprocessing.Queue()
        self.process = multiprocessing.Process(
            target=_serve, args=(queue, handler, options, self.max_lifetime)
        )
        self.process.start()
        self.ip, self.port = queue.get()
        self.url = f"http://{self.ip}:{self.port}"
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()


def call_once(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls another one when it is first called, and returns that result."""
    results: list[Any] = []

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not results:
            results.append(func(*args, **kwargs))
        return results[0]

    return wrapper


def kvikio_deprecation_notice(
    msg: str = "This function is deprecated.", *, since: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator for a function that warns when it is called."""

    def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(msg, category=FutureWarning, stacklevel=2)
            return func(*args, **kwargs)

        wrapper.__doc__ = f".. deprecated:: {since} {msg} \n\n{func.__doc__ or ''}"
        return wrapper

    return decorator


def kvikio_deprecate_module(msg: str = "", *, since: str) -> None:
    """Warn that a module is deprecated."""
    text = f"This module is deprecated since {since}. {msg}"
    warnings.warn(text, category=FutureWarning, stacklevel=2)
