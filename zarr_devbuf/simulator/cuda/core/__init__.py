"""``cuda.core``: devices, streams and memory."""

__all__: list[str] = []

__version__ = "1.2.2"
